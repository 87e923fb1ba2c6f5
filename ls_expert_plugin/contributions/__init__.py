"""What experts did: the record of work, read from Label Studio's outbox."""
