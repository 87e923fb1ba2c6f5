"""Health checks of an installation: a module for each side of it, each check a generator of typed results.

``run.py`` runs them all, for ``ls-expert doctor`` and for pages. Nothing is changed.
"""
