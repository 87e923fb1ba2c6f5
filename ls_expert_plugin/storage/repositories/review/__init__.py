"""Repositories of reviewers' work on dossiers."""
