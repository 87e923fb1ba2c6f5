"""What is left of Label Studio's answers for an expert: their own annotations and drafts, and nobody else's name.

Where a project shows others' work, colleagues' annotations are left too, under their number; drafts and names never.

Pure: JSON in, JSON out, with who reads it. Rows are not filtered instead, because Label Studio counts
with the same rows (see ``queryset_scoping.py``); here its counters, overlap and queue have been computed before. Numbers that tell how
far a task is (``total_annotations``, ``is_labeled``) stay: labelling needs them.

Fails closed: of a task only the fields listed here are handed on, so that one added by a later Label Studio is missing
until somebody decides; an annotation that does not say whose it is counts as somebody else's; a body of another shape than
expected raises ``UnexpectedShape``. Field names are those of ``tasks/serializers.py``, ``data_manager/serializers.py`` and
``projects/serializers.py`` in 1.23.2.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ls_expert_plugin.agreement.blind import NO_BLIND_ARM, BlindArm
from ls_expert_plugin.label_studio.enforcement.request.endpoint_allowlist import ALLOWED_ACTIONS
from ls_expert_plugin.label_studio.enforcement.request.filter_allowlist import is_searchable, searches_only_allowed
from ls_expert_plugin.label_studio.enforcement.response.person_redaction import COLLEAGUE, number_of, others_nameless

_TASK_FIELDS = frozenset({
    "id", "inner_id", "data", "meta", "created_at", "updated_at", "completed_at", "is_labeled", "overlap", "project", "total_annotations",
    "cancelled_annotations", "total_predictions", "predictions", "predictions_results", "predictions_score", "predictions_model_versions",
    "file_upload", "storage_filename", "comment_count", "unresolved_comment_count", "last_comment_updated_at", "state", "queue",
    "unique_lock_id",
})
# What a task of the blind arm has of pre-labels.
_NO_PRE_LABEL: Mapping[str, Any] = {
    "predictions": [], "total_predictions": 0, "predictions_results": "", "predictions_score": None, "predictions_model_versions": "",
}
# What the tab of a pre-label is called: Label Studio calls it by its version, or "Admin" where it has none.
PRE_LABEL = "Pre-label"
# Of a task, where others' work is shown. Otherwise they are cut down to one's own.
_MADE_OF_ANNOTATIONS = frozenset({"annotators", "updated_by", "annotations_results", "annotations_ids", "avg_lead_time"})
# Of a colleague's annotation, where it is shown.
_ANNOTATION_FIELDS = frozenset({
    "id", "result", "task", "project", "completed_by", "created_username", "created_ago", "created_at", "updated_at", "draft_created_at",
    "updated_by", "was_cancelled", "ground_truth", "lead_time", "parent_prediction", "parent_annotation", "last_action", "last_created_by",
    "bulk_created", "import_id", "is_stub", "state",
})
# Written by the serializers as "First Last e-mail, number".
_NUMBER_AT_END = re.compile(r", (\d+)$")
# Of a whole project. Where it shows some of its tasks only, they would tell of the others.
_COUNTS_OF_TASKS = ("task_number", "task_count", "queue_total")
_OTHER_COUNTS = (
    "total_annotations_number", "total_predictions_number", "useful_annotation_number", "skipped_annotations_number", "num_tasks_with_annotations",
    "finished_task_number", "annotation_count", "annotators_count", "queue_left",
)
_LOGIN_OF_THE_TASK_SOURCE = ("task_data_login", "task_data_password")


class UnexpectedShape(ValueError):
    """The answer has another shape than Label Studio 1.23.2 gives; it must not be handed on."""


@dataclass(frozen=True)
class Reader:
    """Who reads an answer. ``me``: their number, None for nobody. ``shown_in``: projects that show them others' work."""

    me: int | None
    shown_in: frozenset[int] = frozenset()
    # Every project that the call named is among those: for answers that do not say which project they are about.
    shown_here: bool = False
    # Tasks that are shown without a pre-label.
    blind: BlindArm = NO_BLIND_ARM
    # By project that shows some of its tasks only: how many of them are theirs.
    own_tasks: Mapping[int, int] = field(default_factory=dict)


def redact(view_name: str, body: Any, reader: Reader) -> Any:
    """``body``, the parsed JSON that the view of this name answered, as this expert may have it.

    Raises ``UnexpectedShape``, and ``KeyError`` for a name that is not in ``REDACTORS``.
    """
    return REDACTORS[view_name](body, reader)


def without_address(page: str, email: str) -> str:
    """A page of HTML without this e-mail address; an address that merely ends in it stays."""
    return re.sub(rf"(?<![\w.+-]){re.escape(html.escape(email))}(?![\w-])", "", page)


