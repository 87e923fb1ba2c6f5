"""Enforcement inside Label Studio: the request guard, queryset scoping, object permissions, and redaction of responses."""
