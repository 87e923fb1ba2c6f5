"""Whose task locks count, and ending those of people who lost access.

A lock reserves a task for its holder. When access is taken away the lock goes with it (``release``, ``release_lost``). When it
ends by its date nothing runs, so the query itself leaves such locks out: for ``Task.num_locks``, ``has_lock`` and with them the
queue (``tasks/models.py``, 1.23.2). Fails open: a lock left out too early only lets a second person have the task.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import BooleanField, F, Func, Q
from django.utils import timezone

from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import visible_task_ids
from ls_expert_plugin.label_studio.models import Membership, Role
from ls_expert_plugin.label_studio.permissions.current_user import Viewer, current_viewer, enforcement_is_on
from ls_expert_plugin.label_studio.permissions.membership_sql import IN_FORCE, among_admitted, is_member
from ls_expert_plugin.label_studio.permissions.project_access import access_of


def narrow_locks() -> None:
    """Wrap ``get_queryset`` of the locks' manager, and through it ``task.locks``. Called once, when Django is ready."""
    from tasks.models import TaskLockManager

    stock = TaskLockManager.get_queryset

    def get_queryset(self: Any) -> Any:
        queryset = stock(self)
        return queryset.filter(LockIsEffective(current_viewer())) if enforcement_is_on() else queryset

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
    for holder_id, task_id in locks.exclude(HeldByManager()).values_list("user_id", "task_id"):
        tasks_of.setdefault(holder_id, []).append(task_id)
    for holder_id, task_ids in tasks_of.items():
        access = access_of(holder_id, project_id)
        lost = set(task_ids) - (visible_task_ids(access, project_id, task_ids) if access is not None else set())
        locks.filter(user_id=holder_id, task_id__in=lost).delete()


class LockIsEffective(Func):
    """Whether a lock counts: one that has expired (Label Studio deletes those through this manager), or one whose holder may see the
    task. For an expert who asks, only locks in their own projects are there at all. Written as SQL of its own: it stands in several
    queries of each call for the next task, and to build it from querysets each time costs more than to run it; as one condition,
    because what PostgreSQL needs for each table that it names is more than the look into it.
    """

    output_field = BooleanField()

    def __init__(self, asker: Viewer | None) -> None:
        super().__init__(F("expire_at"), F("task_id"), F("user_id"), asker=asker)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        expire_at, task, holder = (compiler.compile(part)[0] for part in self.source_expressions)
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        member = (
            f"EXISTS (SELECT 1 FROM {Membership._meta.db_table} ls_expert_m WHERE ls_expert_m.project_id = ls_expert_t.project_id"
            f" AND ls_expert_m.user_id = {holder} AND {IN_FORCE})"
        )
        its_task = f"SELECT 1 FROM {_table('tasks.Task')} ls_expert_t WHERE ls_expert_t.id = {task}"
        asker: Viewer | None = self.extra["asker"]
        if asker is None:
            return f"({expire_at} <= %s OR EXISTS ({its_task} AND {member}) OR {_is_manager_sql(holder)})", [now, now]
        project = "ls_expert_t.project_id"
        if asker.admitted:
            theirs, parameters = among_admitted(project, asker.admitted), list[Any](sorted(asker.admitted))
        else:
            theirs, parameters = is_member(project), [asker.user_id, now]
        counts = f"({expire_at} <= %s OR {member} OR {_is_manager_sql(holder)})"
        return f"EXISTS ({its_task} AND {theirs} AND {counts})", [*parameters, now, now]


def _is_manager_sql(holder: str) -> str:
    """The same as ``asking.has_manager_role``, for the person in this column."""
    role = f"SELECT 1 FROM {Role._meta.db_table} ls_expert_r WHERE ls_expert_r.user_id = {holder}"
    ways = [
        f"EXISTS (SELECT 1 FROM {_table('users.User')} ls_expert_u WHERE ls_expert_u.id = {holder} AND ls_expert_u.is_superuser)",
        f"EXISTS ({role} AND ls_expert_r.role = '{Role.MANAGER}')",
        f"EXISTS (SELECT 1 FROM {_table('organizations.Organization')} ls_expert_o WHERE ls_expert_o.created_by_id = {holder})",
    ]
    if settings.LS_EXPERT.default_role == Role.MANAGER:
        ways.append(f"NOT EXISTS ({role})")
    return " OR ".join(ways)


class HeldByManager(Func):
    """Whether the holder of a lock is a manager."""

    output_field = BooleanField()

    def __init__(self) -> None:
        super().__init__(F("user_id"))

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        return f"({_is_manager_sql(compiler.compile(self.source_expressions[0])[0])})", []


@cache
def _table(model: str) -> str:
    return str(apps.get_model(model)._meta.db_table)