def _task(task: Any, reader: Reader) -> dict[str, Any]:
    task = _dict(task)
    kept = {name: value for name, value in task.items() if name in _TASK_FIELDS}
    is_shown = task.get("project") in reader.shown_in
    if "annotations" in task:
        kept["annotations"] = [
            _annotation(one, reader, is_shown) for one in _list(task["annotations"]) if is_shown or _is_own_annotation(_dict(one), reader)
        ]
    if "drafts" in task:
        kept["drafts"] = _drafts(task["drafts"], reader)
    if isinstance(task.get("predictions"), list):
        kept["predictions"] = _pre_labels(task["predictions"])
    if is_blind_to(task, reader):
        kept.update({name: nothing for name, nothing in _NO_PRE_LABEL.items() if name in task})
    # Fields that the Data Manager's page expects to be there.
    if "comment_authors" in task:
        kept["comment_authors"] = []
    if "draft_exists" in task:
        kept["draft_exists"] = bool(kept.get("drafts"))
    if is_shown:
        return {**kept, **{name: task[name] for name in _MADE_OF_ANNOTATIONS if name in task}}
    if "annotators" in task:
        kept["annotators"] = [number for number in _list(task["annotators"]) if number == reader.me]
    if "updated_by" in task:
        kept["updated_by"] = [{"user_id": reader.me}] if task["updated_by"] == [{"user_id": reader.me}] else []
    # Stacked over everybody's annotations: nothing in them says whose is which.
    kept.update({name: "" for name in ("annotations_results", "annotations_ids") if name in task})
    if "avg_lead_time" in task:
        kept["avg_lead_time"] = None
    return kept


def _pre_labels(predictions: list[Any]) -> list[Any]:
    """Pre-labels by the name that people read. Where there are several versions, theirs tell them apart, and by them the editor chooses one."""
    if len({one.get("model_version") for one in predictions if isinstance(one, dict)}) != 1:
        return predictions
    return [{**one, "model_version": PRE_LABEL} if isinstance(one, dict) else one for one in predictions]


def is_blind_to(task: Mapping[str, Any], reader: Reader) -> bool:
    """Whether a task is shown without its pre-label. One that does not say which it is, and of which project, is."""
    project, number = task.get("project"), task.get("id")
    if not reader.blind.percent:
        return False
    return not (isinstance(project, int) and isinstance(number, int)) or reader.blind.holds(project, number)


def _tasks(body: Any, reader: Reader) -> Any:
    body = _dict(body)
    kept = {name: value for name, value in body.items() if name in ("total", "total_annotations", "total_predictions")}
    if reader.blind.percent and "total_predictions" in kept:
        kept["total_predictions"] = 0  # with a filter for one task it would tell of a pre-label that is hidden
    return {**kept, "tasks": [_task(task, reader) for task in _list(body.get("tasks"))]}


def _is_own_annotation(annotation: Mapping[str, Any], reader: Reader) -> bool:
    return reader.me is not None and number_of(annotation.get("completed_by")) == reader.me


def _annotation(annotation: Any, reader: Reader, is_shown: bool | None = None) -> dict[str, Any]:
    """One's own, or where that is shown a colleague's."""
    annotation = _dict(annotation)
    if _is_own_annotation(annotation, reader):
        return others_nameless(annotation, reader.me, but=("result",))
    if not (annotation.get("project") in reader.shown_in if is_shown is None else is_shown):
        raise UnexpectedShape("not an annotation of the person who asks")
    kept = others_nameless({name: value for name, value in annotation.items() if name in _ANNOTATION_FIELDS}, reader.me, but=("result",))
    number = number_of(annotation.get("completed_by"))
    if isinstance(kept.get("completed_by"), dict):
        # The editor opens no task with somebody in it who has neither an address nor a user name (1.23.2).
        name = {"first_name": COLLEAGUE, "last_name": str(number), "username": f"{COLLEAGUE} {number}"}
        kept["completed_by"] = {**kept["completed_by"], **name}
    if "created_username" in kept:
        kept["created_username"] = f"{COLLEAGUE} {number}"
    return kept


def _annotations(body: Any, reader: Reader) -> Any:
    return [
        _annotation(annotation, reader) for annotation in _list(body)
        if _is_own_annotation(_dict(annotation), reader) or annotation.get("project") in reader.shown_in
    ]


def _is_own_draft(draft: Mapping[str, Any], reader: Reader) -> bool:
    """``user`` is an e-mail address in a draft; the number stands at the end of ``created_username``."""
    found = _NUMBER_AT_END.search(str(draft.get("created_username", "")))
    return reader.me is not None and found is not None and int(found[1]) == reader.me


def _draft(draft: Any, reader: Reader) -> dict[str, Any]:
    draft = _dict(draft)
    if not _is_own_draft(draft, reader):
        raise UnexpectedShape("not a draft of the person who asks")
    return draft


def _drafts(body: Any, reader: Reader) -> Any:
    return [_draft(draft, reader) for draft in _list(body) if _is_own_draft(_dict(draft), reader)]


