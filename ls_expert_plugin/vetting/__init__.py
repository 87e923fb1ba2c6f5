"""Who is an expert: profile, consent, interview, evidence, review and decision."""
