"""Encryption at rest: sealed columns, the events that give them their row's key, key rotation."""
