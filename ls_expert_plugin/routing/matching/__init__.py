"""Matching experts with projects: availability, conditions, fit, an optimal assignment, and the plan that follows from it."""
