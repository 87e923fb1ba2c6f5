"""Recheck of everybody who is verified: the facts from the database, the steps of ``recheck``, and writing them down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.review.recheck.schedule import DATE_PASSED, Expire, Remind, Reminder, Settle, steps
from ls_expert_plugin.vetting.values import Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

# Facts of so many are read in a few statements.
AT_A_TIME = 200


@dataclass(frozen=True)
class Step:
    """One thing that is to be done, or was."""

    person: Person
    domain: str
    step: Remind | Settle | Expire


@dataclass(frozen=True)
class DueRecheck:
    """Somebody who is verified and was reminded of something that is not settled."""

    verification: Verification
    person: Person
    reminder: Reminder


def recheck_all(store: Database, packs: Mapping[str, Pack], now: dt.datetime, *, dry_run: bool = False) -> tuple[Step, ...]:
    """Take every verification that counts one step further; one transaction for each that needs one. Twice changes nothing.

    A domain without a pack is left alone, except for dates that have passed: nobody knows what it asks for.
    """
    with store.read() as unit:
        pairs = unit.verifications.with_status("verified")
    planned: list[tuple[Verification, Person, Sequence[Remind | Settle | Expire]]] = []
    for start in range(0, len(pairs), AT_A_TIME):
        some = pairs[start : start + AT_A_TIME]
        with store.read() as unit:
            planned += [(one, person, todo) for (one, person), todo in zip(some, _steps(unit, some, packs, now), strict=True) if todo]
    done: list[Step] = []
    for one, person, todo in planned:
        if not dry_run:
            todo = store.run(partial(_take, verification_id=one.id, person=person, packs=packs, now=now))
        done.extend(Step(person, one.domain, step) for step in todo)
    return tuple(done)


def _take(unit: UnitOfWork, verification_id: int, person: Person, packs: Mapping[str, Pack], now: dt.datetime) -> tuple[Remind | Settle | Expire, ...]:
    """The steps as they are behind the lock, written down."""
    verification = unit.verifications.lock(verification_id)
    if verification is None or verification.status != "verified":
        return ()  # somebody was quicker
    [todo] = _steps(unit, [(verification, person)], packs, now)
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
    unit: UnitOfWork, pairs: Sequence[tuple[Verification, Person]], packs: Mapping[str, Pack], now: dt.datetime
) -> list[tuple[Remind | Settle | Expire, ...]]:
    """Of each of these what is to be done now."""
    facts = unit.recheck_facts.of([(one, person) for one, person in pairs if one.domain in packs], now)
    return [
        steps(*facts[one.id], packs[one.domain], now) if one.id in facts else () if one.in_force(now) else (Expire(DATE_PASSED),)
        for one, _ in pairs
    ]


def due_rechecks(unit: UnitOfWork) -> tuple[DueRecheck, ...]:
    """Whose verification is looked at again, the one that ends first before the others."""
    waiting = unit.reminders.open()
    due = [DueRecheck(one, person, reminder) for one, person in unit.verifications.with_status("verified") for reminder in waiting.get(one.id, ())]
    return tuple(sorted(due, key=lambda found: (found.reminder.until_utc, found.reminder.id)))
