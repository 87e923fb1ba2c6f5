"""E-mail to people who asked for it: what is worth a message, in what words, and sending it."""
