"""Answers to control tasks: tasks with a ground truth by somebody else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ls_expert_plugin.agreement.measures import is_right


@dataclass(frozen=True)
class ControlCount:
    """What one person's latest answers to control tasks in one project are worth."""

    ls_user_id: int
    ls_project_id: int
    answers: int
    right: int


def count(ls_user_ids: Collection[int], latest: int) -> Iterator[ControlCount]:
    """For each of these people and each project: their ``latest`` answers there that can be compared, and how many are right.

    A truth that the person gave is none, an answer that was skipped neither.
    """
    from django.db.models import Exists, OuterRef
    from tasks.models import Annotation

    manager = Annotation._base_manager
    truths = manager.filter(task_id=OuterRef("task_id"), ground_truth=True, was_cancelled=False).exclude(completed_by_id=OuterRef("completed_by_id"))
    for who in sorted(ls_user_ids):
        answered = manager.filter(Exists(truths), completed_by_id=who, was_cancelled=False, ground_truth=False)
        for project_id in answered.order_by("project_id").values_list("project_id", flat=True).distinct():
            rows = list(answered.filter(project_id=project_id).order_by("-updated_at", "-pk").values_list("task_id", "result")[:latest])
            by_task = {
                task_id: result for task_id, result in manager.filter(
                    task_id__in=[task_id for task_id, _ in rows], ground_truth=True, was_cancelled=False,
                ).exclude(completed_by_id=who).order_by("pk").values_list("task_id", "result")
            }
            found = [is_right(result or [], by_task.get(task_id) or []) for task_id, result in rows]
            known = [one for one in found if one is not None]
            if known:
                yield ControlCount(who, project_id, len(known), sum(known))
