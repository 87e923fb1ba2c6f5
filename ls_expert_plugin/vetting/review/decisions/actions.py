"""Decisions of reviewers about a verification, which only they can take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Conflict, Forbidden, NotFound
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.review.decisions import reviewers, verdicts
from ls_expert_plugin.vetting.review.dossier.contents import told
from ls_expert_plugin.vetting.review.policy import overrides
from ls_expert_plugin.vetting.review.policy.evaluation import PolicyResult
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import (
    Person,
    Status,
    Verification,
)

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

# Knowledge and licences age: a verification must be looked at again some day.
LONGEST_YEARS = 10
REASON_MAX_CHARS = 2000
LEVELS = (1, 2, 3, 4, 5)
# Label Studio takes 200 values for each membership; each specialty is two of them, its id and its title.
MOST_SPECIALTIES = 100


def verify(
    unit: UnitOfWork, manager: Person, verification_id: int, valid_until: dt.date, note: str, now: dt.datetime, *,
    specialties: Sequence[str] = (), level: int | None = None, checked_claims: Collection[int] = (),
    packs: Mapping[str, Pack] | None = None, looked_at: Collection[str] = (), lookups: Mapping[int, Mapping[str, str]] | None = None,
) -> Verification:
    """Verify the person in this domain up to the end of ``valid_until`` (UTC). Where the pack asks for two reviewers, the first's is a
    proposal: the verification stays in review until somebody else verifies too, and of what the two found the smaller holds.

    ``specialties``: ids of the domain's pack. ``level``: 1 to 5, or None. ``checked_claims``: ids of the person's licences
    and languages that the manager has looked up and found right; they count for routing once it is decided. ``looked_at``: the
    sentences of the policy, and lines of its checklist, that the manager has ticked. ``lookups``: by claim, where and when, for the
    ledger. What goes against the policy takes a ``note`` that says why.

    Raises ``BadInput`` (date, specialty, level, claim, something not looked at, no reason), ``Forbidden`` (no manager, about oneself, or an
    appeal against one's own decision), ``NotFound``, ``Conflict`` (not in review).
    """
    _end_of(valid_until, now)
    verification = _held(unit, manager, verification_id)
    if verification.status != "in_review":
        status.check(verification.status, "verified")
        raise Conflict("This verification is suspended. Resume it, or revoke it and let them start again.")
    chosen = _judged(unit, verification, specialties, level, checked_claims, packs)
    pack = (packs or {}).get(verification.domain)
    missed = [one for one in (pack.policy.look_at if pack else ()) if one not in looked_at]
    if missed:
        raise BadInput(f"Reviewer checklist: look at this, then tick it: {missed[0]}")
    text, against = _text(note), overrides.against_policy(_weighed(unit, verification, pack, checked_claims, now, chosen), looked_at)
    overrides.require_reason(against, text)
    holds = verdicts.decide(unit, manager, verification, text, {
        "to": "verified", "specialties": list(chosen), "level": level, "valid_until": valid_until.isoformat(), "looked_at": sorted(looked_at),
        "checked_claims": sorted(checked_claims), "against": list(against),
    }, pack, now)
    text = overrides.told(text, against)
    if holds is None:
        return verdicts.proposed(unit, manager, verification, "verify", text, now)
    unit.claims.mark_checked(verification.person_id, holds["checked_claims"], manager.id, now, lookups)
    end = _end_of(dt.date.fromisoformat(holds["valid_until"]), now)
    _change(unit, manager, verification, "verified", text, now, end)
    return unit.verifications.judge(verification_id, holds["specialties"], holds["level"], actor_person_id=manager.id, note=None, now=now)


def amend(
    unit: UnitOfWork, manager: Person, verification_id: int, note: str, now: dt.datetime, *,
    specialties: Sequence[str], level: int | None, checked_claims: Collection[int] = (), unchecked_claims: Collection[int] = (),
    packs: Mapping[str, Pack],
) -> Verification:
    """Change what was found of somebody who is verified; until when, and since when, stays.

    ``specialties`` and ``level`` replace what there was. ``unchecked_claims`` no longer count, from now on. Where the pack asks for two
    reviewers, whatever opens more is a proposal until another makes it too; against the policy it takes a ``note`` that says why. Raises as
    ``verify``; ``Conflict`` when the person is not verified.
    """
    verification = _held(unit, manager, verification_id)
    if not verification.in_force(now):
        raise Conflict("Only what was found of somebody who is verified can be changed. Load the page again to see where they stand.")
    chosen = _judged(unit, verification, specialties, level, {*checked_claims, *unchecked_claims}, packs)
    given = _text(note)
    checked = sorted(one.id for one in unit.claims.of(verification.person_id) if one.id in set(checked_claims) - set(unchecked_claims) and not one.is_checked)
    unit.claims.mark_unchecked(verification.person_id, unchecked_claims, now, manager.id)
    pack, to = packs.get(verification.domain), {"to": "amended", "specialties": list(chosen), "level": level, "checked_claims": checked}
    against: tuple[str, ...] = ()
    if reviewers.grows(verdicts.in_force(verification), to):
        against = _against(unit, verification, pack, now, checked, chosen)
        overrides.require_reason(against, given)
        to["against"] = list(against)
    holds = verdicts.decide_change(unit, manager, verification, given, to, pack, now)
    given = overrides.told(given, against)
    if holds is None:
        return verdicts.proposed(unit, manager, verification, "change specialties, level or checked entries", given, now)
    unit.claims.mark_checked(verification.person_id, holds["checked_claims"], manager.id, now)
    text = given or "Specialties, level or checked entries changed."
    return unit.verifications.judge(verification_id, holds["specialties"], holds["level"], actor_person_id=manager.id, note=text, now=now)


def suspend(unit: UnitOfWork, manager: Person, verification_id: int, reason: str, now: dt.datetime) -> Verification:
    """Pause a verification; ``resume`` gives it back as it was. Raises as ``decline``; ``Conflict`` when it is not in force."""
    verification = _held(unit, manager, verification_id)
    text = _reason(reason)
    if verification.status == "verified" and not verification.in_force(now):
        raise Conflict("This verification has expired, so there is nothing to suspend.")
    return _change(unit, manager, verification, "suspended", text, now, verification.valid_until_utc)


def resume(unit: UnitOfWork, manager: Person, verification_id: int, note: str, now: dt.datetime) -> Verification:
    """End a suspension; date, specialties and level are those of before. Raises as ``verify``; ``Conflict`` when none is suspended
    or its date has passed.
    """
    verification = _held(unit, manager, verification_id)
    if verification.status != "suspended":
        raise Conflict("This verification is not suspended. Load the page again to see where it stands.")
    if verification.valid_until_utc is not None and now >= verification.valid_until_utc:
        raise Conflict("Its date has passed while it was suspended. Revoke it; they can start again.")
    return _change(unit, manager, verification, "verified", _text(note), now, verification.valid_until_utc)


def decline(
    unit: UnitOfWork, manager: Person, verification_id: int, reason: str, now: dt.datetime, *, packs: Mapping[str, Pack] | None = None
) -> Verification:
    """Decline the person in this domain. They may appeal or start again. With two reviewers the first's is a proposal.

    Raises as ``verify``, and without a reason ``BadInput``.
    """
    verification, text = _held(unit, manager, verification_id), _reason(reason)
    status.check(verification.status, "declined")
    if verdicts.decide(unit, manager, verification, text, {"to": "declined"}, (packs or {}).get(verification.domain), now) is None:
        return verdicts.proposed(unit, manager, verification, "decline", text, now)
    return _change(unit, manager, verification, "declined", text, now, None)


def revoke(unit: UnitOfWork, manager: Person, verification_id: int, reason: str, now: dt.datetime) -> Verification:
    """Take a verification back. Raises as ``decline``; ``Conflict`` when there is none to take back."""
    return _change(unit, manager, _held(unit, manager, verification_id), "revoked", _reason(reason), now, None)


def ask_more(unit: UnitOfWork, manager: Person, verification_id: int, text: str, now: dt.datetime) -> Verification:
    """Ask the candidate for more before anybody decides. They read ``text`` in the portal. Raises as ``decline``."""
    verification, asked = _held(unit, manager, verification_id), _reason(text, "Write what is missing: the candidate reads it and answers.")
    status.check(verification.status, "more_asked")
    verdicts.require_not_barred(unit, manager, verification)
    unit.reviews.add(verification.id, "request", manager.id, asked, now)
    return _change(unit, manager, verification, "more_asked", asked, now, None)


def take_up(unit: UnitOfWork, manager: Person, verification_id: int, note: str, now: dt.datetime) -> Verification:
    """Go on with the review without waiting for what was asked. Raises as ``verify``; ``Conflict`` when nothing was asked."""
    verification = _held(unit, manager, verification_id)
    if verification.status != "more_asked":
        raise Conflict("Nothing is being waited for here. Load the page again to see where it stands.")
    verdicts.require_not_barred(unit, manager, verification)
    return _change(unit, manager, verification, "in_review", _text(note), now, None)


def renew(
    unit: UnitOfWork, manager: Person, verification_id: int, valid_until: dt.date, note: str, now: dt.datetime, *, packs: Mapping[str, Pack] | None = None
) -> Verification:
    """Let a verification that was looked at again go on, up to the end of ``valid_until``; what the person was reminded of is settled.

    Where the pack asks for two reviewers, a later date is a proposal until another makes it too; the earlier of theirs holds.
    Raises as ``verify``, also without a reason when the policy speaks against it; ``Conflict`` when it is not in force.
    """
    _end_of(valid_until, now)
    verification = _held(unit, manager, verification_id)
    if not verification.in_force(now):
        raise Conflict("Only a verification that is in force can be renewed. Load the page again to see where it stands.")
    pack, said = (packs or {}).get(verification.domain), _text(note)
    against = _against(unit, verification, pack, now)
    overrides.require_reason(against, said)
    to = {"to": "renewed", "valid_until": valid_until.isoformat(), "against": list(against)}
    holds = verdicts.decide_change(unit, manager, verification, said, to, pack, now)
    said = overrides.told(said, against)
    if holds is None:
        return verdicts.proposed(unit, manager, verification, f"renew until {_day(valid_until)}", said, now)
    until = dt.date.fromisoformat(holds["valid_until"])
    unit.reminders.close(verification_id, "renewed", now)
    text = f"Renewed until {_day(until)}." + (f"\n{said}" if said else "")
    return unit.verifications.extend(verification_id, _end_of(until, now), actor_person_id=manager.id, note=text, now=now)


def _end_of(valid_until: dt.date, now: dt.datetime) -> dt.datetime:
    """The end of a day that a verification may end on. Raises ``BadInput``."""
    today = now.astimezone(dt.timezone.utc).date()
    if valid_until <= today:
        raise BadInput("Valid until: choose a date after today.")
    if valid_until.year > today.year + LONGEST_YEARS:
        raise BadInput(f"Valid until: choose a date within the next {LONGEST_YEARS} years.")
    return dt.datetime.combine(valid_until, dt.time(23, 59, 59), dt.timezone.utc)


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _weighed(
    unit: UnitOfWork, verification: Verification, pack: Pack | None, checked_claims: Collection[int], now: dt.datetime, specialties: Collection[str] = ()
) -> PolicyResult | None:
    signals = told(unit, unit.interviews.of_verification(verification.id))
    return verdicts.weighed(unit, verification, pack, checked_claims, signals, now, specialties) if pack else None


def _against(
    unit: UnitOfWork, verification: Verification, pack: Pack | None, now: dt.datetime, claims: Collection[int] = (), specialties: Collection[str] = ()
) -> tuple[str, ...]:
    """What the policy has against a change of what is in force, that no look at the dossier answers."""
    weighed = _weighed(unit, verification, pack, claims, now, specialties)
    return overrides.against_policy(weighed, [one.in_words for one in overrides.to_look_at(weighed)])


def _held(unit: UnitOfWork, manager: Person, verification_id: int) -> Verification:
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
    unit: UnitOfWork, manager: Person, verification: Verification, to: Status, reason: str, now: dt.datetime, valid_until_utc: dt.datetime | None
) -> Verification:
    status.check(verification.status, to)
    return unit.verifications.change(
        verification.id, to, actor_person_id=manager.id, reason=reason, now=now, valid_until_utc=valid_until_utc
    )


def _judged(
    unit: UnitOfWork, verification: Verification, specialties: Sequence[str], level: int | None, claim_ids: Collection[int],
    packs: Mapping[str, Pack] | None,
) -> tuple[str, ...]:
    """The specialties in the pack's order. Raises ``BadInput`` for what cannot be meant."""
    pack = (packs or {}).get(verification.domain)
    known = [one.id for one in pack.specialties] if pack else []
    for one in specialties:
        if one not in known:
            raise BadInput("Specialties: one of them is not in this domain. Load the page again and choose from the list.")
    if len(set(specialties)) > MOST_SPECIALTIES:
        raise BadInput(f"Specialties: choose at most {MOST_SPECIALTIES}.")
    if level is not None and (isinstance(level, bool) or not LEVELS[0] <= level <= LEVELS[-1]):
        raise BadInput(f"Level: choose a number from {LEVELS[0]} to {LEVELS[-1]}, or none.")
    checkable = {claim.id for claim in unit.claims.of(verification.person_id) if claim.kind in ("licence", "language")}
    if not set(claim_ids) <= checkable:
        raise BadInput("An entry that you marked as checked is no longer there, or is no licence or language. Load the page again.")
    return tuple(one for one in known if one in set(specialties))


def _reason(text: str, empty: str = "Write the reason: the candidate reads it, and so does whoever looks at this later.") -> str:
    text = _text(text, "Reason")
    if not text:
        raise BadInput(empty)
    return text


def _text(text: str, field: str = "Note") -> str:
    text = clean(text)
    if len(text) > REASON_MAX_CHARS:
        raise BadInput(f"{field}: write at most {REASON_MAX_CHARS:,} characters; there are {len(text):,}.")
    return text
