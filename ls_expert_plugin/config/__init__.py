"""Settings of the package: one table, read from the environment into a frozen ``Settings``; their parsers and their reference page."""

from ls_expert_plugin.config.settings import ALL_SECRETS, GROUPS, SETTINGS, Setting, Settings, Side, load

__all__ = ["ALL_SECRETS", "GROUPS", "SETTINGS", "Setting", "Settings", "Side", "load"]
