"""Every page of the portal in each state that matters: its layout, and as pictures."""
