"""What the interview finds, and what it costs. See benchmarks/README.md."""
