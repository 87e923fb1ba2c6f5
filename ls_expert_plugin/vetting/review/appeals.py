"""What candidates may do about a review: answer what was asked, say what is not right, appeal.

Nothing of it changes what others wrote: each is an entry beside the verification that the reviewer reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Conflict, NotFound
from ls_expert_plugin.vetting.consent import need_matching
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.review.decisions import reviewers
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import Person, ReviewEntry, StatusChange, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

TEXT_MAX_CHARS = 4000
# More than a reviewer reads.
MOST_CORRECTIONS = 50


def respond(unit: UnitOfWork, person: Person, verification_id: int, text: str, now: dt.datetime) -> Verification:
    """Answer what was asked for: ``text`` says what is there now. It goes back to review.

    Raises ``BadInput``, ``NotFound`` (not this person's), ``Forbidden`` (no consent), ``Conflict`` (nothing was asked).
    """
    verification = _mine(unit, person, verification_id)
    said = _text(text, "reply", "Enter your reply, or what you have added to your profile.")
    if verification.status != "more_asked":
        raise Conflict("No reply is needed now. Reload the page to see the current status.")
    unit.reviews.add(verification_id, "answer", person.id, said, now)
    return unit.verifications.change(verification_id, "in_review", actor_person_id=person.id, reason="Answered.", now=now)


def correct(unit: UnitOfWork, person: Person, verification_id: int, about: str, text: str, now: dt.datetime) -> Verification:
    """Say what is not right in what is shown; the note stands beside it and changes nothing else.

    ``about``: "competency:<id>" of what was found, "claim:<id>" of an own entry, "test", or "decision". Raises as ``respond``, ``BadInput`` for
    anything else, ``Conflict`` before there is anything to correct.
    """
    _mine(unit, person, verification_id)
    said = _text(text, "report", "Enter what is wrong, and what would be right.")
    interview = unit.interviews.of_verification(verification_id)
    assessment = unit.interviews.assessment_of(interview.id) if interview else None
    if assessment is None or assessment.state == "queued":
        raise Conflict("There is no result to report an error in yet. Come back when your interview has been prepared for review.")
    kind, _, key = about.partition(":")
    if kind == "claim" and key in {str(one.id) for one in unit.claims.of(person.id)}:
        pass
    elif not (about in ("decision", "test") or (kind == "competency" and key and len(about) <= 80 and key.replace("_", "").isalnum())):
        raise BadInput("What the report is about is no longer there. Reload the page and choose again.")
    if sum(one.kind == "correction" for one in unit.reviews.of(verification_id)) >= MOST_CORRECTIONS:
        raise BadInput(f"You have sent {MOST_CORRECTIONS} reports, the most there can be. Wait until a reviewer has read them.")
    unit.reviews.add(verification_id, "correction", person.id, said, now, about=about)
    return unit.verifications.note(verification_id, "The candidate says that something is not right.", actor_person_id=person.id, now=now)


def appeal(unit: UnitOfWork, person: Person, verification_id: int, text: str, pack: Pack, now: dt.datetime) -> Verification:
    """Have somebody else look again at a refusal, once. Raises as ``respond``; ``Conflict`` when there is none, or it is too late."""
    verification = _mine(unit, person, verification_id)
    said = _text(text, "appeal", "Enter why the decision should be reviewed again.")
    until = appeal_until(verification, unit.verifications.history(verification_id), unit.reviews.of(verification_id), pack.policy.appeal_days)
    if until is None or now >= until:
        raise Conflict("There is no decision that you can appeal against, or the time for it has passed. You can apply again.")
    status.check(verification.status, "in_review")
    unit.reviews.add(verification_id, "appeal", person.id, said, now)
    return unit.verifications.change(verification_id, "in_review", actor_person_id=person.id, reason="Appeal.", now=now)


def appeal_until(
    verification: Verification, history: Sequence[StatusChange], entries: Iterable[ReviewEntry], appeal_days: int
) -> dt.datetime | None:
    """Until when the person may appeal. None: never, because it is no person's refusal, or an appeal was decided. Pure."""
    if verification.status not in reviewers.REFUSALS or not reviewers.refused_by_person(history) or reviewers.appealed(history):
        return None
    return verification.updated_at_utc + dt.timedelta(days=appeal_days)


def _mine(unit: UnitOfWork, person: Person, verification_id: int) -> Verification:
    verification = unit.verifications.lock(verification_id)
    if verification is None or verification.person_id != person.id:
        raise NotFound("There is no such application. Choose a domain on the home page.")
    need_matching(unit, person)
    return verification


def _text(text: str, field: str, empty: str) -> str:
    text = clean(text)
    if not text:
        raise BadInput(empty)
    if len(text) > TEXT_MAX_CHARS:
        raise BadInput(f"Shorten your {field}: write at most {TEXT_MAX_CHARS:,} characters; there are {len(text):,}.")
    return text
