"""Layer 3 for tasks: the object check, through the mixin that Label Studio loads by name. Fails closed.

That the project is theirs is the project's check; here it is the task's specialty, and its assignment. Like ``annotation_mixin.py``, loaded while
``tasks.models`` is half imported.
"""

from __future__ import annotations

from typing import Any

from tasks.mixins import TaskMixin

from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import may_see_task


class ExpertTaskMixin(TaskMixin):
    """Experts open tasks of their specialties, where the project routes by task, and tasks assigned to them, where it shows no others."""

    def has_permission(self, user: Any) -> bool:
        return super().has_permission(user) and may_see_task(user, self.project_id, self.pk)
