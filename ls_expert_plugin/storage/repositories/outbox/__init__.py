"""Repositories of the outbox consumer: events that were read, and epochs of the log they come from."""
