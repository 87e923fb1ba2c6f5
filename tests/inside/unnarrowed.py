"""The extension's app without narrowed managers, or without anything inside views."""

from __future__ import annotations

from ls_expert_plugin.label_studio.apps import ExpertConfig


class UnnarrowedConfig(ExpertConfig):
    """Its tables are there; nothing is hooked in."""

    def ready(self) -> None:
        """Nothing."""


class NarrowedConfig(ExpertConfig):
    """Managers are narrowed; the first layer's second look, inside views, is missing with the first."""

    def ready(self) -> None:
        """The second layer alone."""
        from ls_expert_plugin.label_studio.enforcement.scoping import queryset_scoping, task_locks, task_routing

        queryset_scoping.narrow_managers()
        task_routing.narrow_task_lists()
        task_locks.narrow_locks()
