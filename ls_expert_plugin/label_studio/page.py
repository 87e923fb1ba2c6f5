"""What our addition to Label Studio's page needs to know: is this an expert, and do they have a project yet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from ls_expert_plugin.label_studio.asking import is_manager, memberships_in_force


def context(request: HttpRequest) -> dict[str, Any]:
    """``ls_expert_notice``: "", "manager", "expert" or "newcomer" (an expert who sees no project)."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"ls_expert_notice": ""}
    if is_manager(user):
        return {"ls_expert_notice": "manager"}
    has_project = memberships_in_force(user.pk).exists()
    return {"ls_expert_notice": "expert" if has_project else "newcomer"}
