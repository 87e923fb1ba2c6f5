"""Tables of projects, who may work on them, and what happens in Label Studio."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ls_expert_plugin.storage.encryption.sealed_columns import SealedJson, SealedText
from ls_expert_plugin.storage.tables.base import Base


class ProjectRow(Base):
    """A project of Label Studio that we have heard of, what it asks for (no domain: nobody), and its rules.

    ``rules_revision`` grows with each change of the rules; 0: they were never set, and Label Studio has no row of them. ``made_at_utc``: when it
    was made in Label Studio; ``replaced_at_utc``: when it was last found to be another one under the same number.
    """

    __tablename__ = "project"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text, default="")
    domain: Mapped[str | None] = mapped_column(String(64), index=True)
    specialties: Mapped[list[Any]] = mapped_column(default=list)
    all_specialties: Mapped[bool] = mapped_column(default=False)
    minimum_level: Mapped[int | None]
    languages: Mapped[list[Any]] = mapped_column(default=list)
    jurisdictions: Mapped[list[Any]] = mapped_column(default=list)
    credential_kinds: Mapped[list[Any]] = mapped_column(default=list)
    add_on: Mapped[list[Any]] = mapped_column(default=list)
    max_experts: Mapped[int | None]
    mode: Mapped[str] = mapped_column(String(16), default="open")
    shows_others_work: Mapped[bool] = mapped_column(default=False)
    specialty_field: Mapped[str | None] = mapped_column(String(200))
    shows_tasks_without_specialty: Mapped[bool] = mapped_column(default=False)
    assignment: Mapped[str] = mapped_column(String(16), default="open", server_default="open")
    rules_revision: Mapped[int] = mapped_column(BigInteger, default=0)
    rules_pushed_revision: Mapped[int] = mapped_column(BigInteger, default=0)
    gone_at_utc: Mapped[dt.datetime | None]
    updated_at_utc: Mapped[dt.datetime]
    made_at_utc: Mapped[dt.datetime | None]
    replaced_at_utc: Mapped[dt.datetime | None]


class InvitationRow(Base):
    """Somebody on a project's list of invited people. Counts while the project is for the invited, and they match; ``until_utc``: None for no end."""

    __tablename__ = "invitation"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ls_user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    invited_at_utc: Mapped[dt.datetime]
    until_utc: Mapped[dt.datetime | None]


class AddOnRow(Base):
    """Somebody's answers to one project's own questions, and what a manager made of them. ``asked``: pairs of about and question.
    ``answers``: {"texts": […]}, in the same order.
    """

    __tablename__ = "add_on"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    ls_project_id: Mapped[int] = mapped_column(index=True)
    asked: Mapped[list[Any]]
    answers: Mapped[dict[str, Any]] = mapped_column(SealedJson(("id", "person_id", "ls_project_id")))
    started_at_utc: Mapped[dt.datetime]
    ended_at_utc: Mapped[dt.datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(SealedText(("id", "person_id", "ls_project_id")), default="")
    decided_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at_utc: Mapped[dt.datetime | None]


class NotificationRow(Base):
    """Something to tell one person by e-mail, who had agreed to that when it was made. ``outcome``: sent, refused or given_up, once it is over."""

    __tablename__ = "notification"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    domain: Mapped[str] = mapped_column(String(64), default="")
    count: Mapped[int] = mapped_column(default=1)
    made_at_utc: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at_utc: Mapped[dt.datetime | None]
    settled_at_utc: Mapped[dt.datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(16), default="")


class MembershipRow(Base):
    """Truth of who may work on what. A row whose ``pushed_revision`` is behind still has to reach Label Studio."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("ls_user_id", "ls_project_id"),
        # Few rows wait at a time, among very many: the index holds only those. Endings come first.
        Index(
            "ix_membership_unpushed", "active", "updated_at_utc", "id",
            postgresql_where=text("pushed_revision < revision"), sqlite_where=text("pushed_revision < revision"),
        ),
        # Those that end at some time and have not: few, among very many.
        Index("ix_membership_ending", "valid_until_utc", postgresql_where=text("active"), sqlite_where=text("active = 1")),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_user_id: Mapped[int]
    ls_project_id: Mapped[int] = mapped_column(index=True)
    active: Mapped[bool]
    valid_until_utc: Mapped[dt.datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    specialties: Mapped[list[Any]] = mapped_column(default=list)
    revision: Mapped[int] = mapped_column(BigInteger)
    pushed_revision: Mapped[int] = mapped_column(BigInteger, default=0)
    updated_at_utc: Mapped[dt.datetime]


class RoutingDueRow(Base):
    """Something about this person has changed that memberships rest on. Written with the change, deleted by recomputing."""

    __tablename__ = "routing_due"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)


class CursorRow(Base):
    """How far we have read somebody else's log."""

    __tablename__ = "cursor"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[str] = mapped_column(String(64))
    updated_at_utc: Mapped[dt.datetime]


class OutboxEpochRow(Base):
    """An epoch of Label Studio's outbox that we have read in (``protocol/outbox_position.py``). The newest is the present one.

    ``reason``: why the one before it ended, "joined" or "before" where there was none. ``resynced_at_utc`` empty: what no log tells is still to be reread.
    """

    __tablename__ = "outbox_epoch"
    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(16))
    begun_at_utc: Mapped[dt.datetime]
    resynced_at_utc: Mapped[dt.datetime | None]


class DirectoryHoldRow(Base):
    """While there is one, members and projects of Label Studio are not taken over: so many would be others than before under their numbers."""

    __tablename__ = "directory_hold"
    id: Mapped[int] = mapped_column(primary_key=True)
    since_utc: Mapped[dt.datetime]
    people: Mapped[int]
    projects: Mapped[int]


class WorkEventRow(Base):
    """One event of Label Studio's outbox, kept once: the record of work.

    ``outbox_id``: the event's id, behind "NUMBER:" from the second epoch on: a restored Label Studio gives numbers a second time.
    """

    __tablename__ = "work_event"
    # A person's latest, and theirs since a time, without reading the rest of them.
    __table_args__ = (Index("ix_work_event_person_time", "ls_user_id", "at_utc"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32), index=True)
    ls_user_id: Mapped[int | None]
    ls_project_id: Mapped[int | None] = mapped_column(index=True)
    ls_task_id: Mapped[int | None]
    ls_annotation_id: Mapped[int | None]
    was_cancelled: Mapped[bool | None]
    at_utc: Mapped[dt.datetime]


class ControlCountRow(Base):
    """How somebody's latest answers to a project's control tasks compare with the ground truth, as it was counted last."""

    __tablename__ = "control_count"
    ls_user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ls_project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answers: Mapped[int]
    right: Mapped[int]
    counted_at_utc: Mapped[dt.datetime]


class ControlTurnRow(Base):
    """When somebody's answers to control tasks were last asked for, and until when their work is in the count. None: it was never counted."""

    __tablename__ = "control_turn"
    ls_user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tried_at_utc: Mapped[dt.datetime]
    counted_through_utc: Mapped[dt.datetime | None]
