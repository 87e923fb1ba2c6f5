"""Withdrawal of an application by its candidate, while nobody has decided; and the end that a withdrawn consent brings to it.

What was said is kept, or erased, as the consent says (``privacy/retention.py``): withdrawing changes who works on it, not for how long it is there.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import Conflict, NotFound
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.lifecycle.status_catalogue import label
from ls_expert_plugin.vetting.values import Interview, Person, Status, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

UNDECIDED: frozenset[Status] = frozenset({"interested", "interviewing", "assessing", "in_review", "more_asked"})
REASON = "Application withdrawn."
_NOT_SEARCHED = "The application was withdrawn before the search, so nothing was searched."


@dataclass(frozen=True)
class WithdrawalEffects:
    """What ends with an application. ``ends_interview``: one is running; ``leaves_queue``: reviewers have it, or wait for a reply."""

    ends_interview: bool
    leaves_queue: bool


def may_withdraw(current: Status) -> bool:
    """Whether an application with this status can be withdrawn: nobody has decided about it yet. Pure."""
    return current in UNDECIDED


def effects(current: Status, interview: Interview | None) -> WithdrawalEffects:
    """What withdrawing an application with this status would end. Pure."""
    return WithdrawalEffects(
        ends_interview=interview is not None and interview.ended_at_utc is None, leaves_queue=current in ("assessing", "in_review", "more_asked"),
    )


def withdraw_application(unit: UnitOfWork, person: Person, verification_id: int, now: dt.datetime) -> Verification:
    """End this person's application in one domain; they may apply again. Profile, consent and other domains stay as they are.

    Raises ``NotFound`` (not theirs), ``Conflict`` (decided, or over).
    """
    verification = unit.verifications.lock(verification_id)
    if verification is None or verification.person_id != person.id:
        raise NotFound("There is no such application. Choose a domain on the home page.")
    current = status.at(verification, now)
    if not may_withdraw(current):
        raise Conflict(f"The status is {label(current)}: there is no open application to withdraw. Go back to home to see your options.")
    return end_application(unit, person, verification, now, reason=REASON, note=_NOT_SEARCHED)


def end_application(unit: UnitOfWork, person: Person, verification: Verification, now: dt.datetime, *, reason: str, note: str) -> Verification:
    """Make it withdrawn: a running interview ends, and a search that waits is not made, as ``note`` says. The caller has locked and checked it."""
    interview = unit.interviews.of_verification(verification.id)
    if interview:
        unit.interviews.end(interview.id, now)
        assessment = unit.interviews.assessment_of(interview.id)
        if assessment and assessment.state == "queued":
            unit.interviews.finish_assessment(
                assessment.id, state="failed", pack_version=assessment.pack_version, method="", prompt_version="", note=note, evidence=(), now=now,
            )
    return unit.verifications.change(verification.id, "withdrawn", actor_person_id=person.id, reason=reason, now=now)
