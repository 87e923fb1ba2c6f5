"""Whose task locks count, and ending those of people who lost access.

A lock reserves a task for its holder. When access is taken away the lock goes with it (``release``, ``release_lost``). When it
ends by its date nothing runs, so the query itself leaves such locks out: for ``Task.num_locks``, ``has_lock`` and with them the
queue (``tasks/models.py``, 1.23.2). Fails open: a lock left out too early only lets a second person have the task.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ls_expert_plugin.label_studio.access import access_of
from ls_expert_plugin.label_studio.asking import enforcement_is_on, members_in_force
from ls_expert_plugin.label_studio.models import Role
from ls_expert_plugin.label_studio.specialties import are_theirs


def narrow_locks() -> None:
    """Wrap ``get_queryset`` of the locks' manager, and through it ``task.locks``. Called once, when Django is ready."""
    from tasks.models import TaskLockManager

    stock = TaskLockManager.get_queryset

    def get_queryset(self: Any) -> Any:
        queryset = stock(self)
        # Those that have expired stay in it: Label Studio deletes them through this manager.
        return queryset.filter(Q(expire_at__lte=timezone.now()) | _holder_has_access()) if enforcement_is_on() else queryset

    TaskLockManager.get_queryset = get_queryset


def release(user_id: int, project_id: int) -> None:
    """End this person's locks in the project."""
    from tasks.models import TaskLock

    TaskLock._base_manager.filter(user_id=user_id, task__project_id=project_id).delete()


def release_lost(project_id: int, user_id: int | None = None) -> None:
    """End the locks that experts (or this one) hold in the project on tasks that are not theirs any more."""
    from tasks.models import TaskLock

    locks = TaskLock._base_manager.filter(Q() if user_id is None else Q(user_id=user_id), task__project_id=project_id)
    tasks_of: dict[int, list[int]] = {}
    for holder_id, task_id in locks.exclude(_holder_is_manager()).values_list("user_id", "task_id"):
        tasks_of.setdefault(holder_id, []).append(task_id)
    for holder_id, task_ids in tasks_of.items():
        access = access_of(holder_id, project_id)
        lost = set(task_ids) - (are_theirs(access, task_ids) if access is not None else set())
        locks.filter(user_id=holder_id, task_id__in=lost).delete()


def _holder_has_access() -> Any:
    membership = members_in_force().filter(user_id=OuterRef("user_id"), project_id=OuterRef("task__project_id"))
    return Exists(membership) | _holder_is_manager()


def _holder_is_manager() -> Any:
    """The same as ``asking.has_manager_role``, for the holder of a lock, in the query."""
    from organizations.models import Organization

    named = Role.objects.filter(user_id=OuterRef("user_id"))
    by_role = Exists(named.filter(role=Role.MANAGER))
    if settings.LS_EXPERT.default_role == Role.MANAGER:
        by_role = by_role | ~Exists(named)
    return Q(user__is_superuser=True) | by_role | Exists(Organization.objects.filter(created_by_id=OuterRef("user_id")))
