"""Evidence of expertise: what speaks for a competency, in words that were said, and what may speak against an answer. Pure."""
