"""Pages of candidates: home, consent, profile, interview, knowledge test, result."""
