"""What a request carries: its body parsed and validated, the objects it names, the columns it filters by."""
