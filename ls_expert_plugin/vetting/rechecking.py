"""Recheck of everybody who is verified: the facts from the database, the steps of ``recheck``, and writing them down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.grounds import credential
from ls_expert_plugin.vetting.recheck import Expire, Facts, Remind, Reminder, Settle, steps
from ls_expert_plugin.vetting.values import Person, StatusChange, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.store import Store, Unit


@dataclass(frozen=True)
class Step:
    """One thing that is to be done, or was."""

    person: Person
    domain: str
    step: Remind | Settle | Expire


def recheck_all(store: Store, packs: Mapping[str, Pack], now: dt.datetime, *, dry_run: bool = False) -> tuple[Step, ...]:
    """Take every verification that counts one step further; one transaction for each that needs one. Twice changes nothing.

    A domain without a pack is left alone, except for dates that have passed: nobody knows what it asks for.
    """
    with store.read() as unit:
        found = [(one, person, _steps(unit, one, person, packs, now)) for one, person in unit.verifications.with_status("verified")]
    planned = [(one, person, todo) for one, person, todo in found if todo]
    done: list[Step] = []
    for one, person, todo in planned:
        if not dry_run:
            todo = store.run(partial(_take, verification_id=one.id, person=person, packs=packs, now=now))
        done.extend(Step(person, one.domain, step) for step in todo)
    return tuple(done)


def _take(unit: Unit, verification_id: int, person: Person, packs: Mapping[str, Pack], now: dt.datetime) -> tuple[Remind | Settle | Expire, ...]:
    """The steps as they are behind the lock, written down."""
    verification = unit.verifications.lock(verification_id)
    if verification is None or verification.status != "verified":
        return ()  # somebody was quicker
    todo = _steps(unit, verification, person, packs, now)
    for step in todo:
        if isinstance(step, Remind):
            unit.reminders.add(verification_id, step.reason, step.until_utc, now)
        elif isinstance(step, Settle):
            unit.reminders.close(verification_id, "settled", now, only=step.reminder.id)
        else:
            ended = min(now, verification.valid_until_utc or now)
            unit.verifications.change(verification_id, "expired", actor_person_id=None, reason=step.text, now=now, valid_until_utc=ended)
    return todo


def _steps(
    unit: Unit, verification: Verification, person: Person, packs: Mapping[str, Pack], now: dt.datetime
) -> tuple[Remind | Settle | Expire, ...]:
    pack = packs.get(verification.domain)
    if pack is None:
        return () if verification.in_force(now) else (Expire("The date has passed."),)
    return steps(_facts(unit, verification, person, now), unit.reminders.of(verification.id), pack, now)


def _facts(unit: Unit, verification: Verification, person: Person, now: dt.datetime) -> Facts:
    interview = unit.interviews.of_verification(verification.id)
    assessment = unit.interviews.assessment_of(interview.id) if interview else None
    open_ids = {one.ls_project_id for one in unit.memberships.of(person.ls_user_id) if one.in_force(now)}
    return Facts(
        verification=verification,
        credentials=tuple(credential(one) for one in unit.claims.of(person.id) if one.kind == "licence"),
        rubric=assessment.pack_version if assessment else None,
        active_since_utc=max(
            verified_at(verification, unit.verifications.history(verification.id)),
            unit.reminders.last_work(person.ls_user_id, verification.domain) or dt.datetime.min.replace(tzinfo=dt.timezone.utc),
        ),
        has_projects=any(one.domain == verification.domain for one in unit.projects.those(open_ids)),
        work=unit.control.of(person.ls_user_id, verification.domain),
        by_policy=by_policy(unit.verifications.history(verification.id)),
    )


def verified_at(verification: Verification, history: Sequence[StatusChange]) -> dt.datetime:
    """When somebody last became verified; a suspension that was lifted counts too, because they could not work."""
    return max((one.at_utc for one in history if one.to_status == "verified" != one.from_status), default=verification.updated_at_utc)


def by_policy(history: Sequence[StatusChange]) -> bool:
    """Whether the pack's policy verified somebody the last time, and no person has looked at it since."""
    verified = [one for one in history if one.to_status == "verified"]
    return bool(verified) and verified[-1].actor_person_id is None


def open_reminders(unit: Unit) -> list[tuple[Verification, Person, Reminder]]:
    """Whose verification is looked at again, the one that ends first before the others."""
    waiting = unit.reminders.open()
    pairs = [(one, person, reminder) for one, person in unit.verifications.with_status("verified") for reminder in waiting.get(one.id, ())]
    return sorted(pairs, key=lambda found: (found[2].until_utc, found[2].id))
