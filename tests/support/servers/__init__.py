"""Real servers for tests: Label Studio, PostgreSQL, and databases made from templates."""
