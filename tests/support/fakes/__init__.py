"""Servers on loopback that stand for systems of others."""
