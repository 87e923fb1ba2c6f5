"""Layer 1, the object: which projects a call is about, wherever the call names them.

An id may stand in the address (``pk``), in the query string, or in a JSON or form body, with any method: Label Studio reads
the body of a GET too (``data_manager/api.py``, 1.23.2). All of them are looked up; one that cannot be resolved to a project
the caller may see refuses the whole call. So does work signed with somebody else's name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from ls_expert_plugin.label_studio.allowed import READ, About
from ls_expert_plugin.label_studio.asking import may_see_project

# Keys that Label Studio reads ids from, in query strings and bodies, and what they name.
_KEYS: Mapping[str, About] = {
    "project": "project", "project_id": "project", "projects": "project",
    "view": "view", "tabID": "view", "tab_id": "view",
    "task": "task", "task_id": "task", "tasks": "task",
    "annotation": "annotation", "annotation_id": "annotation", "parent_annotation": "annotation",
    "prediction": "prediction", "parent_prediction": "prediction",
    # Whose work it is; the answer would show that person's name and address besides.
    "completed_by": "self", "updated_by": "self", "last_created_by": "self", "user": "self",
}
# Judgements that are not an expert's: Label Studio takes the mark away from other people's annotations of the task.
_NOT_TRUE = "ground_truth"
_NO_PROJECT = 0  # no row has this id
_UTF_8 = frozenset({"utf-8", "utf8"})


class _Unreadable(Exception):
    """A body that Label Studio might read, and we cannot."""


def may_act_on_all(user: Any, request: HttpRequest, about: About, view_kwargs: Mapping[str, Any]) -> bool:
    """Whether every object this call names is one that this expert may see, or handle."""
    try:
        return all(_may_act_on(user, what, raw) for what, raw in _named(request, about, view_kwargs))
    except _Unreadable:
        return False


def _named(request: HttpRequest, about: About, view_kwargs: Mapping[str, Any]) -> Iterator[tuple[About, Any]]:
    if about is not None:
        # Everybody in a project sees its tabs; who made one may change it.
        changes_view = about == "view" and request.method not in READ
        yield "own view" if changes_view else about, view_kwargs.get("pk")
    if "annotation_id" in view_kwargs:
        yield "annotation", view_kwargs["annotation_id"]
    for key, values in request.GET.lists():
        what = _KEYS.get(key.removesuffix("[]"))
        if what is not None:
            yield from ((what, part) for value in values for part in value.split(","))
    for key, value in _fields(request):
        what = _KEYS.get(key.removesuffix("[]"))
        if what is not None and value is not None:
            yield from ((what, part) for part in (value if isinstance(value, list) else [value]))
        elif key == _NOT_TRUE and str(value).lower() not in ("false", "0", "", "none"):
            yield "nothing", value


def _fields(request: HttpRequest) -> Iterator[tuple[str, Any]]:
    """Top-level fields of the body. A broken JSON body has none: it is Label Studio's to refuse. Raises _Unreadable."""
    kind = request.content_type or ""
    if "form" in kind:
        yield from ((key, value) for key, values in _form(request, kind).lists() for value in values)
    elif "json" in kind:
        # The rest framework decodes with the charset of the call; in another one, a body that says nothing to us says
        # something to it.
        if (request.encoding or "utf-8").lower() not in _UTF_8:
            raise _Unreadable
        try:
            body = json.loads(request.body.decode() or "{}")
        except ValueError:
            return
        for part in body if isinstance(body, list) else [body]:
            if isinstance(part, dict):
                yield from part.items()


def _form(request: HttpRequest, kind: str) -> QueryDict:
    """Django itself parses forms for POST alone; the rest framework for every method."""
    if request.method == "POST":
        return request.POST
    if not kind.startswith("multipart/"):
        return QueryDict(request.body, encoding=request.encoding)
    handlers = [MemoryFileUploadHandler(request)]
    try:
        return MultiPartParser(request.META, BytesIO(request.body), handlers, request.encoding or "utf-8").parse()[0]
    except MultiPartParserError as error:
        raise _Unreadable from error


def _may_act_on(user: Any, what: About, raw: Any) -> bool:
    if what == "nothing":
        return False
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
    # The same questions to the database whether it is foreign, a colleague's or not there: how long it takes must not tell.
    is_visible = may_see_project(user, project_id or _NO_PROJECT)
    return is_visible and (owner_id is None or owner_id == user.pk)


def _owner_and_project(what: About, pk: int) -> tuple[int | None, int | None]:
    """(whose it is, where that matters; its project). (None, None) when there is no such thing."""
    from data_manager.models import View
    from tasks.models import Annotation, AnnotationDraft, Prediction, Task

    # ``_base_manager``: plain rows. The decision is made here; a narrowed manager would hide the reason.
    if what == "task":
        return None, Task._base_manager.filter(pk=pk).values_list("project_id", flat=True).first()
    if what == "view":
        return None, View._base_manager.filter(pk=pk).values_list("project_id", flat=True).first()
    if what == "prediction":
        return None, Prediction._base_manager.filter(pk=pk).values_list("task__project_id", flat=True).first()
    if what == "own view":
        row = View._base_manager.filter(pk=pk).values_list("user_id", "project_id").first()
    elif what == "annotation":
        row = Annotation._base_manager.filter(pk=pk).values_list("completed_by_id", "project_id").first()
    else:
        row = AnnotationDraft._base_manager.filter(pk=pk).values_list("user_id", "task__project_id").first()
    # What was made by a user who is deleted belongs to nobody: -1 is no user.
    return (row[0] or -1, row[1]) if row else (None, None)
