"""What the ML backend costs and saves."""
