"""Extraction of object ids from a call, and the decision about each of them. Pure.

An id may stand in the address (``pk``), in the query string, or in a JSON or form body, with any method: Label Studio reads
the body of a GET too (``data_manager/api.py``, 1.23.2). ``object_ids.py`` looks up what is named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ls_expert_plugin.label_studio.enforcement.guard.endpoint_allowlist import READ, About
from ls_expert_plugin.label_studio.enforcement.request.body_validation import Body, is_untrue
from ls_expert_plugin.label_studio.permissions.request_cache import Kind, ObjectRef, ProjectAccess

# Keys that Label Studio reads ids from, in query strings and bodies, and what they name.
_KEYS: Mapping[str, About] = {
    "project": "project", "project_id": "project", "projects": "project",
    "view": "view", "tabID": "view", "tab_id": "view",
    "task": "task", "task_id": "task", "tasks": "task",
    "annotation": "annotation", "annotation_id": "annotation", "parent_annotation": "read annotation",
    "prediction": "prediction", "parent_prediction": "prediction",
    # Whose work it is; the answer would show that person's name and address besides.
    "completed_by": "self", "updated_by": "self", "last_created_by": "self", "user": "self",
}
# What is looked up of each.
KINDS: Mapping[About, Kind] = {
    "project": "project", "task": "task", "annotation": "annotation", "read annotation": "annotation", "draft": "draft", "prediction": "prediction",
    "view": "view", "own view": "view",
}
_MOVING = ("task", "project", "annotation")
NOT_TRUE = "Experts cannot mark an annotation as ground truth. A manager of this Label Studio can."
NOT_OWN = "This is a colleague's annotation. Experts change only their own."
NOT_DELETED = "Experts cannot delete annotations; they can change their own. Only a skip can be taken back."
NOT_DELETED_BY_SKIPPING = "This was an answer before it was skipped, and answers are not deleted. Change the annotation, or ask a manager."
NOT_MOVED = "Work stays with the task it was made for. Leave out task, project and annotation, or send them as they are."


class NotAllowed(Exception):
    """Everything the call names is theirs to see, and still they may not do this. Its text says why."""


def named(
    method: str, about: About, view_kwargs: Mapping[str, Any], query: Iterable[tuple[str, Sequence[str]]], body: Body,
) -> Iterator[tuple[About, Any]]:
    """(what, raw id) of everything that the call names. Raises ``NotAllowed`` where it asks for the mark of ground truth."""
    reads = method in READ
    if about is not None:
        # Everybody in a project sees its tabs; who made one may change it. So with annotations, where they are shown.
        yield "own view" if about == "view" and not reads else "read annotation" if about == "annotation" and reads else about, view_kwargs.get("pk")
    if "task_id" in view_kwargs:
        yield "task", view_kwargs["task_id"]
    if "annotation_id" in view_kwargs:
        yield "read annotation" if reads else "annotation", view_kwargs["annotation_id"]
    for key, values in query:
        what = _KEYS.get(key.removesuffix("[]"))
        if what is not None:
            yield from ((what, part) for value in values for part in value.split(","))
    for key, value in body.fields:
        what = _KEYS.get(key.removesuffix("[]"))
        if what is not None and value is not None:
            yield from ((what, part) for part in (value if isinstance(value, list) else [value]))
        elif key == "ground_truth" and not is_untrue(value, body.is_form):
            # Label Studio takes the mark away from other people's annotations of the task.
            raise NotAllowed(NOT_TRUE)


def names_nothing(raw: Any) -> bool:
    """Label Studio reads an absent id as 0, and no row has that id."""
    return raw is None or str(raw) in ("", "0")


def number(raw: Any) -> int | None:
    """The id that this is, as Label Studio reads it; None where it is none."""
    try:
        return int(raw)
    except (TypeError, ValueError, OverflowError):
        return None


def may_handle(me: int, what: About, place: ObjectRef, access: ProjectAccess | None, is_their_task: bool) -> bool:
    """Whether this expert may do what the call does with the thing. ``is_their_task``: of their specialties. Raises ``NotAllowed``."""
    if access is None or not is_their_task:
        return False
    # Everybody in a project reads its tabs.
    if what == "view" or place.owner_id in (None, me):
        return True
    if "annotation" not in str(what) or not access.shows_others_work:
        return False
    if what == "annotation":
        raise NotAllowed(NOT_OWN)
    return True


def is_about_moving(body: Body, view_kwargs: Mapping[str, Any]) -> bool:
    """Whether the call says which task, project or annotation the work belongs to."""
    return "annotation_id" in view_kwargs or any(name in _MOVING for name, _ in body.fields)


def check_stays(kind: Kind, place: ObjectRef, body: Body, annotations: Iterable[ObjectRef]) -> None:
    """An annotation or draft keeps the task and project it has, and a draft an annotation of that task. Raises ``NotAllowed``.

    ``annotations``: where the annotations are that the call names.
    """
    # Every mention counts: of a key that stands twice in a form, Label Studio takes one.
    for name, value in body.fields:
        kept = place.task_id if name == "task" else place.project_id
        # Label Studio takes the task from the address when something is made, and may be told nothing; a change to nothing moves.
        if name in ("task", "project") and str(value) != str(kept) and not (kind == "task" and value is None):
            raise NotAllowed(NOT_MOVED)
    if any(annotation.task_id != place.task_id for annotation in annotations):
        raise NotAllowed(NOT_MOVED)
