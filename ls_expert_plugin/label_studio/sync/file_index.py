"""Inverted index from the files that tasks name to the tasks: whoever asks for a picture makes nobody read all tasks.

Triggers note which tasks came or changed (``file_triggers.py``), if anything in them looks like an address of a file; names are read out of them here, a few
thousand tasks at a time, when Label Studio starts and when the service asks. Until then those tasks alone are searched. The index only says where
to look: the task itself is read before a file is shown.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from ls_expert_plugin.label_studio.models import TaskFile, TaskFilesDue
from ls_expert_plugin.label_studio.sync.file_names import keys_in

_MOST_DUE = 500


def due_in(project_id: int) -> Q | None:
    """Which tasks of the project are not in the index yet. None: all are."""
    rows = list(TaskFilesDue.objects.filter(Q(project_id=project_id) | Q(project_id=None)).values_list("first_task_id", "last_task_id")[: _MOST_DUE + 1])
    if not rows:
        return None
    if len(rows) > _MOST_DUE:
        return Q()
    wanted = Q(pk__in=[first for first, last in rows if first == last])
    for first, last in rows:
        if first != last:
            wanted |= Q(pk__gte=first, pk__lte=last)
    return wanted


def catch_up(limit: int) -> int:
    """Take tasks that are due into the index; how many rows of what is due, or tasks of a range, were looked at. 0: nothing is due."""
    due = list(TaskFilesDue.objects.order_by("pk").values_list("pk", "first_task_id", "last_task_id")[:limit])
    singles = [(pk, first) for pk, first, last in due if first == last]
    if singles:
        _index(_tasks(Q(pk__in=[task_id for _, task_id in singles]), limit), [pk for pk, _ in singles])
        return len(singles)
    for pk, first, last in due:
        tasks = _tasks(Q(pk__gte=first, pk__lte=last), limit)
        _index(tasks, [] if tasks else [pk])
        if tasks:
            TaskFilesDue.objects.filter(pk=pk, first_task_id__lte=tasks[-1][0]).update(first_task_id=tasks[-1][0] + 1)
        return max(len(tasks), 1)
    return 0


def _tasks(wanted: Q, limit: int) -> list[tuple[int, int, Any]]:
    from tasks.models import Task

    return list(Task._base_manager.filter(wanted, project_id__isnull=False).order_by("pk").values_list("pk", "project_id", "data")[:limit])


def _index(tasks: list[tuple[int, int, Any]], done: list[int]) -> None:
    """Replace what the index says of these tasks. A change meanwhile has left a row of its own among what is due."""
    rows = [TaskFile(task_id=pk, project_id=project_id, name=key) for pk, project_id, data in tasks for key in sorted(keys_in(data))]
    with transaction.atomic():
        TaskFile.objects.filter(task_id__in=[pk for pk, _, _ in tasks]).delete()
        TaskFile.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
        TaskFilesDue.objects.filter(pk__in=done).delete()
