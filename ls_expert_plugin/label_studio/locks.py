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

from ls_expert_plugin.label_studio.access import access_of
from ls_expert_plugin.label_studio.asking import enforcement_is_on
from ls_expert_plugin.label_studio.models import Membership, Role
from ls_expert_plugin.label_studio.sight import IN_FORCE
from ls_expert_plugin.label_studio.specialties import are_theirs


def narrow_locks() -> None:
    """Wrap ``get_queryset`` of the locks' manager, and through it ``task.locks``. Called once, when Django is ready."""
    from tasks.models import TaskLockManager

    stock = TaskLockManager.get_queryset

    def get_queryset(self: Any) -> Any:
        queryset = stock(self)
        return queryset.filter(CountsStill()) if enforcement_is_on() else queryset

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
        lost = set(task_ids) - (are_theirs(access, task_ids) if access is not None else set())
        locks.filter(user_id=holder_id, task_id__in=lost).delete()


class CountsStill(Func):
    """Whether a lock counts: one that has expired (Label Studio deletes those through this manager), or one whose holder may see the
    task. Written as SQL of its own: it stands in several queries of each call for the next task, and to build it from querysets each
    time costs more than to run it.
    """

    output_field = BooleanField()

    def __init__(self) -> None:
        super().__init__(F("expire_at"), F("task_id"), F("user_id"))

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        expire_at, task, holder = (compiler.compile(part)[0] for part in self.source_expressions)
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        membership, tasks = Membership._meta.db_table, _table("tasks.Task")
        access = (
            f"EXISTS (SELECT 1 FROM {membership} ls_expert_m JOIN {tasks} ls_expert_t ON ls_expert_t.project_id = ls_expert_m.project_id"
            f" WHERE ls_expert_t.id = {task} AND ls_expert_m.user_id = {holder} AND {IN_FORCE})"
        )
        return f"({expire_at} <= %s OR {access} OR {_is_manager_sql(holder)})", [now, now]


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
