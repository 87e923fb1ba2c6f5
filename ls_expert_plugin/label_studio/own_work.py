"""What is left of Label Studio's answers for an expert: their own annotations and drafts, and nobody else's name.

Pure: JSON in, JSON out, with the number of the person who asks. Rows are not filtered instead, because Label Studio counts
with the same rows (see ``rows.py``); here its counters, overlap and queue have been computed before. Numbers that tell how
far a task is (``total_annotations``, ``is_labeled``) stay: labelling needs them.

Fails closed: of a task only the fields listed here are handed on, so that one added by a later Label Studio is missing
until somebody decides; an annotation that does not say whose it is counts as somebody else's; a body of another shape than
expected raises ``NotUnderstood``. Field names are those of ``tasks/serializers.py``, ``data_manager/serializers.py`` and
``projects/serializers.py`` in 1.23.2.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ls_expert_plugin.label_studio.allowed import ALLOWED_ACTIONS
from ls_expert_plugin.label_studio.searching import is_searchable, searches_only_own

_TASK_FIELDS = frozenset({
    "id", "inner_id", "data", "meta", "created_at", "updated_at", "completed_at", "is_labeled", "overlap", "project", "total_annotations",
    "cancelled_annotations", "total_predictions", "predictions", "predictions_results", "predictions_score", "predictions_model_versions",
    "file_upload", "storage_filename", "comment_count", "unresolved_comment_count", "last_comment_updated_at", "state", "queue",
    "unique_lock_id",
})
# Written by the serializers as "First Last e-mail, number".
_NUMBER_AT_END = re.compile(r", (\d+)$")
_LOGIN_OF_THE_TASK_SOURCE = ("task_data_login", "task_data_password")


class NotUnderstood(ValueError):
    """The answer has another shape than Label Studio 1.23.2 gives; it must not be handed on."""


def own_only(view_name: str, body: Any, ls_user_id: int | None) -> Any:
    """``body``, the parsed JSON that the view of this name answered, as the expert may have it. None as number: nobody.

    Raises ``NotUnderstood``, and ``KeyError`` for a name that is not in ``SCRUBBED``.
    """
    return SCRUBBED[view_name](body, ls_user_id)


def without_address(page: str, email: str) -> str:
    """A page of HTML without this e-mail address; an address that merely ends in it stays."""
    return re.sub(rf"(?<![\w.+-]){re.escape(html.escape(email))}(?![\w-])", "", page)


def _task(task: Any, me: int | None) -> dict[str, Any]:
    task = _dict(task)
    kept = {name: value for name, value in task.items() if name in _TASK_FIELDS}
    for name, only in (("annotations", _annotations), ("drafts", _drafts)):
        if name in task:
            kept[name] = only(task[name], me)
    # Fields that the Data Manager's page expects to be there.
    if "annotators" in task:
        kept["annotators"] = [number for number in _list(task["annotators"]) if number == me]
    if "updated_by" in task:
        kept["updated_by"] = [{"user_id": me}] if task["updated_by"] == [{"user_id": me}] else []
    if "comment_authors" in task:
        kept["comment_authors"] = []
    if "draft_exists" in task:
        kept["draft_exists"] = bool(kept.get("drafts"))
    # Stacked over everybody's annotations: nothing in them says whose is which.
    kept.update({name: "" for name in ("annotations_results", "annotations_ids") if name in task})
    if "avg_lead_time" in task:
        kept["avg_lead_time"] = None
    return kept


def _tasks(body: Any, me: int | None) -> Any:
    body = _dict(body)
    return {
        **{name: value for name, value in body.items() if name in ("total", "total_annotations", "total_predictions")},
        "tasks": [_task(task, me) for task in _list(body.get("tasks"))],
    }


def _is_own_annotation(annotation: Mapping[str, Any], me: int | None) -> bool:
    by = annotation.get("completed_by")
    number = by.get("id") if isinstance(by, dict) else by
    return me is not None and number == me


def _annotation(annotation: Any, me: int | None) -> dict[str, Any]:
    annotation = _dict(annotation)
    if not _is_own_annotation(annotation, me):
        raise NotUnderstood("not an annotation of the person who asks")
    return _others_nameless(annotation, me, but=("result",))


def _annotations(body: Any, me: int | None) -> Any:
    return [_annotation(annotation, me) for annotation in _list(body) if _is_own_annotation(_dict(annotation), me)]


def _is_own_draft(draft: Mapping[str, Any], me: int | None) -> bool:
    """``user`` is an e-mail address in a draft; the number stands at the end of ``created_username``."""
    found = _NUMBER_AT_END.search(str(draft.get("created_username", "")))
    return me is not None and found is not None and int(found[1]) == me


def _draft(draft: Any, me: int | None) -> dict[str, Any]:
    draft = _dict(draft)
    if not _is_own_draft(draft, me):
        raise NotUnderstood("not a draft of the person who asks")
    return draft


def _drafts(body: Any, me: int | None) -> Any:
    return [_draft(draft, me) for draft in _list(body) if _is_own_draft(_dict(draft), me)]


def _project(project: Any, me: int | None) -> dict[str, Any]:
    kept: dict[str, Any] = _others_nameless(_dict(project), me, but=("parsed_label_config", "control_weights"))
    return {**kept, **{name: None for name in _LOGIN_OF_THE_TASK_SOURCE if name in kept}}


def _self(user: Any, me: int | None) -> dict[str, Any]:
    """Oneself; with it Label Studio gives the address of who created the organization."""
    user = _dict(user)
    if me is None or user.get("id") != me:
        raise NotUnderstood("not the person who asks")
    if "active_organization_meta" not in user:
        return user
    return {**user, "active_organization_meta": {**_dict(user["active_organization_meta"]), "email": ""}}


def _view(view: Any, me: int | None) -> dict[str, Any]:
    view = _dict(view)
    if not searches_only_own(view):
        raise NotUnderstood("a tab that searches by other people's work")
    return {**view, "user": me if view.get("user") == me else None}


def _views(body: Any, me: int | None) -> Any:
    """Without the tabs that search by other people's work: they cannot be opened either."""
    return _each(body, me, _view, (view for view in _items(body) if searches_only_own(view)))


