"""A quota of task locks: of the tasks that an expert was given and has no draft on, the last ``MAX_LOCKS`` of a project stay reserved.

Whoever asks for one task after the other would otherwise keep a whole project from their colleagues, for a day. Surplus locks are ended
where Label Studio ends expired ones, each time it sets a lock (``tasks/models.py: Task.set_lock``, 1.23.2), by the same one query. Fails
open: a lock ended too early only lets a second person have the task.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ls_expert_plugin.label_studio.permissions.current_user import current_viewer

MAX_LOCKS = 3


def limit_locks() -> None:
    """Wrap ``Task.clear_expired_locks``. Called once, when Django is ready."""
    from tasks.models import Task

    stock = Task.clear_expired_locks

    def clear_expired_locks(self: Any) -> Any:
        asker = current_viewer()
        if asker is None or asker.user_id is None:
            return stock(self)
        ended = [*_ended(self, asker.user_id).values_list("pk", flat=True)]
        return _locks().filter(pk__in=ended).delete() if ended else None

    clear_expired_locks.__doc__ = stock.__doc__
    Task.clear_expired_locks = clear_expired_locks


def _locks() -> Any:
    from tasks.models import TaskLock

    return TaskLock._base_manager


def _ended(task: Any, user_id: int) -> Any:
    """Locks on this task that have expired, and this expert's surplus ones in its project."""
    from tasks.models import AnnotationDraft

    now = timezone.now()
    drafts = AnnotationDraft._base_manager.filter(task_id=OuterRef("task_id"), user_id=user_id)
    theirs = _locks().filter(user_id=user_id, task__project_id=task.project_id, expire_at__gt=now).exclude(Exists(drafts))
    surplus = theirs.order_by("-pk").values("pk")[MAX_LOCKS:]
    return _locks().filter(Q(task_id=task.pk, expire_at__lt=now) | Q(pk__in=surplus))
