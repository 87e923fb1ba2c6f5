"""What experts are answered instead, where Label Studio's own page asks for something they may not have.

A refusal would put an error message on every page. The answer has the shape that the page expects and names nobody but
the person who asks. Project ids in the call have been checked before (see ``gate.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from ls_expert_plugin.label_studio.person_redaction import COLLEAGUE


def stand_in(user: Any, view_name: str, request: HttpRequest) -> HttpResponse | None:
    """The answer; None when there is none for this address."""
    if view_name == "user-list":
        project = request.GET.get("project", "")
        colleagues = _colleagues(user, int(project)) if project.isdigit() else iter(())
        return JsonResponse([_self(user), *colleagues], safe=False)
    if view_name == "ml:api:ml-list":
        return JsonResponse([], safe=False)
    if view_name == "labels_manager:api-labels:label_link-list":
        return JsonResponse({"count": 0, "next": None, "previous": None, "results": []})
    return None


def _self(user: Any) -> dict[str, Any]:
    return _person(user.pk, user.first_name, user.last_name, user.email, user.get_initials())


def _colleagues(user: Any, project_id: int) -> Iterator[dict[str, Any]]:
    """Who has worked in this project, by number alone: the Data Manager's page breaks when a task names an annotator who is
    not in the list of users (1.23.2).
    """
    from tasks.models import Annotation, Task

    annotations = Annotation._base_manager.filter(project_id=project_id).order_by()
    tasks = Task._base_manager.filter(project_id=project_id).order_by()
    ids = annotations.values_list("completed_by_id", flat=True).union(
        annotations.values_list("updated_by_id", flat=True), tasks.values_list("updated_by_id", flat=True)
    )
    for number in sorted(set(ids) - {None, user.pk}):
        yield _person(number, COLLEAGUE, str(number), "", "C")


def _person(pk: int, first_name: str, last_name: str, email: str, initials: str) -> dict[str, Any]:
    return {
        "id": pk, "first_name": first_name, "last_name": last_name, "username": email, "email": email, "initials": initials,
        "avatar": None,
    }
