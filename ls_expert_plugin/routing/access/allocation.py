"""Access of many people to many projects at once, and what it changes. Pure.

Projects that ask for the same thing are decided once. The rules are those of ``eligibility.py``: what decides here is what
explains there.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ls_expert_plugin.routing.access.eligibility import Access, explain, placed, verified_since
from ls_expert_plugin.routing.values import Candidate, Membership, Project, Requirement

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

ENDED = "no longer meets what the project asks for"
# Label Studio id of a person → their access.
Admitted = Mapping[int, Access]


@dataclasses.dataclass(frozen=True)
class Decided:
    """Who may work on one project, and who meets everything but waits for a place."""

    admitted: Admitted
    waiting: tuple[int, ...] = ()


def decide(
    candidates: Collection[Candidate], projects: Iterable[Project], holding: Mapping[int, Collection[int]], now: dt.datetime, *,
    open_by_default: bool = False,
) -> dict[int, Decided]:
    """For each project, by its id. ``holding``: project id → who has a place now; for projects with a number of places,
    ``candidates`` must be everybody.
    """
    by_domain: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        for domain in {one.domain for one in candidate.verifications if one.in_force(now)}:
            by_domain[domain].append(candidate)
    known = {candidate.ls_user_id: candidate for candidate in candidates}
    matching: dict[Requirement | None, Admitted] = {}
    decided: dict[int, Decided] = {}
    for project in projects:
        asked = project.requirement
        common = None if asked is None else dataclasses.replace(asked, mode="open", add_on=(), max_experts=None)
        if common not in matching:
            among = candidates if common is None else by_domain[common.domain]
            matching[common] = _matching(among, common, now, open_by_default)
        admitted = matching[common]
        if asked is not None and asked.mode == "invited":
            admitted = dict(_invited(admitted, project, now))
        if asked is not None and asked.add_on:
            admitted = {who: access for who, access in admitted.items() if who in project.fitting}
        waiting: tuple[int, ...] = ()
        if asked is not None and asked.max_experts is not None:
            since = {who: verified_since(known[who], asked.domain, now) or now for who in admitted}
            chosen = placed(asked.max_experts, since, holding.get(project.ls_project_id, ()))
            waiting = tuple(sorted(admitted.keys() - chosen, key=lambda who: (since[who], who)))
            admitted = {who: access for who, access in admitted.items() if who in chosen}
        decided[project.ls_project_id] = Decided(admitted, waiting)
    return decided


def changes(
    wanted: Mapping[int, Admitted], existing: Iterable[Membership], projects: Mapping[int, Project], packs: Mapping[str, Pack]
) -> Iterator[Membership]:
    """The memberships that have to be written, each with its next revision: those that are new, those that differ, those that end.

    ``wanted``: project id → who is admitted. ``existing``: all memberships of the people and projects it is about.
    """
    there = {(one.ls_project_id, one.ls_user_id): one for one in existing}
    for ls_project_id, admitted in wanted.items():
        specialties = _Specialties(projects[ls_project_id], packs)
        for who, access in admitted.items():
            old = there.pop((ls_project_id, who), None)
            theirs = specialties.of(access)
            if old is None:
                yield Membership(who, ls_project_id, True, access.valid_until_utc, access.reason, 1, theirs)
            elif (old.active, old.valid_until_utc, old.reason, old.specialties) != (True, access.valid_until_utc, access.reason, theirs):
                yield Membership(who, ls_project_id, True, access.valid_until_utc, access.reason, old.revision + 1, theirs)
    for old in there.values():
        if old.active:
            yield Membership(old.ls_user_id, old.ls_project_id, False, old.valid_until_utc, ENDED, old.revision + 1)


class _Specialties:
    """Values of the task's specialty field, for the people of one project: ids of the pack and their titles."""

    def __init__(self, project: Project, packs: Mapping[str, Pack]) -> None:
        pack = packs.get(project.domain or "")
        self._counts = project.rules.specialty_field is not None and project.domain is not None
        self._titles = {one.id: one.title for one in pack.specialties} if pack and self._counts else {}
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, access: Access) -> tuple[str, ...]:
        if not self._counts:
            return ()
        if access.specialties not in self._known:
            values = {text for one in access.specialties for text in (one, self._titles.get(one, one))}
            self._known[access.specialties] = tuple(sorted(values))
        return self._known[access.specialties]


def _invited(admitted: Admitted, project: Project, now: dt.datetime) -> Iterator[tuple[int, Access]]:
    """Those on the list, no longer than their invitation lasts."""
    for who, access in admitted.items():
        end = project.invited_until.get(who)
        if who in project.invited and (end is None or now < end):
            ends = [moment for moment in (access.valid_until_utc, end) if moment is not None]
            yield who, dataclasses.replace(access, valid_until_utc=min(ends, default=None))


def _matching(candidates: Iterable[Candidate], asked: Requirement | None, now: dt.datetime, open_by_default: bool) -> Admitted:
    if asked is None and not open_by_default:
        return {}
    any_project = Project(0, "", asked)
    explained = (explain(candidate, any_project, now, has_place=True, open_by_default=open_by_default) for candidate in candidates)
    return {one.ls_user_id: one.access for one in explained if one.access is not None}
