"""Layer 1, the object: which projects a call is about, wherever the call names them.

An id may stand in the address (``pk``), in the query string, or in a JSON or form body. All of them are looked up; one
that cannot be resolved to a project the caller may see refuses the whole call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest

from ls_expert_plugin.label_studio.allowed import READ, About
from ls_expert_plugin.label_studio.asking import may_see_project

# Keys that Label Studio reads ids from, in query strings and bodies, and what they name.
_KEYS: Mapping[str, About] = {
    "project": "project", "project_id": "project", "projects": "project",
    "view": "view", "tabID": "view", "tab_id": "view",
    "task": "task", "task_id": "task", "tasks": "task",
    "annotation": "annotation", "annotation_id": "annotation", "parent_annotation": "annotation",
}
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def may_act_on_all(user: Any, request: HttpRequest, about: About, view_kwargs: Mapping[str, Any]) -> bool:
    """Whether every object this call names is one that this expert may see, or handle."""
    return all(_may_act_on(user, what, raw) for what, raw in _named(request, about, view_kwargs))


def _named(request: HttpRequest, about: About, view_kwargs: Mapping[str, Any]) -> Iterator[tuple[About, Any]]:
    if about is not None:
        # Everybody in a project sees its tabs; who made one may change it.
        changes_view = about == "view" and request.method not in READ
        yield "own view" if changes_view else about, view_kwargs.get("pk")
    if "annotation_id" in view_kwargs:
        yield "annotation", view_kwargs["annotation_id"]
    for key, what in _KEYS.items():
        for values in (request.GET.getlist(key), request.GET.getlist(f"{key}[]")):
            for value in values:
                yield from ((what, part) for part in str(value).split(","))
    if request.method in _BODY_METHODS:
        for key, value in _body(request).items():
            if key in _KEYS and value is not None:
                yield from ((_KEYS[key], part) for part in (value if isinstance(value, list) else [value]))


def _body(request: HttpRequest) -> Mapping[str, Any]:
    """Top-level fields of a JSON body; nothing where there is none. A broken body is Label Studio's to refuse."""
    if "json" not in (request.content_type or ""):
        return {}
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _may_act_on(user: Any, what: About, raw: Any) -> bool:
    if raw is None or str(raw) in ("", "0"):
        return True  # names nothing: Label Studio reads an absent id as 0, and no row has that id
    try:
        pk = int(raw)
    except (TypeError, ValueError):
        return False
    if what == "self":
        return pk == user.pk
    if what == "project":
        return may_see_project(user, pk)
    owner_id, project_id = _owner_and_project(what, pk)
    return (owner_id is None or owner_id == user.pk) and may_see_project(user, project_id)


def _owner_and_project(what: About, pk: int) -> tuple[int | None, int | None]:
    """(whose it is, where that matters; its project). (None, None) when there is no such thing."""
    from data_manager.models import View
    from tasks.models import Annotation, AnnotationDraft, Task

    # ``_base_manager``: plain rows. The decision is made here; a narrowed manager would hide the reason.
    if what == "task":
        return None, Task._base_manager.filter(pk=pk).values_list("project_id", flat=True).first()
    if what == "view":
        return None, View._base_manager.filter(pk=pk).values_list("project_id", flat=True).first()
    if what == "own view":
        row = View._base_manager.filter(pk=pk).values_list("user_id", "project_id").first()
    elif what == "annotation":
        row = Annotation._base_manager.filter(pk=pk).values_list("completed_by_id", "project_id").first()
    else:
        row = AnnotationDraft._base_manager.filter(pk=pk).values_list("user_id", "task__project_id").first()
    # What was made by a user who is deleted belongs to nobody: -1 is no user.
    return (row[0] or -1, row[1]) if row else (None, None)
