"""The extension's API about assignments: which tasks are whose, as the service decided. See ``memberships.py`` for the list of all calls."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ls_expert_plugin.label_studio.api import task_states
from ls_expert_plugin.label_studio.api.auth import MAX_ROWS, LsId, Revision, for_service, iso, page, people
from ls_expert_plugin.label_studio.models import Assignment
from ls_expert_plugin.label_studio.sync import apply_assignments
from ls_expert_plugin.protocol.membership_checksum import PEOPLE_AT_A_TIME


class _PushedAssignment(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ls_user_id: LsId
    ls_task_id: LsId
    ls_project_id: LsId
    purpose: str = Field(pattern=r"^[a-z_]{1,32}$")
    active: bool
    barred: bool
    valid_until_utc: AwareDatetime | None
    task_made_at_utc: AwareDatetime
    revision: Revision


class _Push(BaseModel):
    model_config = ConfigDict(extra="forbid")
    assignments: list[_PushedAssignment] = Field(max_length=MAX_ROWS)


class _Tasks(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ls_task_ids: list[LsId] | None = Field(default=None, max_length=MAX_ROWS)
    after: int = Field(default=0, ge=0, le=2**31 - 1)
    limit: int = Field(default=MAX_ROWS, ge=1, le=MAX_ROWS)


@for_service("GET", "PUT")
def assignments(request: HttpRequest) -> HttpResponse:
    """The projection: read it by id, or apply newer revisions."""
    if request.method == "PUT":
        push = _Push.model_validate_json(request.body)
        done = apply_assignments.apply(
            apply_assignments.PushedAssignment(
                one.ls_user_id, one.ls_task_id, one.ls_project_id, one.purpose, one.active, one.barred, one.valid_until_utc, one.task_made_at_utc,
                one.revision,
            ) for one in push.assignments
        )
        return JsonResponse({"applied": done.applied, "ignored": done.equal + done.newer, "newer": done.newer})
    after, limit = page(request)
    some = Assignment.objects.filter(user_id__in=people(request.GET["of"])) if "of" in request.GET else Assignment.objects.all()
    return JsonResponse({"assignments": [_as_json(row) for row in some.filter(pk__gt=after).order_by("pk")[:limit]]})


@for_service("POST")
def tasks(request: HttpRequest, ls_project_id: int) -> HttpResponse:
    """Tasks of a project as dealing needs them, some at a time, by id: all, or those that are named."""
    asked = _Tasks.model_validate_json(request.body)
    found = task_states.task_states(ls_project_id, asked.ls_task_ids, asked.after, asked.limit)
    return JsonResponse({"tasks": [{**one, "made_at": iso(one["made_at"])} for one in found]})


@for_service("GET")
def assignment_checksums(request: HttpRequest) -> HttpResponse:
    """What the service compares before it reads any row."""
    after, limit = page(request)
    return JsonResponse({"checksums": [
        {"ls_user_id": one.ls_user_id, "rows": one.rows, "checksum": str(one.checksum)}
        for one in apply_assignments.checksums(after, min(limit, PEOPLE_AT_A_TIME))
    ]})


@for_service("GET")
def gone_assignments(request: HttpRequest) -> HttpResponse:
    """Assignments that were ended here, because their task is not there (any more), by id."""
    after, limit = page(request)
    rows = Assignment.objects.filter(is_task_gone=True, pk__gt=after).order_by("pk")[:limit]
    return JsonResponse({"assignments": [_as_json(row) for row in rows]})


def _as_json(row: Assignment) -> dict[str, object]:
    return {
        "id": row.pk, "ls_user_id": row.user_id, "ls_task_id": row.task_id, "ls_project_id": row.project_id, "purpose": row.purpose,
        "active": row.active, "barred": row.barred, "valid_until_utc": iso(row.valid_until), "task_made_at_utc": iso(row.task_made_at),
        "revision": row.revision,
    }
