"""Tables, repositories and migrations of the service's own database."""
