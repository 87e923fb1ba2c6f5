"""Layer 1, the gate: runs before every view, for whoever shows an identity, in whichever way.

A request can carry two identities (a session cookie and a token); all of them must be allowed. Managers pass untouched.
An address that experts may not call answers 403 whatever it names; an object that is not theirs answers 404, exactly like
one that does not exist. What they may not do with an object of theirs answers 403 and says why. Fails closed. In audit mode
the refusal is worked out and counted, and the call goes through.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from ls_expert_plugin.label_studio.enforcement.guard import audit_log
from ls_expert_plugin.label_studio.enforcement.guard.endpoint_allowlist import ALLOWED_ACTIONS, AllowedEndpoint, rule_for, shapes_only_allowed
from ls_expert_plugin.label_studio.enforcement.guard.stub_responses import stub_response
from ls_expert_plugin.label_studio.enforcement.request.body_validation import BodyRefused
from ls_expert_plugin.label_studio.enforcement.request.named_objects import NotAllowed
from ls_expert_plugin.label_studio.enforcement.request.object_ids import may_access_all, named_objects, remember_skip
from ls_expert_plugin.label_studio.enforcement.scoping.task_files import is_file, may_read_file
from ls_expert_plugin.label_studio.permissions.access_query import TokenKey
from ls_expert_plugin.label_studio.permissions.current_user import as_if_enforced, enforcement_is_on, find_out, has_manager_role
from ls_expert_plugin.label_studio.permissions.request_cache import CallerAccess, ObjectKey, request_cache

logger = logging.getLogger(__name__)
REFUSED = "Experts cannot do this. Ask a manager of this Label Studio."
NOT_SHAPED = "Leave out omit, expand and fields: experts get answers as they are."


def guard_request(request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponse | None:
    """The answer instead of Label Studio's; None lets the call through. ``kwargs`` are the view's, from the address."""
    rule = _rule(request)
    for user in identities(request, named_objects(request, rule.about, kwargs) if rule is not None else ()):
        if has_manager_role(user):
            continue
        if not enforcement_is_on():
            _count(user, request, kwargs)
            continue
        refusal = _refusal(user, request, kwargs)
        if refusal is not None:
            return refusal
        request_cache(request).admit(user.pk)
    return None


def identities(request: HttpRequest, named: Collection[ObjectKey] = ()) -> tuple[Any, ...]:
    """Session or JWT user (set by Label Studio's middleware), and the legacy token's, which the rest framework reads only later.

    Found out once in each request, with one query for each identity: who they are, and what they have in the things named.
    """
    kept = request_cache(request)
    if kept.people is None:
        kept.people = tuple(_identities(request, named))
    return kept.people


def _identities(request: HttpRequest, named: Collection[ObjectKey]) -> Iterator[Any]:
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        if not user.is_superuser:
            find_out(request, user.pk, named)
        yield user
    key = _legacy_token(request)
    if key is not None:
        standing = find_out(request, TokenKey(key), named)
        if standing is not None:
            yield _user(standing)


def _legacy_token(request: HttpRequest) -> str | None:
    """As the rest framework reads it, whose view will: parted at any white space, of whichever kind."""
    from rest_framework.authentication import TokenAuthentication, get_authorization_header

    parts = get_authorization_header(request).split()
    if len(parts) != 2 or parts[0].lower() != TokenAuthentication.keyword.lower().encode():
        return None
    try:
        return bytes(parts[1]).decode()
    except UnicodeError:
        return None


def _user(standing: CallerAccess) -> Any:
    """The user of this number. What else they are is read when somebody asks for it."""
    from users.models import User

    return User.from_db(None, ["id", "is_superuser"], [standing.user_id, standing.is_superuser])


def _refusal(user: Any, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponse | None:
    """The answer instead of Label Studio's, or None."""
    try:
        rule, reason = _judged(user, request, kwargs)
    except NotAllowed as problem:
        return _refused(request, str(problem))
    except BodyRefused as problem:
        return _refused(request, str(problem), problem.status)
    if rule is None:
        return _refused(request)
    if reason == "object":
        return _not_found(request)
    if rule.answered_here:
        answer = stub_response(user, request.resolver_match.view_name, request)
        request_cache(request).is_answered_here = answer is not None
        return answer or _refused(request)
    remember_skip(request, user, kwargs)
    return None


def _rule(request: HttpRequest) -> AllowedEndpoint | None:
    """The rule that lets experts make this call, if there is one."""
    match = request.resolver_match
    if match.view_name == "data_manager:dm-actions" and request.method == "POST" and request.GET.get("id") not in ALLOWED_ACTIONS:
        return None
    return rule_for(match.view_name if match.url_name else None, match.route, request.method or "GET")


def _judged(user: Any, request: HttpRequest, kwargs: dict[str, Any]) -> tuple[AllowedEndpoint | None, audit_log.Reason | None]:
    """The rule for this call, if there is one, and why it is refused, if it is. Raises ``NotAllowed`` and ``BodyRefused``."""
    rule = _rule(request)
    if rule is None:
        return None, "address"
    name = request.resolver_match.view_name
    if _is_api(request) and not shapes_only_allowed(rule, request.GET.lists()):
        raise NotAllowed(NOT_SHAPED)
    is_theirs = may_access_all(user, request, rule, kwargs) and (not is_file(name) or may_read_file(request, user, name, kwargs))
    return rule, None if is_theirs else "object"


def _count(user: Any, request: HttpRequest, kwargs: dict[str, Any]) -> None:
    """Count what ``enforce`` would refuse. Whatever goes wrong here, the request goes on as if we were not there."""
    try:
        with as_if_enforced():
            try:
                _, reason = _judged(user, request, kwargs)
            except (NotAllowed, BodyRefused):
                reason = "object"
        if reason is not None:
            match = request.resolver_match
            audit_log.count(user.pk, request.method or "GET", match.view_name if match.url_name else match.route, reason, timezone.now())
    except Exception:  # noqa: BLE001  (an entry point: audit mode must not break what it watches)
        logger.exception("audit: a call could not be judged or counted")


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or "text/html" not in request.META.get("HTTP_ACCEPT", "")


def _refused(request: HttpRequest, sentence: str = REFUSED, status: int = 403) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": sentence, "status_code": status}, status=status)
    return render(request, "ls_expert/refused.html", {"sentence": sentence}, status=status)


def _not_found(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        # The same body as Label Studio's own for an id that does not exist.
        return JsonResponse({"detail": "Not found.", "status_code": 404}, status=404)
    raise Http404
