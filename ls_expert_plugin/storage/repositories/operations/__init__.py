"""Repositories of operations: leases, instances and scheduled jobs, notifications, the cost of calls to models."""
