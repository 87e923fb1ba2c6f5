"""Recheck of verifications: when one is looked at again, and the job that does so."""
