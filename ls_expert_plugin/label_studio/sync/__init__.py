"""Synchronisation with the service: pushed memberships and rules are applied by revision, and the outbox tells what happens."""
