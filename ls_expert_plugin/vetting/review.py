"""The review: what managers see of a candidate, and the decisions only they can take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Conflict, Forbidden, NotFound
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
LEVELS = (1, 2, 3, 4, 5)
# Label Studio takes 200 values for each membership; each specialty is two of them, its id and its title.
MOST_SPECIALTIES = 100


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
    unit: Unit, manager: Person, verification_id: int, valid_until: dt.date, note: str, now: dt.datetime, *,
    specialties: Sequence[str] = (), level: int | None = None, checked_claims: Collection[int] = (),
    packs: Mapping[str, Pack] | None = None,
) -> Verification:
    """Verify the person in this domain up to the end of ``valid_until`` (UTC).

    ``specialties``: ids of the domain's pack. ``level``: 1 to 5, or None. ``checked_claims``: ids of the person's licences
    and languages that the manager has looked up and found right; they count for routing from now on.

    Raises ``BadInput`` (date, specialty, level, claim), ``Forbidden`` (no manager, or about oneself), ``NotFound``,
    ``Conflict`` (not in review).
    """
    today = now.astimezone(dt.timezone.utc).date()
    if valid_until <= today:
        raise BadInput("Choose a date in the future.")
    if valid_until.year > today.year + LONGEST_YEARS:
        raise BadInput(f"Choose a date within the next {LONGEST_YEARS} years.")
    end = dt.datetime.combine(valid_until, dt.time(23, 59, 59), dt.timezone.utc)
    verification = _held(unit, manager, verification_id)
    if verification.status != "in_review":
        status.check(verification.status, "verified")
        raise Conflict("This verification is suspended. Resume it, or revoke it and let them start again.")
    chosen = _judged(unit, verification, specialties, level, checked_claims, packs)
    _change(unit, manager, verification, "verified", _text(note), now, end)
    unit.claims.mark_checked(verification.person_id, checked_claims, manager.id, now)
    return unit.verifications.judge(verification_id, chosen, level, actor_person_id=manager.id, note=None, now=now)


def amend(
    unit: Unit, manager: Person, verification_id: int, note: str, now: dt.datetime, *,
    specialties: Sequence[str], level: int | None, checked_claims: Collection[int] = (), unchecked_claims: Collection[int] = (),
    packs: Mapping[str, Pack],
) -> Verification:
    """Change what was found of somebody who is verified; until when, and since when, stays.

    ``specialties`` and ``level`` replace what there was. ``unchecked_claims`` no longer count. Raises as ``verify``;
    ``Conflict`` when the person is not verified.
    """
    verification = _held(unit, manager, verification_id)
    if not verification.in_force(now):
        raise Conflict("Only what was found of somebody who is verified can be changed. Load the page again to see where they stand.")
    chosen = _judged(unit, verification, specialties, level, {*checked_claims, *unchecked_claims}, packs)
    unit.claims.mark_checked(verification.person_id, set(checked_claims) - set(unchecked_claims), manager.id, now)
    unit.claims.mark_unchecked(verification.person_id, unchecked_claims)
    text = _text(note) or "Specialties, level or checked entries changed."
    return unit.verifications.judge(verification_id, chosen, level, actor_person_id=manager.id, note=text, now=now)


def suspend(unit: Unit, manager: Person, verification_id: int, reason: str, now: dt.datetime) -> Verification:
    """Pause a verification; ``resume`` gives it back as it was. Raises as ``decline``; ``Conflict`` when it is not in force."""
    verification = _held(unit, manager, verification_id)
    text = _reason(reason)
    if verification.status == "verified" and not verification.in_force(now):
        raise Conflict("This verification has expired, so there is nothing to suspend.")
    return _change(unit, manager, verification, "suspended", text, now, verification.valid_until_utc)


def resume(unit: Unit, manager: Person, verification_id: int, note: str, now: dt.datetime) -> Verification:
    """End a suspension; date, specialties and level are those of before. Raises as ``verify``; ``Conflict`` when none is suspended
    or its date has passed.
    """
    verification = _held(unit, manager, verification_id)
    if verification.status != "suspended":
        raise Conflict("This verification is not suspended. Load the page again to see where it stands.")
    if verification.valid_until_utc is not None and now >= verification.valid_until_utc:
        raise Conflict("Its date has passed while it was suspended. Revoke it; they can start again.")
    return _change(unit, manager, verification, "verified", _text(note), now, verification.valid_until_utc)


def decline(unit: Unit, manager: Person, verification_id: int, reason: str, now: dt.datetime) -> Verification:
    """Decline the person in this domain. They may start again. Raises as ``verify``, and without a reason ``BadInput``."""
    return _decide(unit, manager, verification_id, "declined", _reason(reason), now)


def revoke(unit: Unit, manager: Person, verification_id: int, reason: str, now: dt.datetime) -> Verification:
    """Take a verification back. Raises as ``decline``; ``Conflict`` when there is none to take back."""
    return _decide(unit, manager, verification_id, "revoked", _reason(reason), now)


def _decide(unit: Unit, manager: Person, verification_id: int, to: Status, reason: str, now: dt.datetime) -> Verification:
    return _change(unit, manager, _held(unit, manager, verification_id), to, reason, now, None)


def _held(unit: Unit, manager: Person, verification_id: int) -> Verification:
    """The verification, locked, if this manager may decide about it."""
    if not manager.is_manager:
        raise Forbidden("Only a manager may decide about a verification.")
    verification = unit.verifications.lock(verification_id)
    if verification is None:
        raise NotFound("There is no such verification. Go back to the review queue.")
    if verification.person_id == manager.id:
        raise Forbidden("Nobody decides about themselves. Ask another manager.")
    return verification


def _change(
    unit: Unit, manager: Person, verification: Verification, to: Status, reason: str, now: dt.datetime, valid_until_utc: dt.datetime | None
) -> Verification:
    status.check(verification.status, to)
    return unit.verifications.change(
        verification.id, to, actor_person_id=manager.id, reason=reason, now=now, valid_until_utc=valid_until_utc
    )


def _judged(
    unit: Unit, verification: Verification, specialties: Sequence[str], level: int | None, claim_ids: Collection[int],
    packs: Mapping[str, Pack] | None,
) -> tuple[str, ...]:
    """The specialties in the pack's order. Raises ``BadInput`` for what cannot be meant."""
    pack = (packs or {}).get(verification.domain)
    known = [one.id for one in pack.specialties] if pack else []
    for one in specialties:
        if one not in known:
            raise BadInput("There is no such specialty in this domain. Load the page again and choose from the list.")
    if len(set(specialties)) > MOST_SPECIALTIES:
        raise BadInput(f"Choose at most {MOST_SPECIALTIES} specialties.")
    if level is not None and (isinstance(level, bool) or not LEVELS[0] <= level <= LEVELS[-1]):
        raise BadInput(f"Choose a level from {LEVELS[0]} to {LEVELS[-1]}, or none.")
    checkable = {claim.id for claim in unit.claims.of(verification.person_id) if claim.kind in ("licence", "language")}
    if not set(claim_ids) <= checkable:
        raise BadInput("An entry that you marked as checked is no longer there, or is no licence or language. Load the page again.")
    return tuple(one for one in known if one in set(specialties))


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
