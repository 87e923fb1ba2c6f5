"""The request guard: what an expert may call at all, in the middleware and once more inside each API view."""
