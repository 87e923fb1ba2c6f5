"""Table of task assignments: which tasks of Label Studio are whose, in projects that show experts no others."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ls_expert_plugin.storage.tables.base import Base


class TaskAssignmentRow(Base):
    """Truth of which task is assigned to whom. A row whose ``pushed_revision`` is behind still has to reach Label Studio."""

    __tablename__ = "task_assignment"
    __table_args__ = (
        UniqueConstraint("ls_user_id", "ls_task_id"),
        Index("ix_task_assignment_project", "ls_project_id", "ls_task_id"),
        # Few rows wait at a time, among very many: the index holds only those. Endings come first.
        Index(
            "ix_task_assignment_unpushed", "active", "updated_at_utc", "id",
            postgresql_where=text("pushed_revision < revision"), sqlite_where=text("pushed_revision < revision"),
        ),
        # Those that end at some time and have not.
        Index("ix_task_assignment_ending", "valid_until_utc", postgresql_where=text("active"), sqlite_where=text("active = 1")),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_user_id: Mapped[int]
    ls_task_id: Mapped[int]
    ls_project_id: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool]
    barred: Mapped[bool] = mapped_column(default=False)
    valid_until_utc: Mapped[dt.datetime | None]
    task_made_at_utc: Mapped[dt.datetime]
    revision: Mapped[int] = mapped_column(BigInteger)
    pushed_revision: Mapped[int] = mapped_column(BigInteger, default=0)
    updated_at_utc: Mapped[dt.datetime]
