"""Experts' annotations beside the pre-labels of their tasks: what is measured leaves Label Studio, not what was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ls_expert_plugin.agreement.blind import BlindArm
from ls_expert_plugin.agreement.measures import agreement, changes


def outcomes(project_id: int, after: int, limit: int, blind: BlindArm) -> tuple[list[dict[str, Any]], int]:
    """The next annotations after this id, of tasks with a pre-label that was there before; and the id to go on after (the same: the end).

    The pre-label is the one that the annotation was made from, or the last before it. Skipped ones and ground truth say nothing.
    """
    from tasks.models import Annotation, Prediction

    annotations = list(
        Annotation._base_manager.filter(project_id=project_id, pk__gt=after).order_by("pk")[:limit]
        .values("pk", "task_id", "completed_by_id", "result", "lead_time", "created_at", "was_cancelled", "ground_truth", "parent_prediction_id")
    )
    tasks = {one["task_id"] for one in annotations}
    predictions: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in Prediction._base_manager.filter(task_id__in=tasks).order_by("pk").values("pk", "task_id", "result", "model_version", "created_at"):
        predictions[row["task_id"]].append(row)
    others: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in Annotation._base_manager.filter(task_id__in=tasks, was_cancelled=False).values("task_id", "completed_by_id", "result"):
        others[row["task_id"]].append(row)
    chars = _chars(tasks)
    made = []
    for one in annotations:
        before = [row for row in predictions[one["task_id"]] if row["created_at"] <= one["created_at"]]
        pre_label = next((row for row in before if row["pk"] == one["parent_prediction_id"]), before[-1] if before else None)
        if pre_label is None or one["was_cancelled"] or one["ground_truth"] or one["completed_by_id"] is None:
            continue
        result, proposed = one["result"] or [], pre_label["result"] or []
        agreed = [
            value for row in others[one["task_id"]] if row["completed_by_id"] != one["completed_by_id"]
            if (value := agreement(result, row["result"] or [])) is not None
        ]
        made.append({
            "ls_user_id": one["completed_by_id"], "ls_task_id": one["task_id"], "is_blind": blind.holds(project_id, one["task_id"]),
            "version": pre_label["model_version"] or "",
            "edits": changes(proposed, result), "agrees_with_pre_label": agreement(proposed, result),
            "agrees": sum(agreed) / len(agreed) if agreed else None, "lead_time_s": one["lead_time"], "chars": chars.get(one["task_id"], 0),
        })
    return made, annotations[-1]["pk"] if annotations else after


def _chars(task_ids: set[int]) -> Mapping[int, int]:
    from tasks.models import Task

    return {pk: _length(data) for pk, data in Task._base_manager.filter(pk__in=task_ids).values_list("pk", "data")}


def _length(value: Any) -> int:
    """Characters of the texts in it."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_length, value.values()))
    return sum(map(_length, value)) if isinstance(value, Sequence) else 0
