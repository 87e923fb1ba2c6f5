"""Repository of runs over whole projects."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.ml_backend.runs import GONE_AFTER, PrelabelRun
from ls_expert_plugin.storage.tables import PrelabelRunRow, ProjectRow


class PrelabelRuns:
    """One at a time for each project."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def latest(self, ls_project_id: int) -> PrelabelRun | None:
        """The newest of a project."""
        row = self._session.scalars(
            select(PrelabelRunRow).where(PrelabelRunRow.ls_project_id == ls_project_id).order_by(PrelabelRunRow.id.desc()).limit(1)
        ).first()
        return _run(row) if row else None

    def begin(self, ls_project_id: int, by_person_id: int, only_missing: bool, now: dt.datetime) -> PrelabelRun:
        """Write a new one down, for the worker. Raises ``Conflict`` while there is one that goes on."""
        self._session.execute(select(ProjectRow.ls_project_id).where(ProjectRow.ls_project_id == ls_project_id).with_for_update(key_share=True))
        latest = self.latest(ls_project_id)
        if latest is not None and latest.ended_at_utc is None:
            raise Conflict("Pre-labels are being made for this project already. Load the page again.")
        row = PrelabelRunRow(ls_project_id=ls_project_id, begun_by_person_id=by_person_id, only_missing=only_missing, begun_at_utc=now)
        self._session.add(row)
        self._session.flush()
        return _run(row)

    def take(self, run_id: int, now: dt.datetime) -> PrelabelRun | None:
        """Carry it out from now on. None: it is over, or somebody does already."""
        row = self._session.get(PrelabelRunRow, run_id, with_for_update={"key_share": True}, populate_existing=True)
        if row is None or row.ended_at_utc is not None or (row.seen_at_utc is not None and now - row.seen_at_utc < GONE_AFTER):
            return None
        row.seen_at_utc = now
        self._session.flush()
        return _run(row)

    def waiting(self, now: dt.datetime) -> tuple[int, ...]:
        """Those that nobody carries out."""
        return tuple(self._session.scalars(
            select(PrelabelRunRow.id).where(
                PrelabelRunRow.ended_at_utc.is_(None), or_(PrelabelRunRow.seen_at_utc.is_(None), PrelabelRunRow.seen_at_utc < now - GONE_AFTER)
            ).order_by(PrelabelRunRow.id)
        ))

    def tell(self, run_id: int, now: dt.datetime, *, tasks: int, made: int, empty: int, failed: int) -> bool:
        """How far it is. Whether it is to stop."""
        row = self._session.get_one(PrelabelRunRow, run_id, with_for_update={"key_share": True}, populate_existing=True)
        row.seen_at_utc, row.tasks, row.made, row.empty, row.failed = now, tasks, made, empty, failed
        self._session.flush()
        return row.is_to_stop

    def stop(self, run_id: int) -> None:
        """Ask the worker to end it after what is under way."""
        row = self._session.get(PrelabelRunRow, run_id)
        if row is not None and row.ended_at_utc is None:
            row.is_to_stop = True
            self._session.flush()

    def end(self, run_id: int, outcome: str, said: str, now: dt.datetime) -> None:
        """It is over."""
        row = self._session.get_one(PrelabelRunRow, run_id)
        row.ended_at_utc, row.outcome, row.said = now, outcome, said
        self._session.flush()


def _run(row: PrelabelRunRow) -> PrelabelRun:
    return PrelabelRun(
        row.id, row.ls_project_id, row.only_missing, row.begun_at_utc, row.seen_at_utc, row.ended_at_utc, row.outcome, row.said, row.tasks, row.made,
        row.empty, row.failed, row.is_to_stop,
    )
