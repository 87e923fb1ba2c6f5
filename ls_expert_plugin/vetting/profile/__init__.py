"""The profile: its forms, imports, suggestions, and checks of credentials against registers."""
