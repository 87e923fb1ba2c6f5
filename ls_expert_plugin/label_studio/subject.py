"""What a call is about, wherever the call names it.

An id may stand in the address (``pk``), in the query string, or in a JSON or form body, with any method: Label Studio reads
the body of a GET too (``data_manager/api.py``, 1.23.2). All of them are looked up; one that cannot be resolved to a project
and a task that the caller may see refuses the whole call. So does work signed with somebody else's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from django.http import HttpRequest

from ls_expert_plugin.label_studio.access import found
from ls_expert_plugin.label_studio.allowed import READ, About
from ls_expert_plugin.label_studio.asking import find_out
from ls_expert_plugin.label_studio.call_body import Unreadable, fields, is_form
from ls_expert_plugin.label_studio.specialties import are_theirs
from ls_expert_plugin.label_studio.standing import Kind, Named, Place, known

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
_KINDS: Mapping[About, Kind] = {
    "project": "project", "task": "task", "annotation": "annotation", "read annotation": "annotation", "draft": "draft", "prediction": "prediction",
    "view": "view", "own view": "view",
}
# The draft that an annotation is made from; whose it is, is looked up as well (see ``others_drafts.py``).
DRAFT_KEY = "draft_id"
# More in one call are looked up one by one: no page names as many.
_AT_ONCE = 100
_MOVING = ("task", "project", "annotation")
NOT_TRUE = "Experts cannot mark an annotation as ground truth. A manager of this Label Studio can."
NOT_OWN = "This is a colleague's annotation. Experts change only their own."
NOT_DELETED = "Experts cannot delete annotations; they can change their own. Only a skip can be taken back."
NOT_MOVED = "Work stays with the task it was made for. Leave out task, project and annotation, or send them as they are."


class NotAllowed(Exception):
    """Everything the call names is theirs to see, and still they may not do this. Its text says why."""


def things_named(request: HttpRequest, about: About, view_kwargs: Mapping[str, Any]) -> frozenset[Named]:
    """What has to be looked up to decide about this call, so that it can be asked in one query. What cannot be read names nothing here.

    Nothing is decided here, and a form is not read: that is done for experts alone.
    """
    things: set[Named] = set()
    with suppress(Unreadable, NotAllowed):
        for what, raw in _named(request, about, view_kwargs, with_form=False):
            _add(things, _KINDS.get(what), raw)
        if not is_form(request):
            _add(things, "draft", dict(fields(request)).get(DRAFT_KEY))
    return frozenset(things)


def _add(things: set[Named], kind: Kind | None, raw: Any) -> None:
    with suppress(TypeError, ValueError):
        if kind is not None and raw and len(things) < _AT_ONCE and (number := int(raw)):
            things.add((kind, number))


def may_act_on_all(user: Any, request: HttpRequest, about: About, view_kwargs: Mapping[str, Any]) -> bool:
    """Whether every object this call names is one that this expert may see, or handle. Raises ``NotAllowed``."""
    try:
        if not all(_may_act_on(request, user, what, raw) for what, raw in _named(request, about, view_kwargs)):
            return False
        if request.method not in READ and about in ("task", "annotation", "draft"):
            _check_stays(request, user, _KINDS[about], view_kwargs)
        if about == "annotation" and _ends_annotation(request) and not place_of(request, user, "annotation", int(view_kwargs["pk"])).is_skip:
            raise NotAllowed(NOT_DELETED)
    except Unreadable:
        return False
    return True


def _named(request: HttpRequest, about: About, view_kwargs: Mapping[str, Any], with_form: bool = True) -> Iterator[tuple[About, Any]]:
    reads = request.method in READ
    if about is not None:
        # Everybody in a project sees its tabs; who made one may change it. So with annotations, where they are shown.
        yield "own view" if about == "view" and not reads else "read annotation" if about == "annotation" and reads else about, view_kwargs.get("pk")
    if "task_id" in view_kwargs:
        yield "task", view_kwargs["task_id"]
    if "annotation_id" in view_kwargs:
        yield "read annotation" if reads else "annotation", view_kwargs["annotation_id"]
    for key, values in request.GET.lists():
        what = _KEYS.get(key.removesuffix("[]"))
        if what is not None:
            yield from ((what, part) for value in values for part in value.split(","))
    for key, value in fields(request) if with_form or not is_form(request) else ():
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
    place = place_of(request, user, _KINDS[what], pk)
    access = found(request, user, place.project_id)
    if access is None or (place.task_id is not None and place.task_id not in are_theirs(access, [place.task_id])):
        return False
    # Everybody in a project reads its tabs.
    if what == "view" or place.owner_id in (None, user.pk):
        return True
    if "annotation" not in str(what) or not access.shows_others_work:
        return False
    if what == "annotation":
        raise NotAllowed(NOT_OWN)
    return True


def _check_stays(request: HttpRequest, user: Any, kind: Kind, view_kwargs: Mapping[str, Any]) -> None:
    """An annotation or draft keeps the task and project it has, and a draft an annotation of that task. Raises ``NotAllowed``."""
    body = dict(fields(request))
    if "annotation_id" not in view_kwargs and not any(key in body for key in _MOVING):
        return
    place = place_of(request, user, kind, int(view_kwargs["pk"]))
    # Label Studio takes the task from the address when something is made, and may be told nothing; a change to nothing moves.
    for key, kept in (("task", place.task_id), ("project", place.project_id)):
        if key in body and str(body[key]) != str(kept) and not (kind == "task" and body[key] is None):
            raise NotAllowed(NOT_MOVED)
    for annotation in (body.get("annotation"), view_kwargs.get("annotation_id")):
        if annotation not in (None, "", 0, "0") and place_of(request, user, "annotation", int(annotation)).task_id != place.task_id:
            raise NotAllowed(NOT_MOVED)


def _ends_annotation(request: HttpRequest) -> bool:
    return request.method == "DELETE" or (request.method == "POST" and request.resolver_match.url_name == "annotation-convert-to-draft")


def place_of(request: HttpRequest, user: Any, kind: Kind, pk: int) -> Place:
    """Where it is, looked up once in each request: most often together with who is asking."""
    places = known(request).places
    if (kind, pk) not in places:
        find_out(request, user.pk, ((kind, pk),))
    return places.get((kind, pk), Place())
