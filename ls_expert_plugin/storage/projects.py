"""Projects of Label Studio that we have heard of, and what they ask for."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.storage.tables import ProjectRow


class Projects:
    """Repository of projects that have not been deleted in Label Studio."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> list[Project]:
        """By title."""
        rows = self._session.scalars(
            select(ProjectRow).where(ProjectRow.gone_at_utc.is_(None)).order_by(ProjectRow.title, ProjectRow.ls_project_id)
        )
        return [Project(row.ls_project_id, row.title, row.domain) for row in rows]

    def get(self, ls_project_id: int) -> Project | None:
        """One project, or None when there is none, or none any more."""
        row = self._session.get(ProjectRow, ls_project_id)
        return None if row is None or row.gone_at_utc else Project(row.ls_project_id, row.title, row.domain)

    def heard_of(self, ls_project_id: int, title: str, now: dt.datetime) -> None:
        """There is such a project, with this title. What it asks for stays."""
        row = self._session.get(ProjectRow, ls_project_id)
        if row is None:
            self._session.add(ProjectRow(ls_project_id=ls_project_id, title=title, updated_at_utc=now))
        else:
            if row.gone_at_utc is not None:
                # SQLite hands out ids again: a project that comes back is a new one and asks for nothing yet.
                row.gone_at_utc, row.domain = None, None
            row.title, row.updated_at_utc = title, now
        self._session.flush()

    def gone(self, ls_project_id: int, now: dt.datetime) -> None:
        """It was deleted."""
        row = self._session.get(ProjectRow, ls_project_id)
        if row is not None and row.gone_at_utc is None:
            row.gone_at_utc = row.updated_at_utc = now
            self._session.flush()

    def set_domain(self, ls_project_id: int, domain: str | None, now: dt.datetime) -> None:
        """What it asks for. Raises ``NotFound``."""
        row = self._session.get(ProjectRow, ls_project_id)
        if row is None or row.gone_at_utc is not None:
            raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
        row.domain, row.updated_at_utc = domain, now
        self._session.flush()
