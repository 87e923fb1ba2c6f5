"""What the extension costs: stock and extended Label Studio side by side on the same data. See ``benchmarks/README.md``."""
