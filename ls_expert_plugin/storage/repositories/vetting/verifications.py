"""Repository of verifications and their history.

``lock`` is how two requests about the same verification, its interview or its assessment wait for each other: use cases
take it first, then read, decide and write. On SQLite the whole unit already has the write lock.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from ls_expert_plugin.notifications.values import kind_of
from ls_expert_plugin.storage.repositories.operations.notifications import Notifications
from ls_expert_plugin.storage.repositories.people.people import as_person, name_of
from ls_expert_plugin.storage.tables import PersonRow, ReminderRow, RoutingDueRow, VerificationEventRow, VerificationRow
from ls_expert_plugin.vetting.values import Person, Status, StatusChange, Verification


class Verifications:
    """Repository of verifications: where people stand in domains. Each change adds a line of history and one to the revision."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, verification_id: int) -> Verification | None:
        """The verification with this id, without a lock."""
        row = self._session.get(VerificationRow, verification_id, populate_existing=True)
        return as_verification(row) if row else None

    def lock(self, verification_id: int) -> Verification | None:
        """The verification as it is now, locked: nobody else changes it before this unit ends."""
        row = self._session.get(VerificationRow, verification_id, with_for_update={"key_share": True})  # reads it anew, too
        return as_verification(row) if row else None

    def of(self, person_id: int) -> tuple[Verification, ...]:
        """All of a person's verifications, by id: whoever locks several does it in this order."""
        rows = self._session.scalars(
            select(VerificationRow)
            .where(VerificationRow.person_id == person_id)
            .order_by(VerificationRow.id)
            .execution_options(populate_existing=True)
        )
        return tuple(as_verification(row) for row in rows)

    def by_person(self) -> dict[int, tuple[Verification, ...]]:
        """Verifications of everybody, by person and id."""
        found: dict[int, list[Verification]] = defaultdict(list)
        for row in self._session.scalars(select(VerificationRow).order_by(VerificationRow.id)):
            found[row.person_id].append(as_verification(row))
        return {person_id: tuple(theirs) for person_id, theirs in found.items()}

    def with_status(self, *statuses: Status) -> tuple[tuple[Verification, Person], ...]:
        """Those with one of these statuses whose person is there, longest unchanged first."""
        rows = self._session.execute(
            select(VerificationRow, PersonRow)
            .join(PersonRow, PersonRow.id == VerificationRow.person_id)
            .where(VerificationRow.status.in_(statuses), PersonRow.gone_at_utc.is_(None))
            .order_by(VerificationRow.updated_at_utc, VerificationRow.id)
        )
        return tuple((as_verification(verification), as_person(person)) for verification, person in rows)

    def came_back_from(self, statuses: Collection[Status]) -> frozenset[int]:
        """Ids of verifications in review that have come to it from one of these statuses at some time."""
        event = VerificationEventRow
        return frozenset(self._session.scalars(
            select(event.verification_id).join(VerificationRow, VerificationRow.id == event.verification_id)
            .where(VerificationRow.status == "in_review", event.to_status == "in_review", event.from_status.in_(statuses))
        ))

    def verified_ls_user_ids(self, domain: str, now: dt.datetime) -> frozenset[int]:
        """Label Studio's ids of those whose verification in this domain is in force."""
        pairs = self.with_status("verified")
        return frozenset(person.ls_user_id for one, person in pairs if one.domain == domain and one.in_force(now))

    def add(self, person_id: int, domain: str, status: Status, now: dt.datetime) -> Verification:
        """Begin a verification, with the first line of its history. One that is there already is returned as it is."""
        row = VerificationRow(
            person_id=person_id, domain=domain, status=status, reason="", revision=1, created_at_utc=now, updated_at_utc=now
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:  # another request was first
            return next(one for one in self.of(person_id) if one.domain == domain)
        self._note(row.id, "", status, person_id, "", now)
        return as_verification(row)

    def change(
        self,
        verification_id: int,
        to: Status,
        *,
        actor_person_id: int | None,
        reason: str,
        now: dt.datetime,
        valid_until_utc: dt.datetime | None = None,
    ) -> Verification:
        """Set the status (and the date, which every change replaces); reminders end. The caller has locked it and checked the change."""
        row = self._session.get_one(VerificationRow, verification_id)
        self._note(row.id, row.status, to, actor_person_id, reason, now)
        if row.status == "in_review" and to != "in_review":  # nobody waits for a review any more
            Notifications(self._session).take_back("to_review", row.domain, row.updated_at_utc)
        row.status, row.valid_until_utc, row.reason = to, valid_until_utc, reason
        row.revision, row.updated_at_utc = row.revision + 1, now
        self._session.flush()
        self._session.execute(
            update(ReminderRow).where(ReminderRow.verification_id == row.id, ReminderRow.settled_at_utc.is_(None))
            .values(settled_at_utc=now, outcome="ended")
        )
        self._session.execute(insert(RoutingDueRow).values(person_id=row.person_id))
        self._tell(row, actor_person_id, now)
        return as_verification(row)

    def judge(
        self, verification_id: int, specialties: Sequence[str], level: int | None, *, actor_person_id: int, note: str | None, now: dt.datetime
    ) -> Verification:
        """Set what a reviewer found of somebody: specialties and level. With a ``note``, a line of history tells of it.

        Where the person stands, until when and since when stay. The caller has locked it.
        """
        row = self._session.get_one(VerificationRow, verification_id)
        row.specialties, row.level = list(specialties), level
        if note is not None:
            self._note(row.id, row.status, row.status, actor_person_id, note, now)
            row.revision += 1
        self._session.flush()
        self._session.execute(insert(RoutingDueRow).values(person_id=row.person_id))
        return as_verification(row)

    def note(self, verification_id: int, note: str, *, actor_person_id: int | None, now: dt.datetime) -> Verification:
        """A line of history about something that leaves the status as it is; pages that were open before count as old."""
        row = self._session.get_one(VerificationRow, verification_id)
        self._note(row.id, row.status, row.status, actor_person_id, note, now)
        row.revision += 1
        self._session.flush()
        return as_verification(row)

    def extend(self, verification_id: int, valid_until_utc: dt.datetime, *, actor_person_id: int, note: str, now: dt.datetime) -> Verification:
        """Set another end of a verification, with a note. The caller has locked it."""
        row = self._session.get_one(VerificationRow, verification_id)
        row.valid_until_utc = valid_until_utc
        self._session.execute(insert(RoutingDueRow).values(person_id=row.person_id))
        return self.note(verification_id, note, actor_person_id=actor_person_id, now=now)

    def history(self, verification_id: int) -> tuple[StatusChange, ...]:
        """All changes of a verification, oldest first. ``actor`` is a person's name as it was then, or "system"."""
        rows = self._session.execute(
            select(VerificationEventRow, PersonRow)
            .outerjoin(PersonRow, PersonRow.id == VerificationEventRow.actor_person_id)
            .where(VerificationEventRow.verification_id == verification_id)
            .order_by(VerificationEventRow.id)
        )
        return tuple(
            StatusChange(
                from_status=event.from_status,
                to_status=event.to_status,
                actor=event.actor_name or (as_person(actor).shown_name if actor else "system"),
                reason=event.reason,
                at_utc=event.at_utc,
                actor_person_id=event.actor_person_id,
            )
            for event, actor in rows
        )

    def decision_waits(self, domain: str, latest: int = 50) -> tuple[dt.timedelta, ...]:
        """How long candidates of this domain waited in review before a person verified or declined them, of the latest decisions."""
        decision, submission = aliased(VerificationEventRow), aliased(VerificationEventRow)
        submitted = (
            select(func.max(submission.at_utc))
            .where(
                submission.verification_id == decision.verification_id, submission.id < decision.id, submission.to_status == "in_review",
                submission.from_status != "in_review",
            ).correlate(decision).scalar_subquery()
        )
        rows = self._session.execute(
            select(decision.at_utc, submitted).join(VerificationRow, VerificationRow.id == decision.verification_id)
            .where(
                VerificationRow.domain == domain, decision.from_status == "in_review", decision.to_status.in_(("verified", "declined")),
                decision.actor_person_id.is_not(None),
            ).order_by(decision.id.desc()).limit(latest)
        )
        return tuple(decided - begun for decided, begun in rows if begun is not None)

    def _tell(self, row: VerificationRow, actor_person_id: int | None, now: dt.datetime) -> None:
        kind, notifications = kind_of(cast(Status, row.status)), Notifications(self._session)
        if kind is not None and actor_person_id != row.person_id:
            notifications.note([row.person_id], kind, now, domain=row.domain)
        if row.status == "in_review":
            notifications.note_managers("to_review", now, domain=row.domain, but=row.person_id)

    def _note(
        self, verification_id: int, was: str, to: str, actor_person_id: int | None, reason: str, now: dt.datetime
    ) -> None:
        self._session.add(
            VerificationEventRow(
                verification_id=verification_id, from_status=was, to_status=to,
                actor_person_id=actor_person_id, actor_name=name_of(self._session, actor_person_id), reason=reason, at_utc=now,
            )
        )
        self._session.flush()


def as_verification(row: VerificationRow) -> Verification:
    """The value for a row; for repositories that read verifications of many people."""
    return Verification(
        id=row.id,
        person_id=row.person_id,
        domain=row.domain,
        status=cast(Status, row.status),
        valid_until_utc=row.valid_until_utc,
        reason=row.reason,
        revision=row.revision,
        updated_at_utc=row.updated_at_utc,
        specialties=tuple(row.specialties),
        level=row.level,
    )
