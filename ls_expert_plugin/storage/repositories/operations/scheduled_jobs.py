"""Repository of when scheduled jobs were last sent."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import ScheduledJobRow


class ScheduledJobs:
    """The schedule's memory, shared by whoever is elected to send jobs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def last_sent(self) -> dict[str, dt.datetime]:
        """Name of each job → when it was sent last."""
        return {row.name: row.sent_at_utc for row in self._session.scalars(select(ScheduledJobRow))}

    def sent(self, name: str, now: dt.datetime) -> None:
        """Note that a scheduled job was sent."""
        dialect = postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite
        self._session.execute(
            dialect.insert(ScheduledJobRow).values(name=name, sent_at_utc=now).on_conflict_do_update(index_elements=["name"], set_={"sent_at_utc": now})
        )
