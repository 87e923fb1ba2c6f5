"""What one expert has in one project: whether they are in it, what its rule shows them, and which specialties are theirs.

Asked about with everything else that the gate has to know, and kept with the request: whatever narrows lists or scrubs answers
later asks again. Fails closed: no membership in force, no access.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from ls_expert_plugin.label_studio.permissions.access_query import query_caller_access
from ls_expert_plugin.label_studio.permissions.caller_access import ProjectAccess
from ls_expert_plugin.label_studio.permissions.current_user import current_request, find_out, is_manager
from ls_expert_plugin.label_studio.permissions.request_cache import request_cache


def access_of(user_id: int | None, project_id: int | None) -> ProjectAccess | None:
    """The access at this moment; None when there is no membership in force. One query."""
    if user_id is None or project_id is None:
        return None
    caller = query_caller_access(user_id, (("project", project_id),))
    return caller.access.get(project_id) if caller is not None else None


def found(request: HttpRequest, user: Any, project_id: int | None) -> ProjectAccess | None:
    """``access_of`` this user, looked up once in each request. ``user`` is an expert: managers are not asked about."""
    if project_id is None or not getattr(user, "is_authenticated", False):
        return None
    cache = request_cache(request)
    if project_id not in cache.access(user.pk):
        find_out(request, user.pk, (("project", project_id),))
    return cache.access(user.pk).get(project_id)


def may_see_project(user: Any, project_id: int | None) -> bool:
    """Whether this user may know that the project exists."""
    if is_manager(user):
        return True
    if not getattr(user, "is_authenticated", False):
        return False
    request = current_request()
    return (found(request, user, project_id) if request is not None else access_of(user.pk, project_id)) is not None


def shown_projects(request: HttpRequest, user_id: int | None) -> tuple[frozenset[int], bool]:
    """Of the projects that this call has named, those that show this user others' work, and whether that is all. No query."""
    named = request_cache(request).access(user_id)
    shown = frozenset(project_id for project_id, access in named.items() if access is not None and access.shows_others_work)
    return shown, bool(named) and len(shown) == len(named)
