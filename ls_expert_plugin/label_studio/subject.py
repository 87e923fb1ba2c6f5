"""What a call is about, wherever the call names it.

An id may stand in the address (``pk``), in the query string, or in a JSON or form body, with any method: Label Studio reads
the body of a GET too (``data_manager/api.py``, 1.23.2). All of them are looked up; one that cannot be resolved to a project
and a task that the caller may see refuses the whole call. So does work signed with somebody else's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from ls_expert_plugin.label_studio.access import found
from ls_expert_plugin.label_studio.allowed import READ, About
from ls_expert_plugin.label_studio.call_body import Unreadable, fields
from ls_expert_plugin.label_studio.specialties import are_theirs

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
_MOVING = ("task", "project", "annotation")
NOT_TRUE = "Experts cannot mark an annotation as ground truth. A manager of this Label Studio can."
NOT_OWN = "This is a colleague's annotation. Experts change only their own."
NOT_DELETED = "Experts cannot delete annotations; they can change their own. Only a skip can be taken back."
NOT_MOVED = "Work stays with the task it was made for. Leave out task, project and annotation, or send them as they are."


class NotAllowed(Exception):
    """Everything the call names is theirs to see, and still they may not do this. Its text says why."""


@dataclass(frozen=True)
class _Place:
    """Where a thing is, and whose it is where that matters. Both None when there is no such thing."""

    project_id: int | None = None
    task_id: int | None = None
    owner_id: int | None = None


def may_act_on_all(user: Any, request: HttpRequest, about: About, view_kwargs: Mapping[str, Any]) -> bool:
    """Whether every object this call names is one that this expert may see, or handle. Raises ``NotAllowed``."""
    try:
        if not all(_may_act_on(request, user, what, raw) for what, raw in _named(request, about, view_kwargs)):
            return False
        if request.method not in READ and about in ("task", "annotation", "draft"):
            _check_stays(about, view_kwargs, dict(fields(request)))
        if about == "annotation" and _ends_annotation(request):
            _check_is_skip(int(view_kwargs["pk"]))
    except Unreadable:
        return False
    return True


def _named(request: HttpRequest, about: About, view_kwargs: Mapping[str, Any]) -> Iterator[tuple[About, Any]]:
    reads = request.method in READ
    if about is not None:
        # Everybody in a project sees its tabs; who made one may change it. So with annotations, where they are shown.
        yield "own view" if about == "view" and not reads else "read annotation" if about == "annotation" and reads else about, view_kwargs.get("pk")
    if "annotation_id" in view_kwargs:
        yield "read annotation" if reads else "annotation", view_kwargs["annotation_id"]
    for key, values in request.GET.lists():
        what = _KEYS.get(key.removesuffix("[]"))
        if what is not None:
            yield from ((what, part) for value in values for part in value.split(","))
    for key, value in fields(request):
        what = _KEYS.get(key.removesuffix("[]"))
        if what is not None and value is not None:
            yield from ((what, part) for part in (value if isinstance(value, list) else [value]))
        elif key == "ground_truth" and str(value).lower() not in ("false", "0", "", "none"):
            # Label Studio takes the mark away from other people's annotations of the task.
            raise NotAllowed(NOT_TRUE)


def _may_act_on(request: HttpRequest, user: Any, what: About, raw: Any) -> bool:
    if raw is None or str(raw) in ("", "0"):
        return True  # names nothing: Label Studio reads an absent id as 0, and no row has that id
    try:
        pk = int(raw)
    except (TypeError, ValueError):
        return False
    if what == "self":
        return pk == user.pk
    place = _Place(project_id=pk) if what == "project" else _place(what, pk)
    access = found(request, user, place.project_id)
    if access is None or (place.task_id is not None and place.task_id not in are_theirs(access, [place.task_id])):
        return False
    if place.owner_id in (None, user.pk):
        return True
    if "annotation" not in str(what) or not access.shows_others_work:
        return False
    if what == "annotation":
        raise NotAllowed(NOT_OWN)
    return True


def _check_stays(about: About, view_kwargs: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """An annotation or draft keeps the task and project it has, and a draft an annotation of that task. Raises ``NotAllowed``."""
    if "annotation_id" not in view_kwargs and not any(key in body for key in _MOVING):
        return
    place = _place(about, int(view_kwargs["pk"]))
    # Label Studio takes the task from the address when something is made, and may be told nothing; a change to nothing moves.
    for key, kept in (("task", place.task_id), ("project", place.project_id)):
        if key in body and str(body[key]) != str(kept) and not (about == "task" and body[key] is None):
            raise NotAllowed(NOT_MOVED)
    for annotation in (body.get("annotation"), view_kwargs.get("annotation_id")):
        if annotation not in (None, "", 0, "0") and _place("annotation", int(annotation)).task_id != place.task_id:
            raise NotAllowed(NOT_MOVED)


def _ends_annotation(request: HttpRequest) -> bool:
    return request.method == "DELETE" or (request.method == "POST" and request.resolver_match.url_name == "annotation-convert-to-draft")


def _check_is_skip(annotation_id: int) -> None:
    from tasks.models import Annotation

    if not Annotation._base_manager.filter(pk=annotation_id, was_cancelled=True).exists():
        raise NotAllowed(NOT_DELETED)


def _place(what: About, pk: int) -> _Place:
    from data_manager.models import View
    from tasks.models import Annotation, AnnotationDraft, Prediction, Task

    # ``_base_manager``: plain rows. The decision is made here; a narrowed manager would hide the reason.
    if what == "task":
        project_id = Task._base_manager.filter(pk=pk).values_list("project_id", flat=True).first()
        return _Place(project_id, pk)
    if what == "prediction":
        row = Prediction._base_manager.filter(pk=pk).values_list("task__project_id", "task_id").first()
        return _Place(*row) if row else _Place()
    if what in ("view", "own view"):
        row = View._base_manager.filter(pk=pk).values_list("project_id", "user_id").first()
        return _Place(row[0], None, (row[1] or -1) if what == "own view" else None) if row else _Place()
    if what in ("annotation", "read annotation"):
        row = Annotation._base_manager.filter(pk=pk).values_list("project_id", "task_id", "completed_by_id").first()
    else:
        row = AnnotationDraft._base_manager.filter(pk=pk).values_list("task__project_id", "task_id", "user_id").first()
    # What was made by a user who is deleted belongs to nobody: -1 is no user.
    return _Place(row[0], row[1], row[2] or -1) if row else _Place()
