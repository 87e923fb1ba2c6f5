"""The extension's API, for the expert service only: ``/api/ls-expert/…``, opened by the key in ``API_KEY_HEADER``.

    GET  status                    versions, clock, settings that ``doctor`` looks at, outbox length
    GET  users?after=&limit=       members with role, by id
    GET  users/7                   {"user"}: one of them as they are now; null: removed, not active, or nobody
    GET  users/7/task-progress?projects=3,4   {"progress"}: of these projects of theirs, how many tasks they have done, and how many are left
    GET  memberships?after=&limit= the projection, by id; &of=7,8: these people's alone
    GET  memberships/checksums?after=&limit=   for each person, by id: how many rows, and a checksum of them (protocol/membership_checksum.py)
    PUT  assignments               {"assignments": [...]} → as of memberships; GET, assignments/checksums: as of memberships
    POST projects/3/tasks          {"ls_task_ids" or null, "after", "limit"} → {"tasks"}: as dealing needs them, with who has begun each
    GET  assignments/gone?after=&limit=   assignments that were ended here, because their task is not there, by id
    PUT  roles                     {"roles": [{"ls_user_id", "role"}]} → {"set"}; all or nothing
    GET  audit?after=&limit=       what enforcement would have refused, counted in audit mode, by id
    PUT  memberships               {"memberships": [...]} → {"applied", "ignored", "newer"}: ignored is what is here as new or newer
    GET  projects?after=&limit=    rules of projects, by id
    PUT  projects                  {"projects": [...]} → {"applied", "ignored", "newer"}; before the memberships that need them
    GET  project-titles?after=&limit=   all projects with their titles and when they were made, by id
    POST task-counts               {"ls_project_ids"} → {"counts"}: tasks of each, and how many are left to annotate
    GET  annotations?after=&limit= annotations whose creation is not in the outbox (any more), by id; {"annotations", "after"}
    POST control-answers           {"ls_user_ids", "latest"} → {"counts"}: answers to tasks with a ground truth, and how many are right
    GET  projects/3/prelabel-outcomes?after=&limit=   annotations beside the pre-labels of their tasks: measures, not contents
    POST task-files                {"limit"} → {"indexed"}: tasks taken into the index of files that tasks name; 0: all are in it
    GET  outbox?after=&limit=&epoch=   {"events": [...], "cursor"}; at least once, in order
    POST outbox/forget             {"through": cursor, "epoch"} → {"forgotten"}
    POST outbox/epoch              {"after": cursor, or null for a new epoch} → {"epoch"}
    GET  erased                    {"erased": [...]}: accounts that have been erased; PUT the same, with marks, to erase them again

``users``, ``roles``, ``audit``, ``erased`` and ``control-answers`` are in ``members.py``, ``projects``, ``task-counts`` and
``project-titles`` in ``projects.py``, ``annotations`` in ``annotations.py``, ``assignments`` in ``assignments.py``, the outbox in
``outbox.py``. A wrong key answers 401, a body that cannot be used 400 with the field that is wrong, and nothing is applied.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ls_expert_plugin import __version__
from ls_expert_plugin.label_studio.api.auth import MAX_ROWS, NO_ZERO, LsId, Revision, for_service, iso, page, people
from ls_expert_plugin.label_studio.models import Membership, Outbox
from ls_expert_plugin.label_studio.permissions.current_user import enforcement_is_on
from ls_expert_plugin.label_studio.sync import apply_memberships, outbox
from ls_expert_plugin.label_studio.sync.trigger_installation import not_in_place
from ls_expert_plugin.protocol.membership_checksum import PEOPLE_AT_A_TIME


class _PushedMembership(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ls_user_id: LsId
    ls_project_id: LsId
    active: bool
    valid_until_utc: AwareDatetime | None
    revision: Revision
    reason: str = Field(max_length=2000, pattern=NO_ZERO)
    specialties: list[Annotated[str, Field(max_length=120, pattern=NO_ZERO)]] = Field(default_factory=list, max_length=200)


class _Push(BaseModel):
    model_config = ConfigDict(extra="forbid")
    memberships: list[_PushedMembership] = Field(max_length=MAX_ROWS)


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
        "enforcement": "enforce" if enforcement_is_on() else "audit",
        "allowed_addresses": list(settings.LS_EXPERT.allowed_addresses),
        "private_addresses_protected": bool(settings.SSRF_PROTECTION_ENABLED and settings.ML_BLOCK_LOCAL_IP),
        "blind_percent": settings.LS_EXPERT.blind_percent,
        "legacy_tokens": bool(organization and organization.jwt.legacy_api_tokens_enabled),
        "analytics": bool(settings.COLLECT_ANALYTICS),
        "outbox_length": Outbox.objects.count(),
        "triggers_not_in_place": not_in_place(connection),
        "outbox": dataclasses.asdict(log) if (log := outbox.state()) else None,
    })


@for_service("GET", "PUT")
def memberships(request: HttpRequest) -> HttpResponse:
    """The projection: read it by id, or apply newer revisions."""
    if request.method == "PUT":
        push = _Push.model_validate_json(request.body)
        done = apply_memberships.apply(
            apply_memberships.Pushed(m.ls_user_id, m.ls_project_id, m.active, m.valid_until_utc, m.revision, m.reason, tuple(m.specialties))
            for m in push.memberships
        )
        return JsonResponse({"applied": done.applied, "ignored": done.equal + done.newer, "newer": done.newer})
    after, limit = page(request)
    some = Membership.objects.filter(user_id__in=people(request.GET["of"])) if "of" in request.GET else Membership.objects.all()
    rows = some.filter(pk__gt=after).order_by("pk")[:limit]
    return JsonResponse({"memberships": [{
        "id": row.pk, "ls_user_id": row.user_id, "ls_project_id": row.project_id, "active": row.active,
        "valid_until_utc": iso(row.valid_until), "revision": row.revision, "reason": row.reason,
        "specialties": row.specialties,
    } for row in rows]})


@for_service("GET")
def membership_checksums(request: HttpRequest) -> HttpResponse:
    """What the service compares before it reads any row."""
    after, limit = page(request)
    return JsonResponse({"checksums": [
        {"ls_user_id": one.ls_user_id, "rows": one.rows, "checksum": str(one.checksum)}
        for one in apply_memberships.checksums(after, min(limit, PEOPLE_AT_A_TIME))
    ]})