def _project(project: Any, reader: Reader) -> dict[str, Any]:
    kept: dict[str, Any] = others_nameless(_dict(project), reader.me, but=("parsed_label_config", "control_weights"))
    kept.update({name: None for name in _LOGIN_OF_THE_TASK_SOURCE if name in kept})
    if "ground_truth_number" in kept:
        kept["ground_truth_number"] = 0  # how many tasks look at their answers
    number = kept.get("id")
    if isinstance(number, int) and number in reader.own_tasks:
        theirs = reader.own_tasks[number]
        kept.update({name: theirs for name in _COUNTS_OF_TASKS if name in kept})
        kept.update({name: min(kept[name] or 0, theirs) for name in ("queue_done",) if name in kept})
        kept.update({name: 0 for name in _OTHER_COUNTS if name in kept})
    elif reader.own_tasks and not isinstance(number, int):
        raise UnexpectedShape("counts of a project that does not say which it is")
    return kept


def _self(user: Any, reader: Reader) -> dict[str, Any]:
    """Oneself; with it Label Studio gives the address of who created the organization."""
    user = _dict(user)
    if reader.me is None or user.get("id") != reader.me:
        raise UnexpectedShape("not the person who asks")
    if "active_organization_meta" not in user:
        return user
    return {**user, "active_organization_meta": {**_dict(user["active_organization_meta"]), "email": ""}}


def _view(view: Any, reader: Reader) -> dict[str, Any]:
    view = _dict(view)
    if not _is_own_search(view, reader):
        raise UnexpectedShape("a tab that searches by other people's work")
    return {**view, "user": reader.me if view.get("user") == reader.me else None}


def _is_own_search(view: Any, reader: Reader) -> bool:
    return searches_only_allowed(view, _dict(view).get("project") in reader.shown_in)


def _views(body: Any, reader: Reader) -> Any:
    """Without the tabs that search by other people's work: they cannot be opened either."""
    return _each(body, reader, _view, (view for view in _items(body) if _is_own_search(view, reader)))


def _columns(body: Any, reader: Reader) -> Any:
    """Every column, for the page makes the project's first tab, shared with managers, of those it knows; but not to search by."""
    return {"columns": [_column(_dict(column), reader) for column in _list(_dict(body).get("columns"))]}


def _column(column: dict[str, Any], reader: Reader) -> dict[str, Any]:
    name = str(column.get("id"))
    if column.get("parent") == "data" or name == "data" or is_searchable(name):
        return column
    # Its schema would list the members of the organization.
    kept = {key: value for key, value in column.items() if key != "schema"}
    if is_searchable(name, reader.shown_here):
        return kept
    # ``filter`` and ``orderable`` are what the page looks at.
    return {**kept, "visibility_defaults": {**column.get("visibility_defaults", {}), "filter": False}, "orderable": False}


def _actions(body: Any, reader: Reader) -> Any:
    """The list of actions, or the task that the action ``next_task`` gave."""
    if isinstance(body, dict):
        return _task(body, reader)
    return [action for action in _list(body) if str(_dict(action).get("id")) in ALLOWED_ACTIONS]


def _each(body: Any, reader: Reader, one: Callable[[Any, Reader], Any], items: Iterable[Any] | None = None) -> Any:
    """Every item of a list, in pages or not."""
    done = [one(item, reader) for item in (_items(body) if items is None else items)]
    return {**body, "results": done} if isinstance(body, dict) else done


def _items(body: Any) -> list[Any]:
    return _list(body["results"] if isinstance(body, dict) and "results" in body else body)


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnexpectedShape(f"expected an object, found {type(value).__name__}")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise UnexpectedShape(f"expected a list, found {type(value).__name__}")
    return value


def _for_each(one: Callable[[Any, Reader], Any]) -> Callable[[Any, Reader], Any]:
    return lambda body, reader: _each(body, reader, one)


def _one_or_all(one: Callable[[Any, Reader], Any], every: Callable[[Any, Reader], Any]) -> Callable[[Any, Reader], Any]:
    """Reading such an address gives all, posting to it the one that was made."""
    return lambda body, reader: every(body, reader) if isinstance(body, list) else one(body, reader)


# By view name: what is done to its answers.
REDACTORS: Mapping[str, Callable[[Any, Reader], Any]] = {
    "tasks:api:task-list": _tasks,
    "tasks:api:task-detail": _task,
    "tasks:api:task-annotations": _one_or_all(_annotation, _annotations),
    "tasks:api:task-drafts": _one_or_all(_draft, _drafts),
    "tasks:api:task-annotations-drafts": _one_or_all(_draft, _drafts),
    "tasks:api-annotations:annotation-detail": _annotation,
    "tasks:api-annotations:annotation-convert-to-draft": _draft,
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
# Answers in which projects are counted.
COUNTING = frozenset({
    "projects:api:project-list", "projects:api:project-counts-list", "projects:api:project-detail", "data_manager:dm-project",
})
