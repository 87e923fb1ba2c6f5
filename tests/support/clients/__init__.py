"""Clients for tests: of the portal, of Label Studio inside its process, of the outbox."""
