"""Five walks through the portal, counted in clicks, keystrokes and pages, and put into seconds by the keystroke-level model."""
