"""Pages of people: everybody with role and standing, and one person."""