def _columns(body: Any, me: int | None) -> Any:
    """Every column, for the page makes the project's first tab, shared with managers, of those it knows; but not to search by."""
    return {"columns": [_column(_dict(column)) for column in _list(_dict(body).get("columns"))]}


def _column(column: dict[str, Any]) -> dict[str, Any]:
    if column.get("parent") == "data" or column.get("id") == "data" or is_searchable(str(column.get("id"))):
        return column
    # Its schema would list the members of the project. ``filter`` and ``orderable`` are what the page looks at.
    kept = {name: value for name, value in column.items() if name != "schema"}
    return {**kept, "visibility_defaults": {**column.get("visibility_defaults", {}), "filter": False}, "orderable": False}


def _actions(body: Any, me: int | None) -> Any:
    """The list of actions, or the task that the action ``next_task`` gave."""
    if isinstance(body, dict):
        return _task(body, me)
    return [action for action in _list(body) if _dict(action).get("id") in ALLOWED_ACTIONS]


def _each(body: Any, me: int | None, one: Callable[[Any, int | None], Any], items: Iterable[Any] | None = None) -> Any:
    """Every item of a list, in pages or not."""
    done = [one(item, me) for item in (_items(body) if items is None else items)]
    return {**body, "results": done} if isinstance(body, dict) else done


def _items(body: Any) -> list[Any]:
    return _list(body["results"] if isinstance(body, dict) and "results" in body else body)


def _others_nameless(value: Any, me: int | None, but: tuple[str, ...] = ()) -> Any:
    """Whoever is described in it keeps their number and nothing else, except who asks. ``but``: contents, not people."""
    if isinstance(value, list):
        return [_others_nameless(item, me, but) for item in value]
    if not isinstance(value, dict):
        return value
    if "email" in value and (me is None or value.get("id") != me):
        return {name: item if name == "id" else None if item is None else "" for name, item in value.items()}
    return {name: item if name in but else _others_nameless(item, me, but) for name, item in value.items()}


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotUnderstood(f"expected an object, found {type(value).__name__}")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise NotUnderstood(f"expected a list, found {type(value).__name__}")
    return value


def _for_each(one: Callable[[Any, int | None], Any]) -> Callable[[Any, int | None], Any]:
    return lambda body, me: _each(body, me, one)


def _one_or_all(one: Callable[[Any, int | None], Any], every: Callable[[Any, int | None], Any]) -> Callable[[Any, int | None], Any]:
    """Reading such an address gives all, posting to it the one that was made."""
    return lambda body, me: every(body, me) if isinstance(body, list) else one(body, me)


# By view name: what is done to its answers.
SCRUBBED: Mapping[str, Callable[[Any, int | None], Any]] = {
    "tasks:api:task-list": _tasks,
    "tasks:api:task-detail": _task,
    "tasks:api:task-annotations": _one_or_all(_annotation, _annotations),
    "tasks:api:task-drafts": _one_or_all(_draft, _drafts),
    "tasks:api:task-annotations-drafts": _one_or_all(_draft, _drafts),
    "tasks:api-annotations:annotation-detail": _annotation,
    "tasks:api-drafts:draft-detail": _draft,
    "projects:api:project-next": _task,
    "projects:api:project-list": _for_each(_project),
    "projects:api:project-counts-list": _for_each(_project),
    "projects:api:project-detail": _project,
    "data_manager:dm-project": _project,
    "data_manager:dm-columns": _columns,
    "data_manager:dm-actions": _actions,
    "data_manager:api:view-list": _one_or_all(_view, _views),
    "data_manager:api:view-detail": _view,
    "current-user-whoami": _self,
    "user-detail": _self,
}
