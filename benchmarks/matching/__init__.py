"""How long a plan for all open places takes, what it is worth beside simpler ways, and how long one change takes."""
