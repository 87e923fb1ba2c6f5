"""Commands on people: reviews and their repetition, export and erasure, adverse impact."""
