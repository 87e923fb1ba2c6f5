"""Redaction of responses: other people, their work, and secrets."""
