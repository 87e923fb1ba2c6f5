"""The extension's API, for the expert service only: ``/api/ls-expert/…``, opened by the key in ``API_KEY_HEADER``.

    GET  status                    versions, clock, settings that ``doctor`` looks at, outbox length
    GET  users?after=&limit=       members with role, by id
    GET  memberships?after=&limit= the projection, by id
    PUT  memberships               {"memberships": [...]} → {"applied", "ignored"}
    GET  outbox?after=&limit=      {"events": [...], "cursor"}; at least once, in order
    POST outbox/forget             {"through": cursor} → {"forgotten"}

A wrong key answers 401, a body that cannot be used 400 with the field that is wrong, and nothing is applied.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ls_expert_plugin import __version__
from ls_expert_plugin.handshake import API_KEY_HEADER, api_key, same_secret
from ls_expert_plugin.label_studio import outbox, projection
from ls_expert_plugin.label_studio.asking import SERVICE_MARK, role_of
from ls_expert_plugin.label_studio.models import Membership, Outbox

MAX_ROWS = 1000
MAX_BODY_BYTES = 10 * 1024 * 1024
View = Callable[[HttpRequest], HttpResponse]


class _PushedMembership(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ls_user_id: int = Field(ge=1)
    ls_project_id: int = Field(ge=1)
    active: bool
    valid_until_utc: AwareDatetime | None
    revision: int = Field(ge=1)
    reason: str = Field(max_length=2000)


class _Push(BaseModel):
    model_config = ConfigDict(extra="forbid")
    memberships: list[_PushedMembership] = Field(max_length=MAX_ROWS)


class _Through(BaseModel):
    model_config = ConfigDict(extra="forbid")
    through: str = Field(pattern=r"^\d{1,19}\.\d{1,19}$")


def for_service(*methods: str) -> Callable[[View], View]:
    """Only the expert service may call, with these methods. Marks the request, so that rows are not narrowed."""

    def wrap(view: View) -> View:
        @csrf_exempt  # no cookie opens these addresses
        @require_http_methods(methods)
        @functools.wraps(view)
        def checked(request: HttpRequest) -> HttpResponse:
            if not same_secret(request.headers.get(API_KEY_HEADER), api_key(settings.LS_EXPERT.shared_secret)):
                return _error(401, "bad_secret", f"{API_KEY_HEADER} does not fit. Both sides need the same LS_EXPERT_SHARED_SECRET.")
            if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
                return _error(413, "too_large", "Send at most 10 MB at a time.")
            setattr(request, SERVICE_MARK, True)
            try:
                return view(request)
            except ValidationError as problem:
                first = problem.errors(include_url=False)[0]
                where = ".".join(str(part) for part in first["loc"])
                return _error(400, "bad_input", f"{where or 'body'}: {first['msg']}")
            except ValueError as problem:
                return _error(400, "bad_input", str(problem))

        return checked

    return wrap


@for_service("GET")
def status(request: HttpRequest) -> HttpResponse:
    """What the other side needs to know before it works with us."""
    from core.utils.common import collect_versions
    from organizations.models import Organization

    organization = Organization.objects.first()
    return JsonResponse({
        "plugin_version": __version__,
        "label_studio_version": collect_versions().get("release"),
        "now_utc": timezone.now().isoformat(),
        "default_role": settings.LS_EXPERT.default_role,
        "allowed_addresses": list(settings.LS_EXPERT.allowed_addresses),
        "private_addresses_protected": bool(settings.SSRF_PROTECTION_ENABLED and settings.ML_BLOCK_LOCAL_IP),
        "legacy_tokens": bool(organization and organization.jwt.legacy_api_tokens_enabled),
        "analytics": bool(settings.COLLECT_ANALYTICS),
        "outbox_length": Outbox.objects.count(),
    })


@for_service("GET")
def users(request: HttpRequest) -> HttpResponse:
    """Members of the organization, by id."""
    from organizations.models import OrganizationMember

    after, limit = _page(request)
    members = OrganizationMember.objects.select_related("user").filter(
        deleted_at__isnull=True, user__is_active=True, user_id__gt=after
    ).order_by("user_id")[:limit]
    return JsonResponse({"users": [_user(member.user) for member in members]})


@for_service("GET", "PUT")
def memberships(request: HttpRequest) -> HttpResponse:
    """The projection: read it by id, or apply newer revisions."""
    if request.method == "PUT":
        push = _Push.model_validate_json(request.body)
        applied, ignored = projection.apply(
            projection.Pushed(m.ls_user_id, m.ls_project_id, m.active, m.valid_until_utc, m.revision, m.reason)
            for m in push.memberships
        )
        return JsonResponse({"applied": applied, "ignored": ignored})
    after, limit = _page(request)
    rows = Membership.objects.filter(pk__gt=after).order_by("pk")[:limit]
    return JsonResponse({"memberships": [{
        "id": row.pk, "ls_user_id": row.user_id, "ls_project_id": row.project_id, "active": row.active,
        "valid_until_utc": _iso(row.valid_until), "revision": row.revision, "reason": row.reason,
    } for row in rows]})


@for_service("GET")
def outbox_events(request: HttpRequest) -> HttpResponse:
    """Events after the cursor. Those about a person or a project carry it as it is now; null when it is gone."""
    from projects.models import Project
    from users.models import User

    _, limit = _page(request)
    after = _Through(through=request.GET.get("after") or outbox.START).through
    rows, cursor = outbox.read(after, limit)
    people = {
        user.pk: _user(user) for user in User.objects.filter(pk__in={
            row.user_id for row in rows if row.kind.startswith(("user_", "role_"))
        })
    }
    titles = dict(Project.objects.filter(pk__in={
        row.project_id for row in rows if row.kind.startswith("project_")
    }).values_list("pk", "title"))
    return JsonResponse({"cursor": cursor, "events": [{
        "id": f"{row.txid}.{row.pk}", "kind": row.kind, "ls_user_id": row.user_id, "ls_project_id": row.project_id,
        "ls_task_id": row.task_id, "ls_annotation_id": row.annotation_id, "was_cancelled": row.was_cancelled,
        "at_utc": _iso(row.created_at), "user": people.get(row.user_id),
        "project_title": titles.get(row.project_id),
    } for row in rows]})


@for_service("POST")
def outbox_forget(request: HttpRequest) -> HttpResponse:
    """Drop what has been read."""
    return JsonResponse({"forgotten": outbox.forget(_Through.model_validate_json(request.body).through)})


def _user(user: Any) -> dict[str, Any]:
    return {"ls_user_id": user.pk, "email": user.email, "name": user.get_full_name(), "role": role_of(user)}


def _page(request: HttpRequest) -> tuple[int, int]:
    """(after, limit); ``after`` is an id except for the outbox, which reads its cursor itself."""
    limit = int(request.GET.get("limit") or MAX_ROWS)
    if not 1 <= limit <= MAX_ROWS:
        raise ValueError(f"limit: write a whole number from 1 to {MAX_ROWS}")
    after = request.GET.get("after") or "0"
    return (int(after) if after.isdigit() else 0), limit


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.timezone.utc).isoformat() if moment else None


def _error(http: int, code: str, message: str) -> HttpResponse:
    return HttpResponse(
        json.dumps({"error": {"code": code, "message": message}}), status=http, content_type="application/json"
    )
