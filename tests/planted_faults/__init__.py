"""Mutation testing by hand: small faults against the product, each of which a test of ``make test`` must catch. See docs/planted-faults.md."""
