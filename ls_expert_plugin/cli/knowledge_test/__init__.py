"""Commands on knowledge tests: the items and their difficulties."""
