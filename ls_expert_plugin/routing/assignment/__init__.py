"""Assignment of tasks: who is dealt which, what that would change, and taking back what was not begun."""
