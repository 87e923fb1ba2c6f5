"""The extension's API about the outbox: reading it, forgetting what was read, and its epochs. See ``memberships.py`` for the list of all calls.

A cursor that is no place in the log answers 409 with the code ``outbox_replaced`` and the ``reason``; nothing is handed out or forgotten.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import BaseModel, ConfigDict, Field

from ls_expert_plugin.label_studio.api.auth import for_service, iso, page
from ls_expert_plugin.label_studio.api.members import as_json
from ls_expert_plugin.label_studio.permissions.current_user import active_members_with_roles
from ls_expert_plugin.label_studio.sync import outbox
from ls_expert_plugin.protocol.outbox_position import SENTENCES, START

_CURSOR, _EPOCH = r"^\d{1,19}\.\d{1,19}$", r"^[0-9a-f]{32}$"


class _Through(BaseModel):
    model_config = ConfigDict(extra="forbid")
    through: str = Field(pattern=_CURSOR)
    epoch: str | None = Field(default=None, pattern=_EPOCH)


class _After(BaseModel):
    model_config = ConfigDict(extra="forbid")
    after: str | None = Field(pattern=_CURSOR)


@for_service("GET")
def events(request: HttpRequest) -> HttpResponse:
    """Events after the cursor. Those about a person or a project carry it as it is now; null when it is gone, or no active member (any more)."""
    from projects.models import Project

    _, limit = page(request)
    asked = _Through(through=request.GET.get("after") or START, epoch=request.GET.get("epoch") or None)
    try:
        rows, cursor = outbox.read(asked.through, limit, asked.epoch)
    except outbox.OutboxReplaced as problem:
        return _replaced(problem)
    people = {
        member.user_id: as_json(member) for member in active_members_with_roles().filter(user_id__in={
            row.user_id for row in rows if row.kind.startswith(("user_", "role_"))
        })
    }
    projects = {pk: (title, iso(made_at)) for pk, title, made_at in Project.objects.filter(pk__in={
        row.project_id for row in rows if row.kind.startswith("project_")
    }).values_list("pk", "title", "created_at")}
    return JsonResponse({"cursor": cursor, "events": [{
        "id": row.earlier_id or f"{row.txid}.{row.pk}", "kind": row.kind, "ls_user_id": row.user_id, "ls_project_id": row.project_id,
        "ls_task_id": row.task_id, "ls_annotation_id": row.annotation_id, "was_cancelled": row.was_cancelled,
        "at_utc": iso(row.created_at), "user": people.get(row.user_id),
        "project_title": title, "project_made_at_utc": made_at,
    } for row in rows for title, made_at in [projects.get(row.project_id, (None, None))]]})


@for_service("POST")
def forget(request: HttpRequest) -> HttpResponse:
    """Drop the events that have been read."""
    asked = _Through.model_validate_json(request.body)
    try:
        return JsonResponse({"forgotten": outbox.forget(asked.through, asked.epoch)})
    except outbox.OutboxReplaced as problem:
        return _replaced(problem)


@for_service("POST")
def epoch(request: HttpRequest) -> HttpResponse:
    """The epoch, for a reader that knows of none and goes on at a cursor; or a new one."""
    after = _After.model_validate_json(request.body).after
    try:
        return JsonResponse({"epoch": outbox.begin() if after is None else outbox.join(after)})
    except outbox.OutboxReplaced as problem:
        return _replaced(problem)


def _replaced(problem: outbox.OutboxReplaced) -> HttpResponse:
    return JsonResponse({"error": {
        "code": "outbox_replaced", "reason": problem.reason, "message": SENTENCES[problem.reason],
    }}, status=409)
