"""Where experts land: Label Studio's home page offers to create projects and invite people, so theirs is the project list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ls_expert_plugin.label_studio.asking import is_manager


class ExpertLandingMiddleware:
    """Django middleware. Managers, and whoever is not signed in, pass untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> HttpResponse | None:
        """Sends experts on from ``/``."""
        match = request.resolver_match
        if match is None or match.view_name != "main" or not request.user.is_authenticated or is_manager(request.user):
            return None
        return redirect("projects:project-index")
