"""Pages of projects: the list, requirements with a preview and undo, members and why, pre-labels."""
