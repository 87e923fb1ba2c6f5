"""Repository of batch runs of the pre-labeller over whole projects."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.ml_backend.batch.run import GONE_AFTER, PrelabelRun, Told
from ls_expert_plugin.storage.newest_row import newest
from ls_expert_plugin.storage.repositories.operations.leases import Lease, Leases
from ls_expert_plugin.storage.tables import PrelabelRunRow, ProjectRow


class PrelabelRuns:
    """One at a time for each project."""

    def __init__(self, session: Session) -> None:
        self._session, self._leases = session, Leases(session)

    def latest(self, ls_project_id: int) -> PrelabelRun | None:
        """The newest batch run of a project."""
        row = newest(self._session, PrelabelRunRow, PrelabelRunRow.ls_project_id == ls_project_id)
        return _run(row) if row else None

    def latest_of_each(self) -> dict[int, PrelabelRun]:
        """The newest batch run of every project that had one."""
        newest_ids = select(func.max(PrelabelRunRow.id)).group_by(PrelabelRunRow.ls_project_id)
        return {row.ls_project_id: _run(row) for row in self._session.scalars(select(PrelabelRunRow).where(PrelabelRunRow.id.in_(newest_ids)))}

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
        """Carry it out from now on, under the project's lease. None: it is over, or somebody does already."""
        row = self._session.get(PrelabelRunRow, run_id, with_for_update={"key_share": True}, populate_existing=True)
        lease = self._leases.acquire(prelabel_lease(row.ls_project_id), now, GONE_AFTER) if row is not None and row.ended_at_utc is None else None
        if row is None or lease is None:
            return None
        row.seen_at_utc = now
        self._session.flush()
        return replace(_run(row), token=lease.token)

    def waiting(self, now: dt.datetime) -> tuple[int, ...]:
        """Ids of batch runs that nobody carries out."""
        return tuple(self._session.scalars(
            select(PrelabelRunRow.id).where(
                PrelabelRunRow.ended_at_utc.is_(None), or_(PrelabelRunRow.seen_at_utc.is_(None), PrelabelRunRow.seen_at_utc < now - GONE_AFTER)
            ).order_by(PrelabelRunRow.id)
        ))

    def tell(self, run: PrelabelRun, now: dt.datetime, *, tasks: int, made: int, empty: int, failed: int) -> Told:
        """How far it is, and that whoever took it is still there. Does nothing once somebody else has taken it over."""
        row = self._session.get_one(PrelabelRunRow, run.id, with_for_update={"key_share": True}, populate_existing=True)
        if row.ended_at_utc is not None or not self._leases.renew(_lease(run), now, GONE_AFTER):
            return "lost"
        row.seen_at_utc, row.tasks, row.made, row.empty, row.failed = now, tasks, made, empty, failed
        self._session.flush()
        return "stop" if row.is_to_stop else "go on"

    def stop(self, run_id: int) -> None:
        """Ask the worker to end it after what is under way."""
        row = self._session.get(PrelabelRunRow, run_id)
        if row is not None and row.ended_at_utc is None:
            row.is_to_stop = True
            self._session.flush()

    def end(self, run: PrelabelRun, outcome: str, said: str, now: dt.datetime) -> bool:
        """End a batch run, for whoever carries it out. False, and nothing is changed, once somebody else has taken it over."""
        row = self._session.get_one(PrelabelRunRow, run.id, with_for_update={"key_share": True}, populate_existing=True)
        if row.ended_at_utc is not None or not self._leases.holds(_lease(run)):
            return False
        row.ended_at_utc, row.outcome, row.said = now, outcome, said
        self._session.flush()
        self._leases.release(_lease(run))
        return True


def prelabel_lease(ls_project_id: int) -> str:
    """The lease under which a project's tasks are pre-labelled, by the worker or by the command."""
    return f"prelabel:{ls_project_id}"


def _lease(run: PrelabelRun) -> Lease:
    return Lease(prelabel_lease(run.ls_project_id), run.token)


def _run(row: PrelabelRunRow) -> PrelabelRun:
    return PrelabelRun(
        row.id, row.ls_project_id, row.only_missing, row.begun_at_utc, row.seen_at_utc, row.ended_at_utc, row.outcome, row.said, row.tasks, row.made,
        row.empty, row.failed, row.is_to_stop,
    )
