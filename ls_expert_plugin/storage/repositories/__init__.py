"""Repositories: one for each aggregate; rows stay in here, frozen values go out."""
