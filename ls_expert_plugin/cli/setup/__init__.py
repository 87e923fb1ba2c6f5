"""Commands that set an installation up and look it over: checks, connections, roles, packs, keys, the demo."""
