"""Who may work on what, rule by rule. Pure: what is known of people and projects in, access out.

The rules of a project are checked in the order of ``Rule``. The same checks decide and explain: there is no second opinion.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ls_expert_plugin.routing.values import Candidate, CheckedLicence, Project, Requirement
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.values import Verification

Rule = Literal["role", "requirement", "domain", "specialties", "level", "languages", "credentials", "invited", "add_on", "places"]


@dataclass(frozen=True)
class Check:
    """One rule of one project, held against one person.

    ``needed`` and ``found`` are ids (specialties, languages, licences with their places), a status, or numbers as text; ``descriptions.py``
    makes sentences of them. ``every``: all that is needed is, not one of it. ``valid_until_utc``: when what was found ends
    (None: no end, or nothing found).
    """

    rule: Rule
    met: bool
    needed: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    valid_until_utc: dt.datetime | None = None
    every: bool = False


@dataclass(frozen=True)
class Access:
    """Access to one project until a moment (None: no end). ``specialties`` are the person's, of the project's domain."""

    valid_until_utc: dt.datetime | None
    reason: str
    specialties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Why one person may work on one project, or may not. ``access`` is None unless every check is met."""

    ls_user_id: int
    ls_project_id: int
    checks: tuple[Check, ...]
    access: Access | None

    @property
    def missing(self) -> tuple[Check, ...]:
        """The checks that stand in the way."""
        return tuple(check for check in self.checks if not check.met)


def explain(candidate: Candidate, project: Project, now: dt.datetime, *, has_place: bool, open_by_default: bool = False) -> Explanation:
    """Hold one person against one project. ``has_place``: what ``placed`` says of them.

    ``open_by_default``: projects without a requirement are open to everybody (a setting). A manager is given no access here and
    takes no place: Label Studio shows managers everything.
    """
    requirement = project.requirement
    if candidate.is_manager:
        return Explanation(candidate.ls_user_id, project.ls_project_id, (Check("role", False, ("expert",), ("manager",)),), None)
    if requirement is None:
        open_to_all = Access(None, "open to everybody") if open_by_default else None
        return Explanation(candidate.ls_user_id, project.ls_project_id, (Check("requirement", open_by_default),), open_to_all)
    verification = _in_force(candidate, requirement.domain, now)
    checks = tuple(_checks(candidate, project, requirement, verification, now))
    if requirement.max_experts is not None:
        # Whoever does not match otherwise is not told about places: there is none to be had for them.
        matches = all(check.met for check in checks)
        checks = (*checks, Check("places", has_place, (str(requirement.max_experts),))) if matches else checks
    access = None
    if verification is not None and all(check.met for check in checks):
        access = Access(_earliest(check.valid_until_utc for check in checks), f"verified in {requirement.domain}", verification.specialties)
    return Explanation(candidate.ls_user_id, project.ls_project_id, checks, access)


def matches(candidate: Candidate, project: Project, now: dt.datetime) -> bool:
    """Whether this person meets everything but the number of places."""
    return explain(candidate, project, now, has_place=True).access is not None


def placed(max_experts: int | None, matching: Mapping[int, dt.datetime], holding: Collection[int]) -> frozenset[int]:
    """Who of those that match gets a place: first who has one, then who was verified first, then by number.

    ``matching``: Label Studio's id of each → since when they are verified. Lowering the number takes places from whoever
    was verified last.
    """
    if max_experts is None:
        return frozenset(matching)
    held = set(holding)
    order = sorted(matching, key=lambda who: (who not in held, matching[who], who))
    return frozenset(order[:max_experts])


def verified_since(candidate: Candidate, domain: str, now: dt.datetime) -> dt.datetime | None:
    """When the verification that counts was given; None when there is none."""
    verification = _in_force(candidate, domain, now)
    return verification.updated_at_utc if verification else None


def _in_force(candidate: Candidate, domain: str, now: dt.datetime) -> Verification | None:
    return next((one for one in candidate.verifications if one.domain == domain and one.in_force(now)), None)


def _standing(candidate: Candidate, domain: str, now: dt.datetime) -> tuple[str, ...]:
    """The status of somebody who is not verified in this domain; nothing where they never applied."""
    return tuple(status.at(one, now) for one in candidate.verifications if one.domain == domain)[-1:]


def _checks(
    candidate: Candidate, project: Project, requirement: Requirement, verification: Verification | None, now: dt.datetime
) -> Iterator[Check]:
    until = verification.valid_until_utc if verification else None
    found = ("verified",) if verification else _standing(candidate, requirement.domain, now)
    yield Check("domain", verification is not None, (requirement.domain,), found, until)
    if requirement.specialties:
        theirs = verification.specialties if verification else ()
        found = tuple(one for one in requirement.specialties if one in theirs)
        met = len(found) == len(requirement.specialties) if requirement.all_specialties else bool(found)
        yield Check("specialties", met, requirement.specialties, found, every=requirement.all_specialties)
    if requirement.minimum_level is not None:
        level = verification.level if verification else None
        met = level is not None and level >= requirement.minimum_level
        yield Check("level", met, (str(requirement.minimum_level),), (str(level),) if level is not None else ())
    if requirement.languages:
        spoken = {one.code for one in candidate.languages}
        found = tuple(code for code in requirement.languages if code in spoken)
        yield Check("languages", len(found) == len(requirement.languages), requirement.languages, found, every=True)
    if requirement.credential_kinds or requirement.jurisdictions:
        yield _credentials(candidate.credentials, requirement, now)
    if requirement.mode == "invited":
        ends = project.invited_until.get(candidate.ls_user_id)
        met = candidate.ls_user_id in project.invited and (ends is None or now < ends)
        yield Check("invited", met, valid_until_utc=ends)
    if requirement.add_on:
        yield Check("add_on", candidate.ls_user_id in project.fitting, (str(len(requirement.add_on)),))


def _credentials(credentials: Iterable[CheckedLicence], requirement: Requirement, now: dt.datetime) -> Check:
    """One licence must be of one of the kinds and from one of the places; of several, the one that lasts longest counts."""
    places = {plain_name(place) for place in requirement.jurisdictions}
    fitting = [
        one for one in credentials
        if (not requirement.credential_kinds or one.kind in requirement.credential_kinds)
        and (not places or plain_name(one.jurisdiction) in places)
        and (one.valid_until_utc is None or now < one.valid_until_utc)
    ]
    needed = (*requirement.credential_kinds, *requirement.jurisdictions)
    if not fitting:
        return Check("credentials", False, needed)
    best = max(fitting, key=lambda one: (one.valid_until_utc is None, one.valid_until_utc or now))
    return Check("credentials", True, needed, (f"{best.kind}, {best.jurisdiction}" if best.jurisdiction else best.kind,), best.valid_until_utc)


def plain_name(place: str) -> str:
    """A name of a place, a client or a use as names are compared: case and spaces do not count."""
    return " ".join(place.casefold().split())


def _earliest(moments: Iterable[dt.datetime | None]) -> dt.datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
