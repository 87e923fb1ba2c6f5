"""The adaptive knowledge test, decided without database, clock or chance: what is asked next, what the answers show, when it may be taken again."""
