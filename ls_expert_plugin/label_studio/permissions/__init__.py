"""Permissions: who asks, in which role, and which projects and objects they may access. Decides; enforcement acts on it."""
