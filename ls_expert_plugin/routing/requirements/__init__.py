"""What projects ask for: as people write it, as it is stored, and changing it."""
