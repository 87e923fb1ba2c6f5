"""Outbox consumer: takes Label Studio's events into the record of work and lets them have their effects."""
