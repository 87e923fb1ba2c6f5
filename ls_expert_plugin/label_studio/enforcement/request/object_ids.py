"""Extraction of object ids from a call: everything that it names, wherever it names it. Pure.

An id may stand in the address (``pk``), in the query string, or in a JSON or form body, with any method: Label Studio reads
the body of a GET too (``data_manager/api.py``, 1.23.2). Whether they may be named is decided in ``guard/object_authorization.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ls_expert_plugin.label_studio.enforcement.request.body_validation import Body, is_untrue
from ls_expert_plugin.label_studio.enforcement.request.call import NEW_TAB_KEY, Call, makes_tab
from ls_expert_plugin.label_studio.enforcement.request.endpoint_allowlist import About
from ls_expert_plugin.label_studio.permissions.caller_access import Kind, ObjectKey

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
# The draft that an annotation is made from; whose it is, is looked up as well (see ``foreign_drafts.py``).
SUBMIT, DRAFT_KEY = "tasks:api:task-annotations", "draft_id"
RESULT_KEY = "result"
NO_RESULT: tuple[Any, ...] = (None, "", [])
_GROUND_TRUTH = "ground truth"
# What a result is written to, and how to ask for the label config that it has to fit.
LABELLED: Mapping[About, Kind] = {"task": "config of task", "annotation": "config of annotation", "draft": "config of draft"}


@dataclass(frozen=True)
class NamedObjects:
    """What a call names. ``ids``: (what, id) in the order in which it is decided on; id None: something that is no id. ``asks_for_ground_truth``:
    the call sets that mark, behind those; what stands behind it is not decided on. ``besides``: drafts and the label config that count with it.
    """

    ids: tuple[tuple[About, int | None], ...] = ()
    asks_for_ground_truth: bool = False
    besides: tuple[ObjectKey, ...] = ()

    @property
    def keys(self) -> tuple[ObjectKey, ...]:
        """What has to be looked up of ``ids``: each once, in order."""
        return tuple(dict.fromkeys((KINDS[what], pk) for what, pk in self.ids if what in KINDS and pk))


def named_objects(call: Call, about: About, body: Body) -> NamedObjects:
    """Everything that the call names, but what stands for nothing."""
    found = [*_named(call, about, body)]
    ids = tuple((what, number(raw)) for what, raw in found if what != _GROUND_TRUTH and not names_nothing(raw))
    return NamedObjects(ids, bool(found) and found[-1][0] == _GROUND_TRUTH, tuple(dict.fromkeys(_besides(call, about, body))))


def _named(call: Call, about: About, body: Body) -> Iterator[tuple[Any, Any]]:
    """(what, raw id), to the mark of ground truth."""
    if about is not None:
        # Everybody in a project sees its tabs; who made one may change it. So with annotations, where they are shown.
        is_changed_view, is_read_annotation = about == "view" and not call.reads, about == "annotation" and call.reads
        yield "own view" if is_changed_view else "read annotation" if is_read_annotation else about, call.kwargs.get("pk")
    if "task_id" in call.kwargs:
        yield "task", call.kwargs["task_id"]
    if "annotation_id" in call.kwargs:
        yield "read annotation" if call.reads else "annotation", call.kwargs["annotation_id"]
    for key, values in call.query:
        what = _KEYS.get(key.removesuffix("[]"))
        if what is not None and not (key == NEW_TAB_KEY and makes_tab(call)):
            yield from ((what, part) for value in values for part in value.split(","))
    for key, value in body.fields:
        what = _KEYS.get(key.removesuffix("[]"))
        if what is not None and value is not None:
            yield from ((what, part) for part in (value if isinstance(value, list) else [value]))
        elif key == "ground_truth" and not is_untrue(value, body.is_form):
            yield _GROUND_TRUTH, None
            return


def _besides(call: Call, about: About, body: Body) -> Iterator[ObjectKey]:
    if about in LABELLED and not call.reads and any(key == RESULT_KEY and value not in NO_RESULT for key, value in body.fields):
        yield LABELLED[about], int(call.kwargs["pk"])
    for key, value in body.fields:
        pk = number(value) if key == DRAFT_KEY and call.name == SUBMIT else None
        if pk:
            yield "draft", pk


def names_nothing(raw: Any) -> bool:
    """Label Studio reads an absent id as 0, and no row has that id."""
    return raw is None or str(raw) in ("", "0")


def number(raw: Any) -> int | None:
    """The id that this is, as Label Studio reads it; None where it is none."""
    try:
        return int(raw)
    except (TypeError, ValueError, OverflowError):
        return None
