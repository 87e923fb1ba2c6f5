"""Response filter: brings ``redaction.py`` between Label Studio's views and experts.

Managers pass untouched. Fails closed: an answer of these addresses that cannot be read becomes 404, and one of an address
of the API that nobody has decided on yet, too.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from ls_expert_plugin.agreement.blind import blind_arm
from ls_expert_plugin.label_studio.enforcement.request.call import READ
from ls_expert_plugin.label_studio.enforcement.response.redaction import COUNTING, REDACTORS, Reader, UnexpectedShape, redact, without_address
from ls_expert_plugin.label_studio.enforcement.response.stub_responses import is_stub
from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import own_task_counts, visible_task_ids
from ls_expert_plugin.label_studio.permissions.current_user import SERVICE_MARK, enforcement_is_on, is_manager
from ls_expert_plugin.label_studio.permissions.project_access import found, shown_projects

logger = logging.getLogger(__name__)

# Addresses of the API with nobody in them but the person who asks.
NOBODY_ELSE = frozenset({
    "current-user-token", "current-user-reset-token", "current-user-hotkeys",
    "product-tour", "user-avatar", "jwt_auth:api-jwt-settings", "jwt_auth:token_manage", "jwt_auth:token_refresh",
    "jwt_auth:token_blacklist", "jwt_auth:token_rotate", "session_policy:session-policy", "version", "api-version",
})
# Pages with the address of who created the organization in them.
_ACCOUNT_PAGES = frozenset({"user-account", "user-account-anything"})
_HISTORY = "projects:api:label-stream-history"


def own_answer(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Label Studio's answer with what the expert may have of it; anybody else's as it is."""
    if request.resolver_match is None or not _is_asked_by_expert(request) or is_stub(response):
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


def _is_asked_by_expert(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return enforcement_is_on() and not (user is not None and is_manager(user))


def _reader(request: HttpRequest, view_name: str) -> Reader:
    me = getattr(request.user, "pk", None)
    counted = own_task_counts(request, request.user) if view_name in COUNTING else {}
    return Reader(me, *shown_projects(request, me), blind=blind_arm(settings.LS_EXPERT), own_tasks=counted)


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
    """The tasks one had in the label stream, without those that are not one's own any more."""
    if response.status_code >= 400:
        return response
    project_id = int(request.resolver_match.kwargs["pk"])
    access = found(request, request.user, project_id)
    try:
        items = json.loads(response.content)
        theirs = visible_task_ids(access, project_id, [item["taskId"] for item in items]) if access is not None else set()
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
