"""Repository of the metrics of projects' pre-labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import PrelabelFiguresRow
from ls_expert_plugin.storage.upsert import insert_if_absent

# Asked for so long ago and still not made: the worker that had it is gone, and it may be asked for again.
GONE_AFTER = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class MetricsTimes:
    """When a project's metrics were last asked for, and when they were made."""

    asked_at_utc: dt.datetime
    made_at_utc: dt.datetime | None

    def is_being_made(self, now: dt.datetime) -> bool:
        """Whether the worker is at it."""
        return (self.made_at_utc is None or self.made_at_utc < self.asked_at_utc) and now - self.asked_at_utc < GONE_AFTER


@dataclass(frozen=True)
class KeptFigures(MetricsTimes):
    """What was asked for and what was made. ``figures`` are empty until the first were."""

    ask_tasks: int
    figures: Mapping[str, Any]


class PrelabelFigures:
    """Repository of metrics, of which the latest of each project are kept."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, ls_project_id: int) -> KeptFigures | None:
        """None: nobody has asked for any."""
        row = self._session.get(PrelabelFiguresRow, ls_project_id, populate_existing=True)
        return KeptFigures(row.asked_at_utc, row.made_at_utc, row.ask_tasks, row.figures) if row else None

    def times(self) -> dict[int, MetricsTimes]:
        """Of every project that has any, when they were asked for and made."""
        row = PrelabelFiguresRow
        return {number: MetricsTimes(asked, made) for number, asked, made in self._session.execute(
            select(row.ls_project_id, row.asked_at_utc, row.made_at_utc)
        )}

    def ask(self, ls_project_id: int, ask_tasks: int, now: dt.datetime) -> None:
        """Write down that they are wanted; what was made before stays until then."""
        insert_if_absent(self._session, PrelabelFiguresRow, {
            "ls_project_id": ls_project_id, "ask_tasks": ask_tasks, "asked_at_utc": now, "figures": {},
        })
        self._session.execute(
            update(PrelabelFiguresRow).where(PrelabelFiguresRow.ls_project_id == ls_project_id).values(ask_tasks=ask_tasks, asked_at_utc=now)
        )

    def put(self, ls_project_id: int, figures: Mapping[str, Any], now: dt.datetime) -> None:
        """Keep the metrics that were made, in place of those before."""
        row = self._session.get_one(PrelabelFiguresRow, ls_project_id)
        row.figures, row.made_at_utc = dict(figures), now
        self._session.flush()
