"""What experts are answered instead, where Label Studio's own page asks for something they may not have.

A refusal would put an error message on every page. The answer has the shape that the page expects and names nobody but
the person who asks.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse


def stand_in(user: Any, view_name: str, method: str | None) -> HttpResponse | None:
    """The answer, or None: the call is judged like any other."""
    if method != "GET":
        return None
    if view_name == "user-list":
        return JsonResponse([_self(user)], safe=False)
    if view_name == "ml:api:ml-list":
        return JsonResponse([], safe=False)
    if view_name == "labels_manager:api-labels:label_link-list":
        return JsonResponse({"count": 0, "next": None, "previous": None, "results": []})
    return None


def _self(user: Any) -> dict[str, Any]:
    return {
        "id": user.pk, "first_name": user.first_name, "last_name": user.last_name, "username": user.username,
        "email": user.email, "initials": user.get_initials(), "avatar": None,
    }
