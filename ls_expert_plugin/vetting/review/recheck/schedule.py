"""When a verification is looked at again: from facts and dates to reminders, their end, and expiry. Pure.

A reason comes up → the person is reminded and has a grace period → what cleared it settles the reminder, or a manager renews; otherwise
the verification expires. What a person could bring about by an edit alone settles nothing: a licence counts when it has been checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.vetting.evidence.grounds import LicenceGround, WorkResult
from ls_expert_plugin.vetting.review.policy.evaluation import counts, is_poor
from ls_expert_plugin.vetting.values import Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

Cause = Literal["licence", "version", "dormant", "quality", "date"]
DATE_PASSED = "The date has passed."


@dataclass(frozen=True)
class Facts:
    """What is known of somebody verified. ``rubric``: the pack's version that their interview was read with; None: no interview.

    ``active_since_utc``: their last work in the domain, or when they were verified. ``has_projects``: there is something to work on.
    ``by_policy``: no person verified them, so that nobody but the evidence vouches for it.
    """

    verification: Verification
    credentials: tuple[LicenceGround, ...]
    rubric: int | None
    active_since_utc: dt.datetime
    has_projects: bool
    work: WorkResult | None = None
    by_policy: bool = False


@dataclass(frozen=True)
class Reason:
    """Why to look again. ``about`` is the same for the same reason; ``not_before_utc``: the grace period ends no sooner."""

    cause: Cause
    about: str
    text: str
    not_before_utc: dt.datetime | None = None


@dataclass(frozen=True)
class Reminder:
    """A reason that the person was told of, and until when they have. Open while ``settled_at_utc`` is None.

    ``outcome`` then: settled (what it was about was cleared), renewed (by a manager), or ended, with the verification's standing.
    """

    id: int
    verification_id: int
    cause: str
    about: str
    text: str
    sent_at_utc: dt.datetime
    until_utc: dt.datetime
    settled_at_utc: dt.datetime | None
    outcome: str = ""


@dataclass(frozen=True)
class Remind:
    """Step of a recheck: tell the person that the end is near."""

    reason: Reason
    until_utc: dt.datetime


@dataclass(frozen=True)
class Settle:
    """What the reminder was about has been cleared."""

    reminder: Reminder


@dataclass(frozen=True)
class Expire:
    """End the verification, for this reason."""

    text: str


def steps(facts: Facts, reminders: Sequence[Reminder], pack: Pack, now: dt.datetime) -> tuple[Remind | Settle | Expire, ...]:
    """What to do now. ``Expire`` stands alone. Doing it and asking again at the same moment gives nothing."""
    if not facts.verification.in_force(now):
        return (Expire(DATE_PASSED),)
    waiting = [one for one in reminders if one.settled_at_utc is None]
    settled = [one for one in waiting if _cleared(one, facts, pack, now)]
    for one in waiting:
        if one not in settled and now >= one.until_utc:
            return (Expire(f"Due for re-review, and not settled in time: {one.text}"),)
    said = {(one.cause, one.about) for one in reminders if one.settled_at_utc is None or one.outcome == "renewed"}
    causes = {one.cause for one in waiting if one not in settled}
    fresh = [one for one in reasons(facts, pack, now) if (one.cause, one.about) not in said and one.cause not in causes]
    return (*(Settle(one) for one in settled), *(Remind(one, _until(one, pack, now)) for one in fresh))


def reasons(facts: Facts, pack: Pack, now: dt.datetime) -> Iterator[Reason]:
    """The reasons that there are now, at most one of a cause."""
    recheck, today = pack.policy.recheck, _day(now)
    notice = dt.timedelta(days=recheck.licence_notice_days)
    last = _last_to_end(facts, pack)
    if last is not None and last.ends_on is not None and last.ends_on - today <= notice:
        text = (
            f"Your licence {'ended' if last.ends_on < today else 'ends'} on {_said(last.ends_on)}. Enter the new date in your profile; "
            "a manager looks it up and confirms it."
        )
        yield Reason("licence", f"licence:{last.claim_id}:{last.ends_on}", text, _end_of(last.ends_on))
    if facts.by_policy and pack.policy.required_credentials and not any(counts(one, pack.policy, dt.date.min) for one in _required(facts, pack)):
        text = (
            "The licence that verified you by itself is not confirmed any more: it was changed or removed, something speaks against it, or your name "
            "changed after the register was asked. A manager looks at it again."
        )
        yield Reason("licence", "licence:none", text)
    if recheck.on_new_version and facts.rubric is not None and facts.rubric < pack.version:
        yield Reason("version", f"version:{pack.version}", "What is asked for in this domain has changed. A manager looks at your verification again.")
    idle = now - facts.active_since_utc
    if facts.has_projects and idle >= dt.timedelta(days=recheck.dormant_after_days):
        text = f"You have not worked in this domain for {idle.days} days. Submit an annotation in one of its projects to stay verified."
        yield Reason("dormant", f"dormant:{_day(facts.active_since_utc)}", text)
    work = facts.work
    if work is not None and is_poor(pack.policy, work.control_answers, work.right):
        text = f"{work.right} of your {work.control_answers} answers to control tasks are right; {recheck.minimum_right_percent} % are asked for."
        yield Reason("quality", f"quality:{work.control_answers // recheck.minimum_control_answers}", text)
    until = facts.verification.valid_until_utc
    if until is not None and until - now <= notice:
        yield Reason("date", f"date:{_day(until)}", f"Your verification ends on {_said(_day(until))}. A manager can renew it until then.", until)


def _cleared(reminder: Reminder, facts: Facts, pack: Pack, now: dt.datetime) -> bool:
    notice = dt.timedelta(days=pack.policy.recheck.licence_notice_days)
    if reminder.cause == "licence":
        good = [one for one in _required(facts, pack) if counts(one, pack.policy, _day(now))]
        return any(one.ends_on is None or one.ends_on - _day(now) > notice for one in good)
    if reminder.cause == "version":
        return facts.rubric is not None and facts.rubric >= pack.version
    if reminder.cause == "dormant":
        return facts.active_since_utc > reminder.sent_at_utc
    if reminder.cause == "quality":
        return facts.work is not None and not is_poor(pack.policy, facts.work.control_answers, facts.work.right)
    until = facts.verification.valid_until_utc
    return until is None or until - now > notice


def _last_to_end(facts: Facts, pack: Pack) -> LicenceGround | None:
    """The licence that the verification rests on longest. None: it rests on none, or on one without an end."""
    held = [one for one in _required(facts, pack) if counts(one, pack.policy, dt.date.min)]
    if not held or any(one.ends_on is None for one in held):
        return None
    return max(held, key=lambda one: one.ends_on or dt.date.max)


def _required(facts: Facts, pack: Pack) -> list[LicenceGround]:
    return [one for one in facts.credentials if one.kind in pack.policy.required_credentials]


def _until(reason: Reason, pack: Pack, now: dt.datetime) -> dt.datetime:
    """The end of the grace period; the end of a verification is none that could be put off."""
    if reason.cause == "date" and reason.not_before_utc is not None:
        return reason.not_before_utc
    grace = now + dt.timedelta(days=pack.policy.recheck.grace_days)
    return max(grace, reason.not_before_utc or grace)


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(23, 59, 59), dt.timezone.utc)


def _said(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(dt.timezone.utc).date()
