"""Builder of request contexts: reads the call and its body, and asks the database, once, who calls and what they have in all that is named.

In two steps, because forms are read for experts alone: to read one takes its stream from Label Studio. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ls_expert_plugin.agreement.blind import blind_arm
from ls_expert_plugin.label_studio.enforcement.guard.identities import identities
from ls_expert_plugin.label_studio.enforcement.request.body_validation import NO_BODY, BodyRefused
from ls_expert_plugin.label_studio.enforcement.request.call import call_of
from ls_expert_plugin.label_studio.enforcement.request.endpoint_allowlist import rule_of, shapes_only_allowed
from ls_expert_plugin.label_studio.enforcement.request.object_ids import NamedObjects, named_objects
from ls_expert_plugin.label_studio.enforcement.request.request_body import is_json, read_body
from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext
from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import visible_task_ids
from ls_expert_plugin.label_studio.permissions.caller_access import CallerAccess, ObjectKey
from ls_expert_plugin.label_studio.permissions.current_user import enforcement_is_on, find_out, has_manager_role

# No page names as many in one call; more are looked up by as many at a time.
_AT_ONCE = 100


def build_contexts(request: HttpRequest, kwargs: Mapping[str, Any]) -> tuple[RequestContext, ...]:
    """One for each identity that the request shows; ``kwargs`` are the view's. Where experts are refused anything, theirs are complete."""
    call = call_of(request, kwargs)
    rule = rule_of(call)
    has_shape = rule is not None and (not call.is_api or shapes_only_allowed(rule, call.query))
    body = read_body(request, rule.takes_files, rule.max_bytes) if rule is not None and is_json(request) else None
    named = NamedObjects() if rule is None or isinstance(body, BodyRefused) else named_objects(call, rule.about, body or NO_BODY)
    contexts = tuple(
        _with(RequestContext(call, rule, user, has_manager_role(user), has_shape, body), found)
        for user, found in identities(request, (*named.keys, *named.besides)[:_AT_ONCE])
    )
    return tuple(complete(request, context) for context in contexts) if enforcement_is_on() else contexts


def complete(request: HttpRequest, context: RequestContext) -> RequestContext:
    """An expert's, with all that the decision needs: the body whatever its type, what only a form names, and whose tasks they are."""
    rule = context.rule
    if context.is_manager or rule is None or not context.has_shape:
        return context
    body = read_body(request, rule.takes_files, rule.max_bytes) if context.body is None else context.body
    if isinstance(body, BodyRefused):
        return replace(context, body=body)
    named = named_objects(context.call, rule.about, body)
    return _looked_up(request, replace(context, body=body, named=named, blind=blind_arm(settings.LS_EXPERT)), named)


def _looked_up(request: HttpRequest, context: RequestContext, named: NamedObjects) -> RequestContext:
    """With everything that counts. Stops where something named is not theirs: that refuses the call, however much else it names."""
    must_be_theirs = named.keys
    refused_at = next((at for at, key in enumerate(must_be_theirs) if key in context.objects and not _is_theirs(context, key)), None)
    keys = (*must_be_theirs, *named.besides) if refused_at is None else must_be_theirs[:refused_at + 1]
    decided_on = frozenset(must_be_theirs)
    for start in range(0, len(keys), _AT_ONCE):
        chunk = keys[start:start + _AT_ONCE]
        missing = [key for key in chunk if key not in context.objects]
        if missing:
            context = _with(context, find_out(request, context.viewer.pk, missing))
        decided = [key for key in chunk if key in decided_on]
        context = replace(context, visible_tasks=context.visible_tasks | _visible(context, decided))
        if not all(_is_theirs(context, key) for key in decided):
            break
    return context


def _is_theirs(context: RequestContext, key: ObjectKey) -> bool:
    return context.access_to(context.object_ref(*key)) is not None


def _with(context: RequestContext, found: CallerAccess | None) -> RequestContext:
    if found is None:
        return context
    return replace(
        context, objects={**context.objects, **found.objects}, tabs={**context.tabs, **found.tabs}, access={**context.access, **found.access},
    )


def _visible(context: RequestContext, keys: Collection[ObjectKey]) -> set[int]:
    """Of the tasks that these are in, the viewer's own: one query for each project that shows some of its tasks only."""
    by_project: dict[int, set[int]] = {}
    for ref in (context.object_ref(*key) for key in keys):
        if ref.project_id is not None and ref.task_id is not None:
            by_project.setdefault(ref.project_id, set()).add(ref.task_id)
    with_access = ((context.access.get(project_id), project_id, task_ids) for project_id, task_ids in by_project.items())
    return {
        task_id for access, project_id, task_ids in with_access if access is not None for task_id in visible_task_ids(access, project_id, task_ids)
    }
