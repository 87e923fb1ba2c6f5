"""What experts are answered: redaction of responses (other people, their work, secrets), and stubs instead of some."""
