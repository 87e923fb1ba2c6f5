"""Brings ``redaction.py`` between Label Studio's views and experts: their searches before the view, its answer after it.

Managers pass untouched. Fails closed: an answer of these addresses that cannot be read becomes 404, and one of an address
of the API that nobody has decided on yet, too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from ls_expert_plugin.agreement.blind import blind_arm
from ls_expert_plugin.label_studio.enforcement.guard.endpoint_allowlist import READ
from ls_expert_plugin.label_studio.enforcement.guard.request_guard import identities
from ls_expert_plugin.label_studio.enforcement.request.body_validation import BodyRefused
from ls_expert_plugin.label_studio.enforcement.request.filter_allowlist import searches_only_allowed
from ls_expert_plugin.label_studio.enforcement.request.foreign_drafts import forget_others_draft
from ls_expert_plugin.label_studio.enforcement.request.request_body import body_of
from ls_expert_plugin.label_studio.enforcement.response.redaction import COUNTING, REDACTORS, Reader, UnexpectedShape, redact, without_address
from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import own_task_counts, visible_task_ids
from ls_expert_plugin.label_studio.permissions.current_user import SERVICE_MARK, enforcement_is_on, is_manager
from ls_expert_plugin.label_studio.permissions.project_access import found, shown_projects
from ls_expert_plugin.label_studio.permissions.request_cache import request_cache

logger = logging.getLogger(__name__)

# Addresses of the API with nobody in them but the person who asks.
NOBODY_ELSE = frozenset({
    "current-user-token", "current-user-reset-token", "current-user-hotkeys",
    "product-tour", "user-avatar", "jwt_auth:api-jwt-settings", "jwt_auth:token_manage", "jwt_auth:token_refresh",
    "jwt_auth:token_blacklist", "jwt_auth:token_rotate", "session_policy:session-policy", "version", "api-version",
})
# Pages with the address of who created the organization in them.
_ACCOUNT_PAGES = frozenset({"user-account", "user-account-anything"})
_SEARCHING = frozenset({
    "tasks:api:task-list", "projects:api:project-next", "data_manager:dm-actions", "data_manager:api:view-list",
    "data_manager:api:view-detail",
})
_HISTORY, _SUBMIT = "projects:api:label-stream-history", "tasks:api:task-annotations"
_VIEW_KEYS = ("view", "tabID", "tab_id")


def own_answer(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Label Studio's answer with what the expert may have of it; anybody else's as it is."""
    if request.resolver_match is None or not _is_asked_by_expert(request) or request_cache(request).is_answered_here:
        return response
    name = request.resolver_match.view_name
    if name in REDACTORS:
        return _scrubbed(name, request, response)
    if name == _HISTORY:
        return _own_history(request, response)
    if name in _ACCOUNT_PAGES and not response.streaming and request.user.is_authenticated:
        return _without_owner(request.user, response)
    is_ours = getattr(request, SERVICE_MARK, False) or name.startswith("ls_expert:")
    if request.path.startswith("/api/") and response.status_code < 400 and name not in NOBODY_ELSE and not is_ours:
        return _withheld(request, response, "nobody has decided on this address")
    return response


