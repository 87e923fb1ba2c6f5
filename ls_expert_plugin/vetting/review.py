"""The review: what managers see of a candidate, and the decisions only they can take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Forbidden, NotFound
from ls_expert_plugin.vetting import status
from ls_expert_plugin.vetting.typed_text import clean
from ls_expert_plugin.vetting.values import (
    Assessment,
    Claim,
    Consent,
    Evidence,
    Interview,
    Person,
    Status,
    StatusChange,
    Verification,
)

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.store import Unit

# Knowledge and licences age: a verification must be looked at again some day.
LONGEST_YEARS = 10
REASON_MAX_CHARS = 2000


@dataclass(frozen=True)
class Sought:
    """A competency as the dossier names it."""

    id: str
    title: str
    description: str
    mandatory: bool


@dataclass(frozen=True)
class Found:
    """What was found for one competency; nothing found is an empty tuple."""

    competency: Sought
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Dossier:
    """Everything a reviewer reads about one verification. ``interview`` is the newest one."""

    person: Person
    verification: Verification
    claims: tuple[Claim, ...]
    consents: tuple[Consent, ...]
    interview: Interview | None
    assessment: Assessment | None
    found: tuple[Found, ...]
    history: tuple[StatusChange, ...]


def queue(unit: Unit) -> list[tuple[Verification, Person, dt.datetime]]:
    """Who waits for a review, and since when; the longest waiting first."""
    return [(one, person, one.updated_at_utc) for one, person in unit.verifications.with_status("in_review")]


def dossier(unit: Unit, verification_id: int, packs: Mapping[str, Pack]) -> Dossier:
    """The dossier of a verification. Raises ``NotFound``."""
    verification = unit.verifications.get(verification_id)
    person = unit.people.get(verification.person_id) if verification else None
    if verification is None or person is None:
        raise NotFound("There is no such verification. Go back to the review queue.")
    interview = unit.interviews.of_verification(verification_id)
    assessment = unit.interviews.assessment_of(interview.id) if interview else None
    return Dossier(
        person=person,
        verification=verification,
        claims=unit.claims.of(person.id),
        consents=unit.consents.of(person.id),
        interview=interview,
        assessment=assessment,
        found=by_competency(packs.get(verification.domain), assessment.evidence if assessment else ()),
        history=unit.verifications.history(verification_id),
    )


def by_competency(pack: Pack | None, evidence: tuple[Evidence, ...]) -> tuple[Found, ...]:
    """Evidence under each competency of the pack, in its order; then under ids that the pack no longer has."""
    sought = [Sought(one.id, one.title, one.description, one.mandatory) for one in pack.competencies] if pack else []
    known = {one.id for one in sought}
    for one in evidence:
        if one.competency not in known:
            known.add(one.competency)
            sought.append(Sought(one.competency, one.competency, "", mandatory=False))
    return tuple(Found(one, tuple(item for item in evidence if item.competency == one.id)) for one in sought)


def verify(
    unit: Unit, manager: Person, verification_id: int, valid_until: dt.date, note: str, now: dt.datetime
) -> Verification:
    """Verify the person in this domain up to the end of ``valid_until`` (UTC).

    Raises ``BadInput`` (date), ``Forbidden`` (no manager, or about oneself), ``NotFound``, ``Conflict`` (not in review).
    """
    today = now.astimezone(dt.timezone.utc).date()
    if valid_until <= today:
        raise BadInput("Choose a date in the future.")
    if valid_until.year > today.year + LONGEST_YEARS:
        raise BadInput(f"Choose a date within the next {LONGEST_YEARS} years.")
    end = dt.datetime.combine(valid_until, dt.time(23, 59, 59), dt.timezone.utc)
    return _decide(unit, manager, verification_id, "verified", _text(note), now, end)


def decline(unit: Unit, manager: Person, verification_id: int, reason: str, now: dt.datetime) -> Verification:
    """Decline the person in this domain. They may start again. Raises as ``verify``, and without a reason ``BadInput``."""
    return _decide(unit, manager, verification_id, "declined", _reason(reason), now)


def revoke(unit: Unit, manager: Person, verification_id: int, reason: str, now: dt.datetime) -> Verification:
    """Take a verification back. Raises as ``decline``; ``Conflict`` when there is none to take back."""
    return _decide(unit, manager, verification_id, "revoked", _reason(reason), now)


def _decide(
    unit: Unit,
    manager: Person,
    verification_id: int,
    to: Status,
    reason: str,
    now: dt.datetime,
    valid_until_utc: dt.datetime | None = None,
) -> Verification:
    if not manager.is_manager:
        raise Forbidden("Only a manager may decide about a verification.")
    verification = unit.verifications.lock(verification_id)
    if verification is None:
        raise NotFound("There is no such verification. Go back to the review queue.")
    if verification.person_id == manager.id:
        raise Forbidden("Nobody decides about themselves. Ask another manager.")
    status.check(verification.status, to)
    return unit.verifications.change(
        verification_id, to, actor_person_id=manager.id, reason=reason, now=now, valid_until_utc=valid_until_utc
    )


def _reason(text: str) -> str:
    text = _text(text)
    if not text:
        raise BadInput("Write the reason: the candidate reads it, and so does whoever looks at this later.")
    return text


def _text(text: str) -> str:
    text = clean(text)
    if len(text) > REASON_MAX_CHARS:
        raise BadInput(f"Write at most {REASON_MAX_CHARS} characters.")
    return text
