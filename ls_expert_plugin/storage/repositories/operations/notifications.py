"""Repository of notifications: what waits to be sent to people who agreed to it, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import cast

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from ls_expert_plugin.notifications.values import KEPT, Kind, Notification, Outcome, wait_after
from ls_expert_plugin.storage.tables import ConsentRow, NotificationRow, PersonRow
from ls_expert_plugin.vetting.values import NOTIFICATIONS

_WAITS = NotificationRow.settled_at_utc.is_(None)


class Notifications:
    """What is written with the change that it tells of, and sent by the worker."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def note(self, person_ids: Collection[int], kind: Kind, now: dt.datetime, *, domain: str = "") -> None:
        """Tell these people, as far as they have agreed to be written to."""
        self._add(self._agreed(person_ids), kind, now, domain)

    def note_counts(self, counts: Mapping[int, int], kind: Kind, now: dt.datetime) -> None:
        """Tell people, by Label Studio's id, of so many things."""
        if not counts:
            return
        agreed = self._session.execute(
            select(PersonRow.id, PersonRow.ls_user_id).where(PersonRow.ls_user_id.in_(sorted(counts)), _has_agreed())
        )
        self._session.add_all([
            NotificationRow(person_id=person_id, kind=kind, count=counts[ls_user_id], made_at_utc=now) for person_id, ls_user_id in agreed
        ])
        self._session.flush()

    def note_managers(self, kind: Kind, now: dt.datetime, *, domain: str = "", but: int | None = None) -> None:
        """Tell the managers who agreed, except one."""
        managers = self._session.scalars(
            select(PersonRow.id).where(PersonRow.role == "manager", PersonRow.gone_at_utc.is_(None), PersonRow.id != (but or 0), _has_agreed())
        ).all()
        self._add(managers, kind, now, domain)

    def take_back(self, kind: Kind, domain: str, made_at_utc: dt.datetime) -> None:
        """Forget what managers would be told of one thing that is over: of each the one notification made then. What is being sent stays."""
        first = select(func.min(NotificationRow.id)).where(
            _WAITS, NotificationRow.kind == kind, NotificationRow.domain == domain, NotificationRow.made_at_utc == made_at_utc, NotificationRow.attempts == 0,
        ).group_by(NotificationRow.person_id)
        ids = self._session.scalars(first).all()
        if ids:
            self._session.execute(delete(NotificationRow).where(NotificationRow.id.in_(ids), _WAITS, NotificationRow.attempts == 0))

    def people_due(self, made_before: dt.datetime, now: dt.datetime, limit: int) -> tuple[int, ...]:
        """Whose messages go now; the longest waiting first."""
        return tuple(self._session.scalars(
            select(NotificationRow.person_id).where(
                _WAITS, NotificationRow.made_at_utc <= made_before,
                NotificationRow.next_attempt_at_utc.is_(None) | (NotificationRow.next_attempt_at_utc <= now),
            ).group_by(NotificationRow.person_id).order_by(func.min(NotificationRow.id)).limit(limit)
        ))

    def claim(self, person_id: int, now: dt.datetime) -> tuple[Notification, ...]:
        """What goes to a person in one message, marked as begun, oldest first: what was begun together before, or else all that is new.

        So a message that is sent again is the same one, and what came since is another.
        """
        rows = self._session.scalars(
            select(NotificationRow).where(
                _WAITS, NotificationRow.person_id == person_id,
                NotificationRow.next_attempt_at_utc.is_(None) | (NotificationRow.next_attempt_at_utc <= now),
            ).order_by(NotificationRow.id).with_for_update(key_share=True, skip_locked=True)
        ).all()
        rows = [row for row in rows if (row.attempts, row.next_attempt_at_utc) == (rows[0].attempts, rows[0].next_attempt_at_utc)]
        for row in rows:
            row.attempts += 1
            row.next_attempt_at_utc = now + wait_after(row.attempts)
        self._session.flush()
        return tuple(_notification(row) for row in rows)

    def settle(self, ids: Collection[int], outcome: Outcome, now: dt.datetime) -> None:
        """Note what became of these notifications, sent or given up."""
        self._session.execute(update(NotificationRow).where(NotificationRow.id.in_(list(ids)), _WAITS).values(settled_at_utc=now, outcome=outcome))

    def give_up(self, made_before: dt.datetime, now: dt.datetime) -> int:
        """Settle what has waited since then; how many."""
        given_up = self._session.scalars(select(NotificationRow.id).where(_WAITS, NotificationRow.made_at_utc <= made_before)).all()
        self.settle(given_up, "given_up", now)
        return len(given_up)

    def drop(self, person_id: int, *, only: Collection[int] | None = None) -> None:
        """Forget what waits for a person, or some of it."""
        query = delete(NotificationRow).where(_WAITS, NotificationRow.person_id == person_id)
        if only is None or only:
            self._session.execute(query if only is None else query.where(NotificationRow.id.in_(list(only))))

    def forget(self, now: dt.datetime) -> None:
        """Remove what has been over for a while."""
        self._session.execute(delete(NotificationRow).where(NotificationRow.settled_at_utc < now - KEPT))

    def waiting(self) -> tuple[int, dt.datetime | None]:
        """How many wait, and since when the oldest does."""
        count, oldest = self._session.execute(select(func.count(), func.min(NotificationRow.made_at_utc)).where(_WAITS)).one()
        return count, oldest

    def _agreed(self, person_ids: Collection[int]) -> Collection[int]:
        return self._session.scalars(select(PersonRow.id).where(PersonRow.id.in_(sorted(person_ids)), _has_agreed())).all()

    def _add(self, person_ids: Collection[int], kind: Kind, now: dt.datetime, domain: str) -> None:
        self._session.add_all([NotificationRow(person_id=one, kind=kind, domain=domain, made_at_utc=now) for one in person_ids])
        self._session.flush()


def _has_agreed() -> ColumnElement[bool]:
    """Roughly, by what the row says; sending looks at the text's version too."""
    return select(ConsentRow.id).where(
        ConsentRow.person_id == PersonRow.id, ConsentRow.purpose == NOTIFICATIONS, ConsentRow.withdrawn_at_utc.is_(None)
    ).exists()


def _notification(row: NotificationRow) -> Notification:
    return Notification(row.id, row.person_id, cast(Kind, row.kind), row.domain, row.count, row.made_at_utc, row.attempts)
