"""Mutexes across processes and machines: advisory locks of PostgreSQL, leases that renew themselves."""
