"""Task counts of one person: how many tasks of their projects they have done, and how many are left for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import task_filter
from ls_expert_plugin.label_studio.permissions.access_query import query_caller_access


@dataclass(frozen=True)
class TaskProgress:
    """``done``: tasks with an annotation of theirs, a skipped one too. ``left``: tasks that they may see, have not done, and that want an annotation."""

    ls_project_id: int
    done: int
    left: int


def progress(user_id: int, project_ids: Collection[int]) -> list[TaskProgress]:
    """For each of these projects in which the person is a member now. A query for all, and two for each project that shows some of its tasks only."""
    from django.db.models import Count, Exists, OuterRef
    from tasks.models import Annotation, Task

    caller = query_caller_access(user_id, tuple(("project", pk) for pk in project_ids))
    access = {pk: found for pk, found in caller.access.items() if found is not None} if caller is not None else {}
    mine = Annotation._base_manager.filter(completed_by_id=user_id)
    done = dict(mine.filter(project_id__in=access).values_list("project_id").annotate(Count("task_id", distinct=True)).order_by())
    routed = {pk: wanted for pk, found in access.items() if (wanted := task_filter(found, pk)) is not None}
    undone = Task._base_manager.filter(is_labeled=False).exclude(Exists(mine.filter(task_id=OuterRef("pk"))))
    left = dict(undone.filter(project_id__in=set(access) - set(routed)).values_list("project_id").annotate(Count("pk")).order_by())
    for pk, wanted in routed.items():
        left[pk] = undone.filter(wanted, project_id=pk).count()
        done[pk] = mine.filter(project_id=pk, task_id__in=Task._base_manager.filter(wanted, project_id=pk).values("pk")).values("task_id").distinct().count()
    return [TaskProgress(pk, done.get(pk, 0), left.get(pk, 0)) for pk in sorted(access)]
