"""Specialty routing of few-shot examples: which tasks may be shown beside another, where a project routes by task. Pure.

Whoever sees a task must be one who may see every example in its prompt: what a model writes may repeat them. The text at the field is read
as ``label_studio/enforcement/scoping/task_routing.py`` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY = "routed"


@dataclass(frozen=True)
class TaskRouting:
    """The field of a task that holds its specialty, such as "meta.specialty", and whether tasks without one are everybody's."""

    field: str
    shows_tasks_without_specialty: bool = False


def specialty_of(field: str, task: Mapping[str, Any]) -> str | None:
    """The text at a field of a task, "" where there is nothing; None where there is anything but a text, so that nobody is shown the task."""
    value: Any = task
    for name in field.split("."):
        if value is None:
            return ""
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    if value is None:
        return ""
    return value.strip().lower() if isinstance(value, str) else None


def routed(field: str | None, task: Mapping[str, Any]) -> dict[str, Any]:
    """What an example keeps of its task's routing; nothing where the project does not route."""
    return {KEY: {"field": field, "specialty": specialty_of(field, task)}} if field else {}


def fits(example: Mapping[str, Any], routing: TaskRouting | None, task: Mapping[str, Any]) -> bool:
    """Whether everybody who sees ``task`` may see the example's task too.

    An example that does not say, because it was learnt before the project routed or by another field, fits no task.
    """
    if routing is None:
        return True
    kept = example.get(KEY)
    if not isinstance(kept, Mapping) or kept.get("field") != routing.field:
        return False
    theirs, here = kept.get("specialty"), specialty_of(routing.field, task)
    if theirs is None or here is None:
        return False
    return theirs == here or (theirs == "" and routing.shows_tasks_without_specialty)
