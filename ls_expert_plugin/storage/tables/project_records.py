"""Tables beside a project: whether Label Studio has it connected with us, and what it asked for before each change."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ls_expert_plugin.storage.tables.base import Base


class ProjectConnectionRow(Base):
    """A project's webhook and ML backend in Label Studio, as they were when last set up or looked at.

    ``asked_at_utc``: a manager waits for the worker to connect it. ``address``: of this service and its ML backend, as connected; "" when not.
    """

    __tablename__ = "project_connection"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at_utc: Mapped[dt.datetime | None] = mapped_column(index=True)
    checked_at_utc: Mapped[dt.datetime | None]
    address: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")


class RequirementEventRow(Base):
    """A change of what a project asks for. ``before``: requirement and rules until then; what came after is in the next event, or the project.

    ``via``: portal, api or command; ``by_person_id``: the manager, where one is known.
    """

    __tablename__ = "requirement_event"
    __table_args__ = (Index("ix_requirement_event_project", "ls_project_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_project_id: Mapped[int]
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    via: Mapped[str] = mapped_column(String(16))
    before: Mapped[dict[str, Any]]
    at_utc: Mapped[dt.datetime]


class RequirementEventInvitedRow(Base):
    """Somebody who was on a project's list until a change of it; rows of their own, so that they go with the person."""

    __tablename__ = "requirement_event_invited"
    event_id: Mapped[int] = mapped_column(ForeignKey("requirement_event.id"), primary_key=True)
    ls_user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
