"""Retention: when what a person told us has been kept as long as their consent said. The decision is pure; ``enforce`` acts on it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.privacy.erasure import RETENTION, lock_whole
from ls_expert_plugin.vetting.values import Consent, Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

logger = logging.getLogger(__name__)
_OPEN = frozenset({"interested", "interviewing", "assessing", "in_review", "more_asked", "verified", "suspended"})


def kept_until(verifications: Sequence[Verification], consents: Sequence[Consent], setting_days: int, now: dt.datetime) -> dt.datetime | None:
    """Until when their words are kept: so many days after the last verification ended, or without any after the consent.

    None: no end yet, because something is under way or in force, or there was never a consent. The days are those that the newest consent
    named; fewer where the setting has been lowered since.
    """
    if not consents or any(status.at(one, now) in _OPEN for one in verifications):
        return None
    promised = consents[-1].retention_days
    days = setting_days if promised is None else min(promised, setting_days)
    ended = [_ended(one, now) for one in verifications] or [consents[-1].withdrawn_at_utc or consents[-1].given_at_utc]
    return max(ended) + dt.timedelta(days=days)


def _ended(verification: Verification, now: dt.datetime) -> dt.datetime:
    """When one that is over came to its end: at its date, or when it was ended by somebody."""
    by_date = verification.valid_until_utc
    if verification.status in ("verified", "expired") and by_date is not None and by_date <= now:
        return by_date
    return verification.updated_at_utc


def _is_over(until: dt.datetime | None, now: dt.datetime) -> bool:
    return until is not None and until <= now


def enforce(store: Database, setting_days: int, now: dt.datetime) -> int:
    """Remove what has been kept long enough; of how many people. They stay who they are, and may begin again.

    Who is due is found in a few statements for everybody, and looked at again behind the locks of a decision: meanwhile they may have begun anew.
    """
    with store.read() as unit:
        verifications, consents = unit.verifications.by_person(), unit.consents.by_person()
        over = [
            person for person, _ in unit.people.everybody()
            if _is_over(kept_until(verifications.get(person.id, ()), consents.get(person.id, ()), setting_days, now), now)
        ]
        due = [person for person in over if unit.erasures.holds_anything(person.id, person.ls_user_id)]
    removed = sum(store.run(lambda unit, person=person: _remove(unit, person, setting_days, now)) for person in due)  # type: ignore[misc]  # bound now
    if removed:
        logger.info("retention: removed what %d people had told us", removed)
    return removed


def _remove(unit: UnitOfWork, person: Person, setting_days: int, now: dt.datetime) -> bool:
    """Behind the locks, if it is still due."""
    lock_whole(unit, person)
    if not _is_over(kept_until(unit.verifications.of(person.id), unit.consents.of(person.id), setting_days, now), now):
        return False
    if not unit.erasures.holds_anything(person.id, person.ls_user_id):
        return False
    erasure = unit.erasures.ask(person.id, RETENTION, now)
    unit.erasures.remove(person.id, person.ls_user_id)
    if erasure.reason == RETENTION:
        unit.erasures.finish(erasure.id, now)
    return True
