"""People and projects in the service's database, for tests of routing: what pages and the outbox would have written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting.values import Person, Status

PACKS = load_packs(None)
NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.timezone.utc)
DAY = dt.timedelta(days=1)
UNTIL = NOW + 30 * DAY


def person(unit: UnitOfWork, ls_user_id: int, role: str = "expert") -> Person:
    """Somebody who has joined Label Studio."""
    return unit.people.save(ls_user_id, f"{ls_user_id}@example.org", f"Person {ls_user_id}", role, NOW)


def stand(
    unit: UnitOfWork, ls_user_id: int, status: Status = "verified", *, domain: str = "medicine", until: dt.datetime | None = UNTIL,
    at: dt.datetime = NOW, specialties: Collection[str] = (), level: int | None = None,
) -> None:
    """Put somebody into this state, as a review would."""
    known = unit.people.by_ls_user_id(ls_user_id) or person(unit, ls_user_id)
    mine = [one for one in unit.verifications.of(known.id) if one.domain == domain]
    one = mine[0] if mine else unit.verifications.add(known.id, domain, "interested", at)
    unit.verifications.change(one.id, status, actor_person_id=None, reason="", now=at, valid_until_utc=until if status == "verified" else None)
    if status == "verified":
        unit.verifications.judge(one.id, list(specialties), level, actor_person_id=known.id, note=None, now=at)


def project(unit: UnitOfWork, ls_project_id: int, title: str = "") -> None:
    """A project that Label Studio has told us of."""
    unit.projects.heard_of(ls_project_id, title or f"Project {ls_project_id}", NOW)


def wanted(domain: str = "medicine", **more: Any) -> TargetState:
    """A project that asks for this."""
    rules = {name: more.pop(name) for name in ("rules", "invited") if name in more}
    return TargetState(Requirement(domain, **more), **rules)


def recompute(unit: UnitOfWork, *ls_user_ids: int, now: dt.datetime = NOW) -> int:
    """What a page does after a decision about these people."""
    return memberships.recompute(unit, ls_user_ids, RoutingContext(PACKS, now))


def inside(store: Database, ls_project_id: int, now: dt.datetime = NOW) -> set[int]:
    """Who has access to a project."""
    with store.read() as unit:
        return memberships.holding(unit.memberships.those(ls_project_ids=[ls_project_id]), now)[ls_project_id]
