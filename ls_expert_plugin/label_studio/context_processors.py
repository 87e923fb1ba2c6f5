"""What our addition to Label Studio's page needs to know: is this an expert, and do they have a project yet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ls_expert_plugin.label_studio.permissions.current_user import has_projects, is_manager


def context(request: HttpRequest) -> dict[str, Any]:
    """``ls_expert_notice``: "", "manager", "expert" or "newcomer" (an expert who sees no project); and the portal's address.

    The link goes straight to the portal: Label Studio's page catches clicks on addresses of its own and fetches them
    without leaving the page (1.23.2), which a redirect to another origin does not survive.
    """
    user = getattr(request, "user", None)
    # What the API answers when an address is none is a page too, which nobody looks at.
    if user is None or not user.is_authenticated or request.path.startswith("/api/"):
        return {"ls_expert_notice": ""}
    if is_manager(user):
        notice = "manager"
    else:
        notice = "expert" if has_projects(user) else "newcomer"
    # Managers to their first page, everybody else to theirs.
    page = "/sign-in?next=/admin" if notice == "manager" else "/sign-in"
    return {"ls_expert_notice": notice, "ls_expert_portal": settings.LS_EXPERT.public_url + page}
