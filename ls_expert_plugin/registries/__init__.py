"""Checks of credentials against public registers, as plug-ins: the ones that come along, and those that a team installs."""
