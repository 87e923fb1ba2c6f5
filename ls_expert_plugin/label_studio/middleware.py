"""Layer 1, the gate: runs before every view, for whoever shows an identity, in whichever way.

A request can carry two identities (a session cookie and a token); all of them must be allowed. Managers pass untouched.
An address that experts may not call answers 403 whatever it names; an object that is not theirs answers 404, exactly like
one that does not exist. Fails closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ls_expert_plugin.label_studio.allowed import ALLOWED_ACTIONS, rule_for
from ls_expert_plugin.label_studio.asking import is_manager
from ls_expert_plugin.label_studio.stand_ins import stand_in
from ls_expert_plugin.label_studio.subject import may_act_on_all

REFUSED = "Experts cannot do this. Ask a manager of this Label Studio."


class ExpertAccessMiddleware:
    """Django middleware; add it last."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """None lets the call through."""
        for user in _identities(request):
            if not is_manager(user):
                refusal = _refusal(user, request, kwargs)
                if refusal is not None:
                    return refusal
        return None


def _identities(request: HttpRequest) -> Iterator[Any]:
    """Session or JWT user (set by Label Studio's middleware), and the legacy token's, which DRF reads only later."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        yield user
    scheme, _, key = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    if scheme.lower() == "token" and key.strip():
        from rest_framework.authtoken.models import Token

        token = Token.objects.select_related("user").filter(key=key.strip()).first()
        if token is not None:
            yield token.user


def _refusal(user: Any, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponse | None:
    match = request.resolver_match
    rule = rule_for(match.view_name if match.url_name else None, match.route, request.method or "GET")
    is_action = match.view_name == "data_manager:dm-actions" and request.method == "POST"
    if rule is None or (is_action and request.GET.get("id") not in ALLOWED_ACTIONS):
        return _forbidden(request)
    if not may_act_on_all(user, request, rule.about, kwargs):
        return _not_found(request)
    if rule.answered_here:
        return stand_in(user, match.view_name, request) or _forbidden(request)
    return None


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or "text/html" not in request.META.get("HTTP_ACCEPT", "")


def _forbidden(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": REFUSED, "status_code": 403}, status=403)
    return render(request, "ls_expert/refused.html", {"sentence": REFUSED}, status=403)


def _not_found(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        # The same body as Label Studio's own for an id that does not exist.
        return JsonResponse({"detail": "Not found.", "status_code": 404}, status=404)
    raise Http404
