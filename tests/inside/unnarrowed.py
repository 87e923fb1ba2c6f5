"""The extension's app without narrowed managers."""

from __future__ import annotations

from ls_expert_plugin.label_studio.apps import ExpertConfig


class UnnarrowedConfig(ExpertConfig):
    """Its tables are there; nothing is hooked in."""

    def ready(self) -> None:
        """Nothing."""
