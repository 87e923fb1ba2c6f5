"""Validation of domain packs: what has to fit together, and what is merely weak."""
