"""Repository of reminders: who was told that their verification is looked at again, why, and until when they have."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.repositories.operations.notifications import Notifications
from ls_expert_plugin.storage.tables import ReminderRow, VerificationRow
from ls_expert_plugin.vetting.review.recheck.schedule import Reason, Reminder


class Reminders:
    """Repository of reminders, which are kept when they are over. Kept when they are over."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, verification_id: int) -> tuple[Reminder, ...]:
        """All of a verification, oldest first."""
        rows = self._session.scalars(
            select(ReminderRow).where(ReminderRow.verification_id == verification_id).order_by(ReminderRow.id)
            .execution_options(populate_existing=True)
        )
        return tuple(as_reminder(row) for row in rows)

    def open(self) -> dict[int, tuple[Reminder, ...]]:
        """Those that are not over, by verification, the one that ends first before the others."""
        found: dict[int, tuple[Reminder, ...]] = {}
        rows = self._session.scalars(select(ReminderRow).where(ReminderRow.settled_at_utc.is_(None)).order_by(ReminderRow.until_utc, ReminderRow.id))
        for row in rows:
            found[row.verification_id] = (*found.get(row.verification_id, ()), as_reminder(row))
        return found

    def add(self, verification_id: int, reason: Reason, until_utc: dt.datetime, now: dt.datetime) -> None:
        """Write a reminder down; the portal shows it from then on."""
        self._session.add(ReminderRow(
            verification_id=verification_id, cause=reason.cause, about=reason.about, text=reason.text, sent_at_utc=now, until_utc=until_utc, outcome="",
        ))
        self._session.flush()
        verification = self._session.get_one(VerificationRow, verification_id)
        Notifications(self._session).note([verification.person_id], "reminder", now, domain=verification.domain)

    def close(self, verification_id: int, outcome: str, now: dt.datetime, *, only: int | None = None) -> None:
        """End what is open, or one of it."""
        for row in self._session.scalars(
            select(ReminderRow).where(ReminderRow.verification_id == verification_id, ReminderRow.settled_at_utc.is_(None))
        ):
            if only in (None, row.id):
                row.settled_at_utc, row.outcome = now, outcome
        self._session.flush()


def as_reminder(row: ReminderRow) -> Reminder:
    """The row as a frozen value of vetting."""
    return Reminder(row.id, row.verification_id, row.cause, row.about, row.text, row.sent_at_utc, row.until_utc, row.settled_at_utc, row.outcome)
