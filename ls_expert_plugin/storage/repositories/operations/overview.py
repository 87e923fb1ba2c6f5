"""Read model of a manager's first page: counts, and the first few rows of each list, in one query each and never a whole table of people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ls_expert_plugin.storage.tables import (
    AddOnRow,
    InstanceRow,
    InterviewRow,
    MembershipRow,
    MlProjectRow,
    NotificationRow,
    PersonRow,
    ProjectRow,
    ReminderRow,
    VerificationEventRow,
    VerificationRow,
)
from ls_expert_plugin.vetting.values import Status

_IS_THERE = PersonRow.gone_at_utc.is_(None)
_IS_ROUTED = (ProjectRow.gone_at_utc.is_(None), ProjectRow.domain.is_not(None))
# What a message ends as that never arrived, and that nobody withdrew.
FAILED = ("refused", "given_up")


@dataclass(frozen=True)
class DatedVerification:
    """A verification on a list of few: since when it waits, or when it ends."""

    verification_id: int
    name: str
    domain: str
    at_utc: dt.datetime


@dataclass(frozen=True)
class NamedProject:
    """A project on a list of few."""

    ls_project_id: int
    title: str


@dataclass(frozen=True)
class StatusMove:
    """How many verifications went from one status to another on a day in UTC. ``was``: "" when it began."""

    day: dt.date
    was: str
    to: Status
    count: int


@dataclass(frozen=True)
class Asked:
    """How many of a kind wait, and since when the oldest does (None: none wait)."""

    count: int
    oldest_utc: dt.datetime | None


class Overview:
    """Read model of what a manager should know first. Nothing here is written."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_status(self) -> dict[Status, int]:
        """Verifications of people who are there, counted by status as stored."""
        rows = self._session.execute(
            select(VerificationRow.status, func.count()).join(PersonRow, PersonRow.id == VerificationRow.person_id).where(_IS_THERE)
            .group_by(VerificationRow.status)
        )
        return {cast(Status, status): count for status, count in rows}

    def longest_waiting(self, limit: int) -> tuple[DatedVerification, ...]:
        """In review, the longest waiting first."""
        return self._dated(VerificationRow.updated_at_utc, limit, VerificationRow.status == "in_review")

    def ending(self, now: dt.datetime, until: dt.datetime, limit: int) -> tuple[int, tuple[DatedVerification, ...]]:
        """Verified, and it ends between ``now`` and ``until``: how many, and the first to end."""
        ends = VerificationRow.valid_until_utc
        which = (VerificationRow.status == "verified", ends > now, ends <= until)
        count = self._count(
            select(func.count()).select_from(VerificationRow).join(PersonRow, PersonRow.id == VerificationRow.person_id).where(_IS_THERE, *which)
        )
        return count, self._dated(ends, limit, *which) if count else ()

    def human_interviews(self) -> Asked:
        """Running interviews that a person is asked for, and nobody holds."""
        return self._asked(InterviewRow.human_asked_at_utc, InterviewRow.ended_at_utc.is_(None), InterviewRow.human_asked_at_utc.is_not(None),
                           InterviewRow.held_by_person_id.is_(None))

    def screening_answers(self) -> Asked:
        """Answers to projects' own questions that nobody has decided on."""
        return self._asked(AddOnRow.ended_at_utc, AddOnRow.ended_at_utc.is_not(None), AddOnRow.outcome.is_(None))

    def rechecks(self) -> Asked:
        """Reasons to look again at somebody verified that are not settled."""
        return self._asked(ReminderRow.sent_at_utc, ReminderRow.settled_at_utc.is_(None))

    def without_experts(self, now: dt.datetime, limit: int) -> tuple[int, tuple[NamedProject, ...]]:
        """Projects that ask for a domain, and nobody has access."""
        ends = MembershipRow.valid_until_utc
        return self._projects(limit, *_IS_ROUTED, ~exists().where(
            MembershipRow.ls_project_id == ProjectRow.ls_project_id, MembershipRow.active, ends.is_(None) | (ends > now)
        ))

    def without_prelabels(self, limit: int) -> tuple[int, tuple[NamedProject, ...]]:
        """Projects that ask for a domain, and no model has ever made pre-labels for them."""
        return self._projects(limit, *_IS_ROUTED, ~exists().where(MlProjectRow.ls_project_id == ProjectRow.ls_project_id))

    def routed_and_not(self) -> tuple[int, int]:
        """How many projects ask for a domain, and how many for none."""
        total, routed = self._session.execute(
            select(func.count(), func.count(ProjectRow.domain)).where(ProjectRow.gone_at_utc.is_(None))
        ).one()
        return routed, total - routed

    def failed_messages(self, since: dt.datetime) -> int:
        """E-mails that were refused or given up since then."""
        return self._count(select(func.count()).select_from(NotificationRow).where(
            NotificationRow.settled_at_utc >= since, NotificationRow.outcome.in_(FAILED)
        ))

    def worker_seen_at(self) -> dt.datetime | None:
        """When a worker last said that it runs; None: none has within the last hour."""
        return self._session.scalar(select(func.max(InstanceRow.seen_at_utc)).where(InstanceRow.kind == "worker"))

    def moves(self, since: dt.datetime) -> tuple[StatusMove, ...]:
        """Changes of status since then by day, notes that change nothing left out."""
        event = VerificationEventRow
        day = self._day(event.at_utc)
        rows = self._session.execute(
            select(day, event.from_status, event.to_status, func.count())
            .where(event.at_utc >= since, event.from_status != event.to_status).group_by(day, event.from_status, event.to_status)
        )
        return tuple(StatusMove(_as_date(when), was, cast(Status, to), count) for when, was, to, count in rows)

    def _day(self, column: InstrumentedAttribute[dt.datetime]) -> ColumnElement[object]:
        """The day in UTC; SQLite keeps UTC, PostgreSQL would take its own zone."""
        is_postgresql = self._session.get_bind().dialect.name == "postgresql"
        return func.date(func.timezone("UTC", column)) if is_postgresql else func.date(column)

    def _dated(self, when: InstrumentedAttribute[Any], limit: int, *which: ColumnElement[bool]) -> tuple[DatedVerification, ...]:
        rows = self._session.execute(
            select(VerificationRow.id, PersonRow.name, PersonRow.email, VerificationRow.domain, when)
            .join(PersonRow, PersonRow.id == VerificationRow.person_id).where(_IS_THERE, *which).order_by(when, VerificationRow.id).limit(limit)
        )
        return tuple(DatedVerification(number, name or email, domain, at_utc) for number, name, email, domain, at_utc in rows)

    def _asked(self, when: InstrumentedAttribute[Any], *which: ColumnElement[bool]) -> Asked:
        return Asked(*self._session.execute(select(func.count(), func.min(when)).where(*which)).one())

    def _projects(self, limit: int, *which: ColumnElement[bool]) -> tuple[int, tuple[NamedProject, ...]]:
        count = self._count(select(func.count()).select_from(ProjectRow).where(*which))
        first = select(ProjectRow.ls_project_id, ProjectRow.title).where(*which).order_by(ProjectRow.title, ProjectRow.ls_project_id).limit(limit)
        rows = self._session.execute(first).all() if count else ()
        return count, tuple(NamedProject(number, title or f"Project {number}") for number, title in rows)

    def _count(self, query: Select[Any]) -> int:
        return self._session.scalar(query) or 0


def _as_date(found: object) -> dt.date:
    """SQLite gives a text, PostgreSQL a date."""
    return found if isinstance(found, dt.date) else dt.date.fromisoformat(str(found))
