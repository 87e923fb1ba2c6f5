"""Repositories of people: accounts, consent and sign-in, and what an export holds and an erasure removes."""
