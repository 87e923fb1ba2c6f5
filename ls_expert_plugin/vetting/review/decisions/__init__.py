"""Decisions of reviewers: what was sent, who may decide, verdicts of two, and the status changes that follow."""
