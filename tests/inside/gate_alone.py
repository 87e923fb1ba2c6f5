"""The first layer as a middleware of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from ls_expert_plugin.label_studio.enforcement.guard.request_guard import guard_request
from ls_expert_plugin.label_studio.permissions.request_cache import forget


class GateAlone:
    """Django middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forget(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> HttpResponse | None:
        """None lets the call through."""
        return guard_request(request, kwargs)
