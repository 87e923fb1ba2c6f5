"""Authorization of every object that a call names: what this caller may do with each, by its request context. Pure.

What names something is in ``request/object_ids.py``. One that is in no project and task that the caller may see refuses the whole call. So
does work signed with somebody else's name, moved to another task, or deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ls_expert_plugin.label_studio.enforcement.request.body_validation import Body, BodyRefused, as_json, unknown_fields
from ls_expert_plugin.label_studio.enforcement.request.endpoint_allowlist import About
from ls_expert_plugin.label_studio.enforcement.request.object_ids import KINDS, LABELLED, NO_RESULT, RESULT_KEY, names_nothing, number
from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext
from ls_expert_plugin.label_studio.enforcement.request.result_validation import controls_of, problem_with
from ls_expert_plugin.label_studio.enforcement.request.tab_validation import problem_with_tab
from ls_expert_plugin.label_studio.permissions.caller_access import Kind, ObjectRef, ProjectAccess

_TABS, _TAB_KEY = frozenset({"data_manager:api:view-list", "data_manager:api:view-detail"}), "data"
_MOVING = ("task", "project", "annotation")
_ANNOTATION = "tasks:api-annotations:annotation-detail"
_ACCOUNT = "user-detail"
_TO_DRAFT = "tasks:api-annotations:annotation-convert-to-draft"
NOT_TRUE = "Experts cannot mark an annotation as ground truth. A manager of this Label Studio can."
NOT_OWN = "This is a colleague's annotation. Experts change only their own."
NOT_DELETED = "Experts cannot delete annotations; they can change their own. Only a skip can be taken back."
NOT_MOVED = "Work stays with the task it was made for. Leave out task, project and annotation, or send them as they are."


class NotAllowed(Exception):
    """Everything the call names is theirs to see, and still they may not do this. Its text says why."""


def may_access_all(context: RequestContext) -> bool:
    """Whether every object that the call names is one that this expert may see, or handle. Raises ``NotAllowed`` and ``BodyRefused``."""
    call, rule, body, named = context.call, context.rule, context.body, context.named
    if isinstance(body, BodyRefused):
        raise body
    if rule is None or body is None or named is None or not all(_may_access(context, what, pk) for what, pk in named.ids):
        return False
    if named.asks_for_ground_truth:
        # Label Studio takes the mark away from other people's annotations of the task.
        raise NotAllowed(NOT_TRUE)
    if rule.fields is not None and unknown_fields(body, rule.fields):
        raise NotAllowed(f"Here experts change only {', '.join(sorted(rule.fields))}.")
    if not call.reads and call.name in _TABS:
        _check_tab(body)
    if not call.reads and rule.about in LABELLED:
        pk = int(call.kwargs["pk"])
        if is_about_moving(body, call.kwargs):
            kind = KINDS[rule.about]
            check_stays(kind, context.object_ref(kind, pk), body, _annotations_named(context))
        _check_result(body, context.object_ref(LABELLED[rule.about], pk).label_config or "")
    if deletes_annotation(context) and not _annotation(context).is_skip:
        raise NotAllowed(NOT_DELETED)
    return True


def _may_access(context: RequestContext, what: About, pk: int | None) -> bool:
    if pk is None:
        return False
    if what == "self":
        return bool(pk == context.viewer.pk)
    ref = context.object_ref(KINDS[what], pk)
    # A pre-label that is hidden from them is one that is not there.
    if what == "prediction" and (ref.project_id is None or ref.task_id is None or context.blind.holds(ref.project_id, ref.task_id)):
        return False
    return may_handle(context.viewer.pk, what, ref, context.access_to(ref), ref.task_id is None or ref.task_id in context.visible_tasks)


def may_handle(me: int, what: About, ref: ObjectRef, access: ProjectAccess | None, is_their_task: bool) -> bool:
    """Whether this expert may do what the call does with the thing. ``is_their_task``: they may see its task. Raises ``NotAllowed``."""
    if access is None or not is_their_task:
        return False
    # Everybody in a project reads its tabs.
    if what == "view" or ref.owner_id in (None, me):
        return True
    if "annotation" not in str(what) or not access.shows_others_work:
        return False
    if what == "annotation":
        raise NotAllowed(NOT_OWN)
    return True


def is_about_moving(body: Body, view_kwargs: Mapping[str, Any]) -> bool:
    """Whether the call says which task, project or annotation the work belongs to."""
    return "annotation_id" in view_kwargs or any(name in _MOVING for name, _ in body.fields)


def check_stays(kind: Kind, ref: ObjectRef, body: Body, annotations: Iterable[ObjectRef]) -> None:
    """An annotation or draft keeps the task and project it has, and a draft an annotation of that task. Raises ``NotAllowed``.

    ``annotations``: where the annotations are that the call names.
    """
    # Every mention counts: of a key that stands twice in a form, Label Studio takes one.
    for name, value in body.fields:
        kept = ref.task_id if name == "task" else ref.project_id
        # Label Studio takes the task from the address when something is made, and may be told nothing; a change to nothing moves.
        if name in ("task", "project") and str(value) != str(kept) and not (kind == "task" and value is None):
            raise NotAllowed(NOT_MOVED)
    if any(annotation.task_id != ref.task_id for annotation in annotations):
        raise NotAllowed(NOT_MOVED)


def deletes_annotation(context: RequestContext) -> bool:
    """Whether the call takes an annotation away: for good, or back to a draft."""
    return context.call.method == "DELETE" and context.call.name == _ANNOTATION or context.call.method == "POST" and context.call.name == _TO_DRAFT


def changes_account_date(context: RequestContext) -> bool:
    """Whether the call may set when an account was made, which decides whose it is. A body that nobody could read may."""
    if context.call.name != _ACCOUNT or context.call.method not in ("PATCH", "PUT"):
        return False
    return not isinstance(context.body, Body) or "date_joined" in dict(context.fields)


def skips_answer(context: RequestContext) -> bool:
    """Whether the call may turn an answer into a skip."""
    is_change = context.call.name == _ANNOTATION and context.call.method in ("PATCH", "PUT")
    return is_change and "was_cancelled" in dict(context.fields) and not _annotation(context).is_skip


def _annotation(context: RequestContext) -> ObjectRef:
    return context.object_ref("annotation", int(context.call.kwargs["pk"]))


def _annotations_named(context: RequestContext) -> Iterator[ObjectRef]:
    named_here = [value for name, value in context.fields if name == "annotation"]
    for raw in (*named_here, context.call.kwargs.get("annotation_id")):
        if not names_nothing(raw):
            pk = number(raw)
            yield ObjectRef() if pk is None else context.object_ref("annotation", pk)


def _check_result(body: Body, label_config: str) -> None:
    """Raises ``BodyRefused`` for a result that could not be exported again."""
    for name, value in body.fields:
        if name == RESULT_KEY and value not in NO_RESULT:
            problem = problem_with(as_json(value), controls_of(label_config))
            if problem is not None:
                raise BodyRefused(problem)


def _check_tab(body: Body) -> None:
    """Raises ``BodyRefused`` for a tab that would keep everybody from opening the Data Manager."""
    for name, value in body.fields:
        if name == _TAB_KEY and (problem := problem_with_tab(as_json(value))) is not None:
            raise BodyRefused(problem)
