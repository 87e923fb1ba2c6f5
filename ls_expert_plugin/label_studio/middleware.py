"""The extension's one place among Django's middlewares; what it decides is in the modules that it asks.

One and not three: each would add two frames to the stack of every request, and Python pays for depth (3.11 gets memory for frames in
pieces of 16 KB; where a view's busiest loop comes to lie across the end of one, that made requests 10 % slower).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from ls_expert_plugin.label_studio.enforcement.guard.append_slash import add_missing_slash
from ls_expert_plugin.label_studio.enforcement.guard.home_redirect import redirect_experts
from ls_expert_plugin.label_studio.enforcement.guard.request_guard import guard_request
from ls_expert_plugin.label_studio.enforcement.guard.signup_limit import refuse_signup
from ls_expert_plugin.label_studio.enforcement.guard.sqlite_regexp import SENTENCE, was_stopped
from ls_expert_plugin.label_studio.enforcement.response.response_filter import own_answer
from ls_expert_plugin.label_studio.permissions.request_cache import forget


class ExpertMiddleware:
    """Django middleware that asks the guard; to be added last."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forget(request)
        add_missing_slash(request)
        response = own_answer(request, self.get_response(request))
        if response.status_code >= 500 and was_stopped(request):
            return JsonResponse({"detail": SENTENCE, "status_code": 400}, status=400)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> HttpResponse | None:
        """Judge the view before it runs; None lets the call through."""
        return refuse_signup(request) or guard_request(request, kwargs) or redirect_experts(request)
