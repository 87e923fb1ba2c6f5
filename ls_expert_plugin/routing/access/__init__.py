"""Who may work on what: eligibility, places, and the memberships that follow."""
