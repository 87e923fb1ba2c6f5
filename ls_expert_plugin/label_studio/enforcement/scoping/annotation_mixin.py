"""Layer 3 for annotations: the object check, through the mixin that Label Studio loads by name. Fails closed.

A module of its own: Label Studio loads this one while ``tasks.models`` is half imported, when ``projects`` cannot be.
"""

from __future__ import annotations

from typing import Any

from tasks.mixins import AnnotationMixin

from ls_expert_plugin.label_studio.enforcement.request.call import READ
from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import may_see_task
from ls_expert_plugin.label_studio.permissions.current_user import current_request, is_manager
from ls_expert_plugin.label_studio.permissions.project_access import found


class ExpertAnnotationMixin(AnnotationMixin):
    """Experts handle their own annotations, and read colleagues' where the project shows them; all on tasks that are theirs.

    (That the project is theirs is the project's check.)
    """

    def has_permission(self, user: Any) -> bool:
        if not super().has_permission(user):
            return False
        if is_manager(user):
            return True
        return (self.completed_by_id == user.pk or _may_read_others(user, self.project_id)) and may_see_task(user, self.project_id, self.task_id)


def _may_read_others(user: Any, project_id: int | None) -> bool:
    request = current_request()
    if request is None or request.method not in READ:
        return False
    access = found(request, user, project_id)
    return access is not None and access.shows_others_work
