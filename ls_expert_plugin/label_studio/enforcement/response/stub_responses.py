"""Stub responses: what experts are answered instead, where Label Studio's own page asks for something they may not have.

A refusal would put an error message on every page. The answer has the shape that the page expects and names nobody but
the person who asks. Project ids in the call have been checked before (see ``request_guard.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, JsonResponse

from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext
from ls_expert_plugin.label_studio.enforcement.response.person_redaction import COLLEAGUE
from ls_expert_plugin.label_studio.models import Membership, Role
from ls_expert_plugin.label_studio.permissions.annotation_index import people_of

_MARK = "ls_expert_is_stub"


def stub_response(context: RequestContext) -> HttpResponse | None:
    """The answer, marked as ours; None when there is none for this address."""
    body = _body(context)
    if body is None:
        return None
    response = JsonResponse(body, safe=False)
    setattr(response, _MARK, True)
    return response


def is_stub(response: HttpResponse) -> bool:
    """Whether an answer is one of these, not Label Studio's."""
    return bool(getattr(response, _MARK, False))


def _body(context: RequestContext) -> Any:
    user, name = context.viewer, context.call.name
    if name == "user-list":
        project = context.call.last("project")
        colleagues = _colleagues(user, int(project)) if project.isdigit() else iter(())
        return [_self(user), *colleagues]
    if name == "ml:api:ml-list":
        return []
    if name == "labels_manager:api-labels:label_link-list":
        return {"count": 0, "next": None, "previous": None, "results": []}
    return None


def _self(user: Any) -> dict[str, Any]:
    return _person(user.pk, user.first_name, user.last_name, user.email, user.get_initials())


def _colleagues(user: Any, project_id: int) -> Iterator[dict[str, Any]]:
    """Who works or has worked in this project, by number alone: the Data Manager's page breaks when a task names an annotator who is
    not in the list of users (1.23.2). Found without reading annotations or tasks: members of all times, who annotated, and managers, who may
    have changed something.
    """
    from django.contrib.auth import get_user_model
    from organizations.models import Organization

    ids = people_of(project_id)
    ids.update(Membership.objects.filter(project_id=project_id).values_list("user_id", flat=True))
    ids.update(Role.objects.filter(role=Role.MANAGER).values_list("user_id", flat=True))
    ids.update(Organization.objects.filter(created_by__isnull=False).values_list("created_by_id", flat=True))
    ids.update(get_user_model()._base_manager.filter(is_superuser=True).values_list("pk", flat=True))
    for number in sorted(ids - {user.pk}):
        yield _person(number, COLLEAGUE, str(number), "", "C")


def _person(pk: int, first_name: str, last_name: str, email: str, initials: str) -> dict[str, Any]:
    return {
        "id": pk, "first_name": first_name, "last_name": last_name, "username": email, "email": email, "initials": initials,
        "avatar": None,
    }