def refuse_search(request: HttpRequest) -> HttpResponse | None:
    """Refuses to search by other people's work. None lets the call through."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    if name == _SUBMIT and request.method == "POST":
        for user in identities(request):
            if not is_manager(user):
                forget_others_draft(request, user)
    if name not in _SEARCHING or all(is_manager(user) for user in identities(request)):
        return None
    try:
        asked = list(_asked(request))
    except ValueError:
        return _refused("Send JSON that can be read.")
    is_shown = all(shown_projects(request, user.pk)[1] for user in identities(request))
    if not all(searches_only_allowed(part, is_shown) for part in asked) or not _stored_views_are_allowed(request, asked, is_shown):
        return _refused("Experts cannot filter or order by other people's work, nor by regular expressions. Take that filter out.")
    return None


def _is_asked_by_expert(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return enforcement_is_on() and not (user is not None and is_manager(user))


def _reader(request: HttpRequest, view_name: str) -> Reader:
    me = getattr(request.user, "pk", None)
    counted = own_task_counts(request, request.user) if view_name in COUNTING else {}
    return Reader(me, *shown_projects(request, me), blind=blind_arm(settings.LS_EXPERT), own_tasks=counted)


def _asked(request: HttpRequest) -> Iterator[Any]:
    """The JSON of the body (Label Studio reads one with GET, too) and of ``query``. Raises ``ValueError``."""
    for query in request.GET.getlist("query"):
        yield json.loads(unquote(query))
    try:
        body = body_of(request)
    except BodyRefused as problem:
        raise ValueError(str(problem)) from problem
    if body.is_form:
        raise ValueError("not JSON")
    if request.body:
        yield json.loads(request.body)


def _stored_views_are_allowed(request: HttpRequest, asked: list[Any], is_shown: bool) -> bool:
    """Whether the tabs that the call names, if any, search by nothing that an expert may not search by."""
    bodies = [part for part in asked if isinstance(part, dict)]
    named = {str(source[key]) for source in (request.GET, *bodies) for key in _VIEW_KEYS if source.get(key)}
    try:
        numbers = [int(number) for number in named]
    except ValueError:
        return False
    tabs = request_cache(request).tabs
    # Number 0 is no tab: the page's way to say that there is none yet. All others the gate has looked up.
    return all(
        not number or number in tabs and searches_only_allowed(
            {"ordering": tabs[number].ordering, "column": list(tabs[number].columns), "operator": list(tabs[number].operators)}, is_shown
        )
        for number in numbers
    )


def _scrubbed(name: str, request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The same answer with what the expert may have of it."""
    if response.streaming:
        return _withheld(request, response, "a stream")
    if response.status_code in (301, 302, 304) or not response.content:
        return response
    try:
        body = json.loads(response.content)
        if response.status_code < 400:
            body = redact(name, body, _reader(request, name))
        elif isinstance(body, dict):
            body.pop("exc_info", None)  # a traceback can quote anything
    except (UnexpectedShape, ValueError) as problem:
        return _withheld(request, response, problem)
    response.content = json.dumps(body, ensure_ascii=False).encode()
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
    return response


def _own_history(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The tasks one had in the label stream, without those that are not of one's specialties any more."""
    if response.status_code >= 400:
        return response
    access = found(request, request.user, int(request.resolver_match.kwargs["pk"]))
    try:
        items = json.loads(response.content)
        theirs = visible_task_ids(access, [item["taskId"] for item in items]) if access is not None else set()
        response.content = json.dumps([item for item in items if item["taskId"] in theirs]).encode()
    except (ValueError, TypeError, KeyError) as problem:
        return _withheld(request, response, problem)
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
    return response


def _without_owner(user: Any, response: HttpResponse) -> HttpResponse:
    """The page without the address of who created the organization."""
    owner = user.active_organization.created_by if user.active_organization else None
    if owner is not None:
        response.content = without_address(response.content.decode(), owner.email).encode()
        if response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))
    return response


def _withheld(request: HttpRequest, response: HttpResponse, problem: object) -> HttpResponse:
    """404 instead. After a write it is an error: something is stored that its own author cannot be shown."""
    was_written = request.method not in READ and response.status_code < 400
    logger.log(
        logging.ERROR if was_written else logging.WARNING, "%sanswer of %s withheld from user %s: %s",
        "stored, and " if was_written else "", request.resolver_match.view_name, getattr(request.user, "pk", None), problem,
    )
    return JsonResponse({"detail": "Not found.", "status_code": 404}, status=404)


def _refused(sentence: str) -> HttpResponse:
    return JsonResponse({"detail": sentence, "status_code": 403}, status=403)
