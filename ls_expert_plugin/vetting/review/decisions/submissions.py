"""Use case of the decision form: a reviewer's submission is checked against what they saw, and carried out by ``actions.py``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.errors import BadInput, Conflict
from ls_expert_plugin.vetting.profile.claim_history import lookup
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.decisions.claim_fingerprints import LookedUp, looked_up
from ls_expert_plugin.vetting.values import Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

Action = Literal["verify", "renew", "ask_more", "take_up", "decline", "revoke", "amend", "suspend", "resume"]

# After these nobody has the review any more; a proposal is for another reviewer to take up.
ENDS_THE_REVIEW = frozenset({"verify", "decline", "revoke", "renew"})


@dataclass(frozen=True)
class Submission:
    """What a reviewer sent, unchecked. ``text``: the note or the reason, as ``action`` has it; ``valid_until``: an ISO date.

    ``revision``: the verification's, as their page showed it. ``ticked``: fingerprints of the entries they looked up; ``lookups``: by the id
    of a licence, (where, ISO date) that they looked it up.
    """

    action: Action
    revision: str
    text: str = ""
    valid_until: str = ""
    level: str = ""
    specialties: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    looked_at: tuple[str, ...] = ()
    lookups: Mapping[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a submission came to. ``is_proposal``: another reviewer decides too. ``person``: whom it is about, if they are still there."""

    is_proposal: bool
    person: Person | None


def submit(
    unit: UnitOfWork, manager: Person, verification_id: int, submission: Submission, packs: Mapping[str, Pack], now: dt.datetime
) -> Outcome:
    """Carry it out, if the verification still is what the reviewer saw.

    Raises ``Conflict`` when something has changed since, otherwise as the functions of ``actions.py`` do.
    """
    seen = unit.verifications.lock(verification_id)
    if seen is not None and str(seen.revision) != submission.revision:
        raise Conflict("Something about this person has changed since you opened the page. Read it again, then decide.")
    before = unit.reviews.of(verification_id)
    decided = _carry_out(unit, manager, verification_id, submission, packs, now)
    if submission.action in ENDS_THE_REVIEW:
        unit.assignments.release(verification_id)
    added = unit.reviews.of(verification_id)[len(before):]
    is_proposal = any(entry.verdict is not None and not entry.verdict.is_decided for entry in added)
    return Outcome(is_proposal, unit.people.get(decided.person_id))


def _carry_out(
    unit: UnitOfWork, manager: Person, verification_id: int, sent: Submission, packs: Mapping[str, Pack], now: dt.datetime
) -> Verification:
    match sent.action:
        case "verify":
            checked = _looked_up(unit, verification_id, sent).checked
            return actions.verify(
                unit, manager, verification_id, end_date(sent.valid_until), sent.text, now, specialties=sent.specialties, level=level(sent.level),
                checked_claims=checked, packs=packs, looked_at=sent.looked_at,
                lookups={claim_id: lookup(*where_and_when, now) for claim_id, where_and_when in sent.lookups.items() if claim_id in checked},
            )
        case "renew":
            return actions.renew(unit, manager, verification_id, end_date(sent.valid_until), sent.text, now, packs=packs)
        case "amend":
            found = _looked_up(unit, verification_id, sent)
            if not sent.text.strip():
                raise BadInput("Write the reason: it stands in the history, and whoever looks at this later reads it.")
            return actions.amend(
                unit, manager, verification_id, sent.text, now, specialties=sent.specialties, level=level(sent.level),
                checked_claims=found.checked, unchecked_claims=found.unchecked, packs=packs,
            )
        case "decline":
            return actions.decline(unit, manager, verification_id, sent.text, now, packs=packs)
        case "ask_more":
            return actions.ask_more(unit, manager, verification_id, sent.text, now)
        case "take_up":
            return actions.take_up(unit, manager, verification_id, sent.text, now)
        case "revoke":
            return actions.revoke(unit, manager, verification_id, sent.text, now)
        case "suspend":
            return actions.suspend(unit, manager, verification_id, sent.text, now)
        case "resume":
            return actions.resume(unit, manager, verification_id, sent.text, now)


def _looked_up(unit: UnitOfWork, verification_id: int, sent: Submission) -> LookedUp:
    """What was ticked, of entries that stay as they are up to the end of this unit."""
    verification = unit.verifications.get(verification_id)
    return looked_up(unit.claims.lock(verification.person_id) if verification else (), sent.ticked)


def end_date(text: str) -> dt.date:
    """The ISO date that was sent. Raises ``BadInput``. Pure."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadInput("Valid until: choose a date, such as 2027-06-30.") from None


def level(text: str) -> int | None:
    """The level that was sent; None for none. What is no digit reads as 0, which is refused later. Pure."""
    return (int(text) if text.isascii() and text.isdigit() and len(text) == 1 else 0) if text else None
