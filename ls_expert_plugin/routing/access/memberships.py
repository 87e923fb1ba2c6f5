"""Bringing memberships in line with verifications, claims, roles and requirements, in the service's database.

Who waits for whom, on PostgreSQL (SQLite has one writer at a time): whoever changes what projects ask for, or recomputes
everybody, has its turn alone, and that is short. Recomputing people goes on side by side; it locks the people, then those of their projects
that have a number of places, before it writes anything, and gives those places across everybody. So the last place is never
given twice. The order of all locks is in docs/architecture.md.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ls_expert_plugin.routing.access.allocation import changes, decide
from ls_expert_plugin.routing.access.shared_access import is_shared, shared_access
from ls_expert_plugin.routing.values import Candidate, Membership, Project

if TYPE_CHECKING:
    from ls_expert_plugin.routing.configuration import RoutingContext
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

# Projects compared at a time: bounds the memory, not the work.
_PROJECTS_AT_A_TIME = 250
# A turn alone keeps every decision waiting: so long one lasts, in steps of so many projects.
LONGEST_TURN_S = 0.5
_PROJECTS_A_STEP = 50


def recompute(unit: UnitOfWork, ls_user_ids: Collection[int], context: RoutingContext) -> int:
    """Set these people's memberships to what they are entitled to; returns how many changed, those of others included
    who got a place that became free.
    """
    unit.memberships.take_turn(alone=False)
    for ls_user_id in sorted(ls_user_ids):
        unit.people.lock(ls_user_id)
    notes = unit.memberships.due_notes(ls_user_ids)
    candidates = unit.candidates.those(ls_user_ids, context.now)
    projects = unit.projects.all()
    existing = unit.memberships.those(ls_user_ids=ls_user_ids)
    limited = {project.ls_project_id for project in projects if _has_places(project)}
    domains = {one.domain for candidate in candidates for one in candidate.verifications if one.in_force(context.now)}
    held = {one.ls_project_id for one in existing if one.active}
    concerned = {one.ls_project_id for one in projects if one.ls_project_id in limited and (one.domain in domains or one.ls_project_id in held)}
    if concerned:
        unit.projects.lock(concerned)
    changed = _compared(
        candidates, [project for project in projects if project.ls_project_id not in limited],
        [one for one in existing if one.ls_project_id not in limited], context,
    )
    if concerned:
        there = unit.memberships.those(ls_project_ids=concerned)
        changed += _compared(unit.candidates.all(context.now), unit.projects.those(concerned), there, context)
        existing += there
    _put(unit, changed, existing, context.now)  # all at once: in one order with whoever notes what was pushed
    unit.memberships.done(notes)
    return len(changed)


def recompute_projects(unit: UnitOfWork, ls_project_ids: Collection[int], context: RoutingContext) -> int:
    """The same for everybody in these projects, deleted ones included."""
    unit.memberships.take_turn(alone=True)
    return _write_projects(unit, ls_project_ids, unit.candidates.all(context.now), context)


def recompute_all(
    store: Database, context: RoutingContext, *, turn_s: float = LONGEST_TURN_S
) -> int:
    """The same for everybody in every project. Projects whose memberships are as they should be are found beside everybody else; the others
    are written in turns of about ``turn_s`` seconds: decisions and readers of the outbox come in between.

    Each turn reads everybody anew, so what was decided in between counts. Stopped half-way, what is due stays due.
    """
    with store.read() as unit:
        notes = unit.memberships.due_notes(None)  # before everything that they are about
        ids = sorted(differing(unit, context))
    changed = done = 0
    while done < len(ids):
        projects, memberships = store.run(lambda unit, left=ids[done:]: _one_turn(unit, left, context, turn_s))  # type: ignore[misc]
        done, changed = done + projects, changed + memberships
    if notes:
        store.run(lambda unit: unit.memberships.done(notes))
    return changed


def differing(unit: UnitOfWork, context: RoutingContext) -> set[int]:
    """Projects, deleted ones included, whose memberships are not what people are entitled to. Only reads, and waits for nobody.

    Where many ask for the same, the database compares what is stored with one list of people; rows of the others are read.
    """
    candidates, projects = unit.candidates.all(context.now), unit.projects.all()
    found = unit.memberships.active_project_ids() - {project.ls_project_id for project in projects}
    for alike in shared_access(candidates, projects, context.now, context.packs, open_by_default=context.open_by_default):
        for some in _pages(alike.ls_project_ids):
            found |= unit.memberships.unlike(some, alike.wanted)
    for some in _pages([project.ls_project_id for project in projects if not is_shared(project)]):
        compared = _compared(candidates, unit.projects.those(some), unit.memberships.those(ls_project_ids=some), context)
        found |= {one.ls_project_id for one in compared}
    return found


def _one_turn(unit: UnitOfWork, ls_project_ids: Sequence[int], context: RoutingContext, turn_s: float) -> tuple[int, int]:
    """The first of these projects, as many as time allows: how many, and how many memberships changed."""
    unit.memberships.take_turn(alone=True)
    began, candidates = time.monotonic(), unit.candidates.all(context.now)
    done = changed = 0
    while done < len(ls_project_ids) and (done == 0 or time.monotonic() - began < turn_s):
        some = ls_project_ids[done : done + _PROJECTS_A_STEP]
        changed += _write_projects(unit, some, candidates, context)
        done += len(some)
    return done, changed


def catch_up(unit: UnitOfWork, context: RoutingContext) -> int:
    """Recompute whoever is due: a change that nobody recomputed after (a crash), and dates that have passed.

    A place whose holder's date has passed goes to the next one here.
    """
    due = unit.memberships.due() | unit.memberships.passed(context.now)
    return recompute(unit, due, context) if due else 0


def holding(existing: Iterable[Membership], now: dt.datetime) -> dict[int, set[int]]:
    """Project id → who has access now."""
    held: dict[int, set[int]] = defaultdict(set)
    for one in existing:
        if one.in_force(now):
            held[one.ls_project_id].add(one.ls_user_id)
    return held


def _write_projects(
    unit: UnitOfWork, ls_project_ids: Collection[int], candidates: Sequence[Candidate], context: RoutingContext,
) -> int:
    existing = unit.memberships.those(ls_project_ids=ls_project_ids)
    changed = _compared(candidates, unit.projects.those(ls_project_ids), existing, context)
    _put(unit, changed, existing, context.now)
    return len(changed)


def _put(unit: UnitOfWork, changed: Sequence[Membership], existing: Sequence[Membership], now: dt.datetime) -> None:
    """Write the changes, and tell people of projects that open."""
    unit.memberships.put(changed, now)
    held = {(one.ls_user_id, one.ls_project_id) for one in existing if one.in_force(now)}
    opened = Counter(one.ls_user_id for one in changed if one.in_force(now) and (one.ls_user_id, one.ls_project_id) not in held)
    unit.notifications.note_counts(opened, "projects", now)


def _compared(
    candidates: Sequence[Candidate], projects: Sequence[Project], existing: Sequence[Membership], context: RoutingContext,
) -> list[Membership]:
    decided = decide(candidates, projects, holding(existing, context.now), context.now, open_by_default=context.open_by_default)
    wanted = {ls_project_id: one.admitted for ls_project_id, one in decided.items()}
    return list(changes(wanted, existing, {project.ls_project_id: project for project in projects}, context.packs))


def _pages(ls_project_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ls_project_ids[start : start + _PROJECTS_AT_A_TIME] for start in range(0, len(ls_project_ids), _PROJECTS_AT_A_TIME))


def _has_places(project: Project) -> bool:
    return project.requirement is not None and project.requirement.max_experts is not None
