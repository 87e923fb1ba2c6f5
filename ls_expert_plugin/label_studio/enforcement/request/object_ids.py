"""What a call is about, wherever the call names it: each thing is looked up, and one that is not this expert's refuses the call.

What names something, and who may do what with it, is in ``named_objects.py``. One that cannot be resolved to a project and a task
that the caller may see refuses the whole call. So does work signed with somebody else's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ls_expert_plugin.agreement.blind import blind_arm
from ls_expert_plugin.label_studio.enforcement.guard.endpoint_allowlist import READ, About, AllowedEndpoint
from ls_expert_plugin.label_studio.enforcement.request.body_validation import NO_BODY, Body, BodyRefused, as_json, check, check_size, unknown_fields
from ls_expert_plugin.label_studio.enforcement.request.named_objects import (
    KINDS,
    NOT_DELETED,
    NOT_DELETED_BY_SKIPPING,
    NotAllowed,
    check_stays,
    is_about_moving,
    may_handle,
    named,
    names_nothing,
    number,
)
from ls_expert_plugin.label_studio.enforcement.request.request_body import body_of, body_size, is_json
from ls_expert_plugin.label_studio.enforcement.request.result_validation import controls_of, problem_with
from ls_expert_plugin.label_studio.enforcement.request.tab_validation import problem_with_tab
from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import visible_task_ids
from ls_expert_plugin.label_studio.models import SkippedAnswer
from ls_expert_plugin.label_studio.permissions.current_user import find_out
from ls_expert_plugin.label_studio.permissions.project_access import found
from ls_expert_plugin.label_studio.permissions.request_cache import Kind, ObjectKey, ObjectRef, request_cache

# The draft that an annotation is made from; whose it is, is looked up as well (see ``foreign_drafts.py``).
DRAFT_KEY = "draft_id"
RESULT_KEY, TAB_KEY = "result", "data"
_TABS = frozenset({"data_manager:api:view-list", "data_manager:api:view-detail"})
# What a result is written to, and how to ask for the label config that it has to fit.
_LABELLED: Mapping[About, Kind] = {"task": "config of task", "annotation": "config of annotation", "draft": "config of draft"}
# More in one call are looked up one by one: no page names as many.
_AT_ONCE = 100


def named_objects(request: HttpRequest, about: About, view_kwargs: Mapping[str, Any]) -> frozenset[ObjectKey]:
    """What has to be looked up to decide about this call, so that it can be asked in one query. What cannot be read names nothing here.

    Nothing is decided here, and a form is not read: that is done for experts alone.
    """
    things: set[ObjectKey] = set()
    with suppress(BodyRefused, NotAllowed):
        body = body_of(request) if is_json(request) else NO_BODY
        for what, raw in named(request.method or "", about, view_kwargs, request.GET.lists(), body):
            _add(things, KINDS.get(what), raw)
        _add(things, "draft", dict(body.fields).get(DRAFT_KEY))
        if about in _LABELLED and request.method not in READ and RESULT_KEY in dict(body.fields):
            _add(things, _LABELLED[about], view_kwargs.get("pk"))
    return frozenset(things)


def _add(things: set[ObjectKey], kind: Kind | None, raw: Any) -> None:
    pk = number(raw)
    if kind is not None and pk and len(things) < _AT_ONCE:
        things.add((kind, pk))


def may_access_all(user: Any, request: HttpRequest, rule: AllowedEndpoint, view_kwargs: Mapping[str, Any]) -> bool:
    """Whether every object this call names is one that this expert may see, or handle. Raises ``NotAllowed`` and ``BodyRefused``."""
    about, body = rule.about, body_of(request)
    check_size(body_size(request), rule.max_bytes)
    check(body, rule.takes_files)
    if not all(_may_act_on(request, user, what, raw) for what, raw in named(request.method or "", about, view_kwargs, request.GET.lists(), body)):
        return False
    if rule.fields is not None and unknown_fields(body, rule.fields):
        raise NotAllowed(f"Here experts change only {', '.join(sorted(rule.fields))}.")
    if request.method not in READ and request.resolver_match.view_name in _TABS:
        _check_tab(body)
    if request.method not in READ and about in ("task", "annotation", "draft") and is_about_moving(body, view_kwargs):
        place = object_ref(request, user, KINDS[about], int(view_kwargs["pk"]))
        check_stays(KINDS[about], place, body, _annotations_named(request, user, view_kwargs))
    if about in _LABELLED and request.method not in READ:
        _check_result(request, user, _LABELLED[about], int(view_kwargs["pk"]))
    if about == "annotation":
        _check_deletion(request, user, int(view_kwargs["pk"]))
    return True


def remember_skip(request: HttpRequest, user: Any, view_kwargs: Mapping[str, Any]) -> None:
    """Notes that an answer is being turned into a skip, before it is: answers are not deleted, in two steps neither."""
    if request.resolver_match.view_name != "tasks:api-annotations:annotation-detail" or request.method not in ("PATCH", "PUT"):
        return
    pk = int(view_kwargs["pk"])
    if "was_cancelled" in dict(body_of(request).fields) and not object_ref(request, user, "annotation", pk).is_skip:
        SkippedAnswer.objects.get_or_create(annotation_id=pk)


def _may_act_on(request: HttpRequest, user: Any, what: About, raw: Any) -> bool:
    if names_nothing(raw):
        return True
    pk = number(raw)
    if pk is None:
        return False
    if what == "self":
        return bool(pk == user.pk)
    place = object_ref(request, user, KINDS[what], pk)
    # A pre-label that is hidden from them is one that is not there.
    if what == "prediction" and (place.project_id is None or place.task_id is None or blind_arm(settings.LS_EXPERT).holds(place.project_id, place.task_id)):
        return False
    access = found(request, user, place.project_id)
    is_theirs = access is not None and (place.task_id is None or place.task_id in visible_task_ids(access, [place.task_id]))
    return may_handle(user.pk, what, place, access, is_theirs)


def _annotations_named(request: HttpRequest, user: Any, view_kwargs: Mapping[str, Any]) -> Iterator[ObjectRef]:
    named_here = [value for name, value in body_of(request).fields if name == "annotation"]
    for raw in (*named_here, view_kwargs.get("annotation_id")):
        if not names_nothing(raw):
            pk = number(raw)
            yield ObjectRef() if pk is None else object_ref(request, user, "annotation", pk)


def _check_result(request: HttpRequest, user: Any, kind: Kind, pk: int) -> None:
    """Raises ``BodyRefused`` for a result that could not be exported again."""
    for name, value in body_of(request).fields:
        if name == RESULT_KEY and value not in (None, "", []):
            label_config = object_ref(request, user, kind, pk).label_config
            problem = problem_with(as_json(value), controls_of(label_config or ""))
            if problem is not None:
                raise BodyRefused(problem)


def _check_tab(body: Body) -> None:
    """Raises ``BodyRefused`` for a tab that would keep everybody from opening the Data Manager."""
    for name, value in body.fields:
        if name == TAB_KEY and (problem := problem_with_tab(as_json(value))) is not None:
            raise BodyRefused(problem)


def _check_deletion(request: HttpRequest, user: Any, pk: int) -> None:
    if request.method != "DELETE" and not (request.method == "POST" and request.resolver_match.url_name == "annotation-convert-to-draft"):
        return
    if not object_ref(request, user, "annotation", pk).is_skip:
        raise NotAllowed(NOT_DELETED)
    if SkippedAnswer.objects.filter(pk=pk).exists():
        raise NotAllowed(NOT_DELETED_BY_SKIPPING)


def object_ref(request: HttpRequest, user: Any, kind: Kind, pk: int) -> ObjectRef:
    """Where it is, looked up once in each request: most often together with who is asking."""
    places = request_cache(request).places
    if (kind, pk) not in places:
        find_out(request, user.pk, ((kind, pk),))
    return places.get((kind, pk), ObjectRef())
