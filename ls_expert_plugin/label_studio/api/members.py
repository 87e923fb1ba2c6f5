"""The extension's API about people: who is here, in which role, and what audit mode has counted for them.

See ``memberships.py`` for the list of all calls.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ls_expert_plugin.label_studio.api import account_erasure, control_tasks, task_counts
from ls_expert_plugin.label_studio.api.auth import MAX_ROWS, LsId, for_service, iso, page
from ls_expert_plugin.label_studio.models import Audit
from ls_expert_plugin.label_studio.permissions import roles
from ls_expert_plugin.label_studio.permissions.current_user import active_members_with_roles, role_of_member

_MOST_PROJECTS = 100


class _GivenRole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ls_user_id: int = Field(ge=1, le=2**31 - 1)
    role: Literal["manager", "expert"]


class _GivenRoles(BaseModel):
    model_config = ConfigDict(extra="forbid")
    roles: list[_GivenRole] = Field(max_length=MAX_ROWS)


class _ErasedAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ls_user_id: LsId
    mark: str = Field(pattern=r"^[0-9a-f]{64}$")
    made_at_utc: AwareDatetime | None = None


class _Erased(BaseModel):
    model_config = ConfigDict(extra="forbid")
    erased: list[_ErasedAccount] = Field(max_length=MAX_ROWS)


class _MadeAt(BaseModel):
    model_config = ConfigDict(extra="forbid")
    made_at_utc: AwareDatetime


class _AskedControl(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ls_user_ids: list[LsId] = Field(max_length=100)
    latest: int = Field(ge=1, le=MAX_ROWS)


@for_service("POST")
def control_answers(request: HttpRequest) -> HttpResponse:
    """How people's latest answers to control tasks compare with the ground truth, by person and project."""
    asked = _AskedControl.model_validate_json(request.body)
    return JsonResponse({"counts": [dataclasses.asdict(one) for one in control_tasks.count(set(asked.ls_user_ids), asked.latest)]})


@for_service("GET")
def users(request: HttpRequest) -> HttpResponse:
    """Members of the organization, by id."""
    after, limit = page(request)
    members = active_members_with_roles().filter(user_id__gt=after).order_by("user_id")[:limit]
    return JsonResponse({"users": [as_json(member) for member in members]})


@for_service("GET")
def one_user(request: HttpRequest, ls_user_id: int) -> HttpResponse:
    """A member as they are now. Null: there is nobody, or they were removed, or may not sign in."""
    member = active_members_with_roles().filter(user_id=ls_user_id).first() if ls_user_id < 2**31 else None
    return JsonResponse({"user": as_json(member) if member else None})


@for_service("GET")
def task_progress(request: HttpRequest, ls_user_id: int) -> HttpResponse:
    """How many tasks somebody has done and has left, in these projects of theirs (``projects``: ids, at most 100)."""
    named = request.GET.get("projects", "").split(",")
    if len(named) > _MOST_PROJECTS or not all(one.isascii() and one.isdigit() and 0 < len(one) < 10 for one in named):
        raise ValueError(f"projects: write ids with commas between them, at most {_MOST_PROJECTS}")
    found = task_counts.progress(ls_user_id, sorted({int(one) for one in named})) if ls_user_id < 2**31 else ()
    return JsonResponse({"progress": [dataclasses.asdict(one) for one in found]})


@for_service("PUT")
def set_roles(request: HttpRequest) -> HttpResponse:
    """Make members managers or experts, from their next request on."""
    given = _GivenRoles.model_validate_json(request.body).roles
    roles.give([(one.ls_user_id, one.role) for one in given])
    return JsonResponse({"set": len(given)})


@for_service("PUT")
def erase_account(request: HttpRequest, ls_user_id: int) -> HttpResponse:
    """Take name, address, picture and every way in from an account; its annotations stay, under a number. Done twice, it is done once.

    With a body: only if it was made at that time; another one under the same number is somebody else's.
    """
    made_at = _MadeAt.model_validate_json(request.body).made_at_utc if request.body else None
    return JsonResponse({"erased": ls_user_id, "mark": account_erasure.erase(ls_user_id, made_at)})


@for_service("GET", "PUT")
def erased(request: HttpRequest) -> HttpResponse:
    """The accounts that have been erased; or erase these again, where a restored backup has brought them back."""
    if request.method == "PUT":
        asked = _Erased.model_validate_json(request.body).erased
        return JsonResponse({"again": account_erasure.erase_again([(one.ls_user_id, one.mark, one.made_at_utc) for one in asked])})
    return JsonResponse({"erased": [
        {"ls_user_id": one.ls_user_id, "mark": one.mark, "made_at_utc": iso(one.made_at)} for one in account_erasure.erased()
    ]})


@for_service("GET")
def audit(request: HttpRequest) -> HttpResponse:
    """What enforcement would have refused. ``email`` is null when the person is gone."""
    from users.models import User

    after, limit = page(request)
    rows = list(Audit.objects.filter(pk__gt=after).order_by("pk")[:limit])
    emails = dict(User.objects.filter(pk__in={row.user_id for row in rows}).values_list("pk", "email"))
    return JsonResponse({"audit": [{
        "id": row.pk, "ls_user_id": row.user_id, "email": emails.get(row.user_id), "method": row.method, "url_name": row.url_name,
        "reason": row.reason, "count": row.count, "first_at_utc": iso(row.first_at), "last_at_utc": iso(row.last_at),
    } for row in rows]})


def as_json(member: Any) -> dict[str, Any]:
    """A row of ``active_members_with_roles`` as every call gives it."""
    user = member.user
    return {
        "ls_user_id": user.pk, "email": user.email, "name": user.get_full_name(), "role": role_of_member(member), "made_at_utc": iso(user.date_joined),
    }
