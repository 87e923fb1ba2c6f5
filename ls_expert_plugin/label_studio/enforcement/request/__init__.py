"""What a request carries, as values: its endpoint, its body parsed and validated, the objects it names, the columns it filters by."""
