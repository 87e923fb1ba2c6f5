"""Why somebody may work on a project or may not, in words."""
