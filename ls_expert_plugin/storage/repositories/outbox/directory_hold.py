"""Repository of the hold on directory synchronisation: since when members and projects of Label Studio are not taken over, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import DirectoryHoldRow


@dataclass(frozen=True)
class DirectoryHold:
    """``people``, ``projects``: how many would be others than before under their numbers."""

    since_utc: dt.datetime
    people: int
    projects: int

    def __str__(self) -> str:
        return (f"{self.people} accounts and {self.projects} projects of Label Studio have other dates of creation than before (noticed "
                f"{self.since_utc:%Y-%m-%d %H:%M} UTC). Nothing is taken over from there, and nobody is taken for somebody new.")


class DirectoryHolds:
    """Repository of the one hold that there may be."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def current(self) -> DirectoryHold | None:
        """None: members and projects are taken over as they are."""
        row = self._session.scalars(select(DirectoryHoldRow).order_by(DirectoryHoldRow.id).limit(1)).first()
        return DirectoryHold(row.since_utc, row.people, row.projects) if row else None

    def hold(self, people: int, projects: int, now: dt.datetime) -> None:
        """Begin one, or bring its numbers up to date."""
        row = self._session.scalars(select(DirectoryHoldRow).order_by(DirectoryHoldRow.id).limit(1)).first()
        if row is None:
            self._session.add(DirectoryHoldRow(since_utc=now, people=people, projects=projects))
        else:
            row.people, row.projects = people, projects
        self._session.flush()

    def release(self) -> None:
        """Members and projects are taken over again."""
        self._session.execute(delete(DirectoryHoldRow))
