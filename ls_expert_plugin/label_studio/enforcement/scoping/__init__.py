"""Queryset scoping and object permissions: which rows, tasks, locks and files there are for an expert."""
