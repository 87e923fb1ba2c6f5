"""Request guard, layer 1: runs before every view, for whoever shows an identity, in whichever way.

A request can carry two identities (a session cookie and a token); all of them must be allowed. Managers pass untouched.
An address that experts may not call answers 403 whatever it names; an object that is not theirs answers 404, exactly like
one that does not exist. What they may not do with an object of theirs answers 403 and says why. Fails closed. In audit mode
the refusal is worked out and counted, and the call goes through, but for the date of an account: who somebody is does not wait for enforcement.

In one line: ``context_builder.py`` builds the request's contexts; endpoint, objects, files and searches are decided by them, each in its own file.
"""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from ls_expert_plugin.label_studio.enforcement.guard import audit_log, skipped_answers
from ls_expert_plugin.label_studio.enforcement.guard.context_builder import build_contexts, complete
from ls_expert_plugin.label_studio.enforcement.guard.object_authorization import (
    NotAllowed,
    changes_account_date,
    deletes_annotation,
    may_access_all,
    skips_answer,
)
from ls_expert_plugin.label_studio.enforcement.guard.search_authorization import why_not_searched
from ls_expert_plugin.label_studio.enforcement.request.body_validation import BodyRefused
from ls_expert_plugin.label_studio.enforcement.request.foreign_drafts import without_foreign_drafts
from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext, keep
from ls_expert_plugin.label_studio.enforcement.response.stub_responses import stub_response
from ls_expert_plugin.label_studio.enforcement.scoping.task_files import is_file, may_read_file
from ls_expert_plugin.label_studio.permissions.current_user import enforcement_is_on
from ls_expert_plugin.label_studio.permissions.request_cache import request_cache

logger = logging.getLogger(__name__)
REFUSED = "Experts cannot do this. Ask a manager of this Label Studio."
NO_OTHER_DATE = "When an account was made cannot be changed: the expert service knows people by it. Leave out date_joined."
NOT_SHAPED = "Leave out omit, expand and fields: experts get answers as they are."


def guard_request(request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponse | None:
    """The answer instead of Label Studio's; None lets the call through. ``kwargs`` are the view's, from the address."""
    contexts = build_contexts(request, kwargs)
    experts = [context for context in contexts if not context.is_manager]
    if not enforcement_is_on():
        judged = [_count(request, context) for context in experts]
        changed = next((context for context in judged if changes_account_date(context)), None)
        return _refused(request, changed, NO_OTHER_DATE) if changed is not None else None
    for context in experts:
        refusal = _refusal(request, context)
        if refusal is not None:
            return refusal
        request_cache(request).admit(context.viewer.pk)
    why_not = why_not_searched(contexts)
    if why_not is not None:
        return JsonResponse({"detail": why_not, "status_code": 403}, status=403)
    keep(request, without_foreign_drafts(request, contexts))
    return None


def _refusal(request: HttpRequest, context: RequestContext) -> HttpResponse | None:
    """The answer instead of Label Studio's, or None."""
    try:
        reason = _reason(request, context)
    except NotAllowed as problem:
        return _refused(request, context, str(problem))
    except BodyRefused as problem:
        return _refused(request, context, str(problem), problem.status)
    if reason == "object":
        return _not_found(context)
    if reason is not None or context.rule is None:
        return _refused(request, context)
    if context.rule.answered_here:
        return stub_response(context) or _refused(request, context)
    if skips_answer(context):
        skipped_answers.remember(int(context.call.kwargs["pk"]))
    return None


def _reason(request: HttpRequest, context: RequestContext) -> audit_log.Reason | None:
    """Why the call is refused, if it is. Raises ``NotAllowed`` and ``BodyRefused``."""
    if context.rule is None:
        return "address"
    if not context.has_shape:
        raise NotAllowed(NOT_SHAPED)
    if not may_access_all(context):
        return "object"
    if deletes_annotation(context):
        skipped_answers.check_never_answered(int(context.call.kwargs["pk"]))
    return "object" if is_file(context.call.name) and not may_read_file(request, context) else None


def _count(request: HttpRequest, context: RequestContext) -> RequestContext:
    """Count what ``enforce`` would refuse; the context, complete if it could be. Whatever goes wrong here, the request goes on as if we were not there."""
    try:
        context = complete(request, context)
        try:
            reason = _reason(request, context)
        except (NotAllowed, BodyRefused):
            reason = "object"
        if reason is not None:
            call = context.call
            audit_log.count(context.viewer.pk, call.method, call.name or call.route, reason, timezone.now())
    except Exception:  # noqa: BLE001  (an entry point: audit mode must not break what it watches)
        logger.exception("audit: a call could not be judged or counted")
    return context


def _refused(request: HttpRequest, context: RequestContext, sentence: str = REFUSED, status: int = 403) -> HttpResponse:
    if context.call.is_api:
        return JsonResponse({"detail": sentence, "status_code": status}, status=status)
    return render(request, "ls_expert/refused.html", {"sentence": sentence}, status=status)


def _not_found(context: RequestContext) -> HttpResponse:
    if context.call.is_api:
        # The same body as Label Studio's own for an id that does not exist.
        return JsonResponse({"detail": "Not found.", "status_code": 404}, status=404)
    raise Http404
