"""Layer 3 for projects: the object check, through the mixin that Label Studio loads by name. Fails closed."""

from __future__ import annotations

from typing import Any

from projects.mixins import ProjectMixin

from ls_expert_plugin.label_studio.permissions.project_access import may_see_project


class ExpertProjectMixin(ProjectMixin):
    """A project, and through it every task, view, storage, webhook and ML backend in it."""

    def has_permission(self, user: Any) -> bool:
        return super().has_permission(user) and may_see_project(user, self.pk)
