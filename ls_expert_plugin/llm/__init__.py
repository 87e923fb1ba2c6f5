"""Language models: one port, one OpenAI-compatible adapter, and a log of every call.

No endpoint configured means no model (``None``): callers then use what a person wrote beforehand.
"""
