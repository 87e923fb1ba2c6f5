"""Layer 3 for annotations: the object check, through the mixin that Label Studio loads by name. Fails closed.

A module of its own: Label Studio loads this one while ``tasks.models`` is half imported, when ``projects`` cannot be.
"""

from __future__ import annotations

from typing import Any

from tasks.mixins import AnnotationMixin

from ls_expert_plugin.label_studio.asking import is_manager


class ExpertAnnotationMixin(AnnotationMixin):
    """Experts handle their own annotations only. (That the project is theirs is the project's check.)"""

    def has_permission(self, user: Any) -> bool:
        return super().has_permission(user) and (is_manager(user) or self.completed_by_id == user.pk)
