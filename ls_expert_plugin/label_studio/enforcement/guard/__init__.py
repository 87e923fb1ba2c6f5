"""The request guard: authenticates, builds the request context and decides by it, in the middleware and once more inside each API view."""
