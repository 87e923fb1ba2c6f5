"""Repository of projects' connections, and which wait to be set up by the worker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ls_expert_plugin.routing.sync.connection_state import ConnectionState
from ls_expert_plugin.storage.tables import ProjectConnectionRow, ProjectRow
from ls_expert_plugin.storage.upsert import upsert


class ProjectConnections:
    """One row for each project that was connected, asked for or looked at."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> dict[int, ConnectionState]:
        """Every state that is known, by project."""
        row = ProjectConnectionRow
        return {found[0]: ConnectionState(*found) for found in self._session.execute(
            select(row.ls_project_id, row.asked_at_utc, row.checked_at_utc, row.address, row.problem)
        )}

    def ask(self, ls_project_ids: Collection[int], now: dt.datetime) -> None:
        """Write down that the worker is to connect these projects."""
        there = self.all()
        upsert(self._session, ProjectConnectionRow, ("ls_project_id",), [{
            "ls_project_id": number, "asked_at_utc": now, "address": there[number].address if number in there else "", "problem": "",
        } for number in ls_project_ids])

    def waiting(self, limit: int) -> tuple[int, ...]:
        """Projects that are to be connected, whoever waits longest first."""
        return tuple(self._session.scalars(
            select(ProjectConnectionRow.ls_project_id)
            .join(ProjectRow, ProjectRow.ls_project_id == ProjectConnectionRow.ls_project_id)
            .where(ProjectConnectionRow.asked_at_utc.is_not(None), ProjectRow.gone_at_utc.is_(None))
            .order_by(ProjectConnectionRow.asked_at_utc, ProjectConnectionRow.ls_project_id).limit(limit)
        ))

    def unchecked(self, before: dt.datetime, limit: int) -> tuple[int, ...]:
        """Routed projects that were not looked at since ``before`` and wait for nothing, the longest first."""
        row = ProjectConnectionRow
        return tuple(self._session.scalars(
            select(ProjectRow.ls_project_id).outerjoin(row, row.ls_project_id == ProjectRow.ls_project_id)
            .where(
                ProjectRow.gone_at_utc.is_(None), ProjectRow.domain.is_not(None), row.asked_at_utc.is_(None),
                or_(row.checked_at_utc.is_(None), row.checked_at_utc < before),
            ).order_by(row.checked_at_utc.nulls_first(), ProjectRow.ls_project_id).limit(limit)
        ))

    def put(self, ls_project_id: int, address: str, problem: str, now: dt.datetime) -> None:
        """What became of it; it waits no more."""
        upsert(self._session, ProjectConnectionRow, ("ls_project_id",), [{
            "ls_project_id": ls_project_id, "asked_at_utc": None, "checked_at_utc": now, "address": address, "problem": problem,
        }])
