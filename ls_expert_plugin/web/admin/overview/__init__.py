"""A manager's first page: what waits, what ends, what is not set up, and what happened by week."""
