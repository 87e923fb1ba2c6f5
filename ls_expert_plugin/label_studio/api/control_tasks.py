"""Answers to control tasks: tasks with a ground truth by somebody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ls_expert_plugin.agreement.measures import is_right

# Results are read so many at a time.
_PAGE = 500


@dataclass(frozen=True)
class ControlCount:
    """What one person's latest answers to control tasks in one project are worth."""

    ls_user_id: int
    ls_project_id: int
    answers: int
    right: int


def count(ls_user_ids: Collection[int], latest: int) -> Iterator[ControlCount]:
    """For each of these people and each project: their ``latest`` answers there that can be compared, and how many are right.

    A truth that the person gave is none, an answer that was skipped neither. Each person's annotations are gone through once, by an index;
    results are read of those that count.
    """
    for who in sorted(ls_user_ids):
        counted: dict[int, list[bool]] = defaultdict(list)
        answers = _latest(who, latest)
        for start in range(0, len(answers), _PAGE):
            for project_id, right in _compared(who, answers[start : start + _PAGE]):
                counted[project_id].append(right)
        for project_id, found in sorted(counted.items()):
            yield ControlCount(who, project_id, len(found), sum(found))


def _latest(who: int, latest: int) -> list[tuple[int, int, int]]:
    """Annotation, task and project of this person's latest answers to control tasks of each project."""
    from django.db.models import Exists, F, OuterRef, Window
    from django.db.models.functions import RowNumber
    from tasks.models import Annotation

    manager = Annotation._base_manager
    truths = manager.filter(task_id=OuterRef("task_id"), ground_truth=True, was_cancelled=False).exclude(completed_by_id=who)
    place = Window(RowNumber(), partition_by=F("project_id"), order_by=(F("updated_at").desc(), F("pk").desc()))
    answered = manager.filter(Exists(truths), completed_by_id=who, was_cancelled=False, ground_truth=False).annotate(_place=place)
    return list(answered.filter(_place__lte=latest).order_by("pk").values_list("pk", "task_id", "project_id"))


def _compared(who: int, answers: list[tuple[int, int, int]]) -> Iterator[tuple[int, bool]]:
    """Project and whether it is right, of each of these answers that can be compared."""
    from tasks.models import Annotation

    manager = Annotation._base_manager
    results = dict(manager.filter(pk__in=[pk for pk, _, _ in answers]).values_list("pk", "result"))
    truths = manager.filter(task_id__in=[task_id for _, task_id, _ in answers], ground_truth=True, was_cancelled=False).exclude(completed_by_id=who)
    by_task = dict(truths.order_by("pk").values_list("task_id", "result"))
    for pk, task_id, project_id in answers:
        right = is_right(results.get(pk) or [], by_task.get(task_id) or [])
        if right is not None:
            yield project_id, right
