"""Where experts land: Label Studio's home page offers to create projects and invite people, so theirs is the project list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ls_expert_plugin.label_studio.permissions.current_user import is_manager


def redirect_experts(request: HttpRequest) -> HttpResponse | None:
    """Sends experts on from ``/``. Managers, and whoever is not signed in, stay."""
    match = request.resolver_match
    if match is None or match.view_name != "main" or not request.user.is_authenticated or is_manager(request.user):
        return None
    return redirect("projects:project-index")
