"""The review queue: who waits for a reviewer, and who has taken them."""
