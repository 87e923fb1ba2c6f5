"""Who may work on what: requirements, eligibility, memberships and their projection into Label Studio."""
