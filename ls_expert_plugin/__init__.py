"""Verified experts for Label Studio: vetting, routing, and pre-labels to review."""

__version__ = "0.1.0"
