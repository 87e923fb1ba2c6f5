"""Events of Label Studio's outbox, each kept once, and how far we have read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import CursorRow, WorkEventRow

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import Event

START = "0.0"
_OUTBOX = "label_studio_outbox"


class Events:
    """Repository of events."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def cursor(self) -> str:
        """Where to go on reading. Locks it, so that two readers take turns."""
        row = self._session.get(CursorRow, _OUTBOX, with_for_update=True)
        return row.position if row else START

    def move_cursor(self, position: str, now: dt.datetime) -> None:
        """Everything up to ``position`` has been taken in."""
        row = self._session.get(CursorRow, _OUTBOX)
        if row is None:
            self._session.add(CursorRow(name=_OUTBOX, position=position, updated_at_utc=now))
        else:
            row.position, row.updated_at_utc = position, now
        self._session.flush()

    def new_of(self, events: Sequence[Event]) -> list[Event]:
        """Those that have not been kept before."""
        known = set(self._session.scalars(
            select(WorkEventRow.outbox_id).where(WorkEventRow.outbox_id.in_([event.id for event in events]))
        ))
        return [event for event in events if event.id not in known]

    def keep(self, event: Event) -> None:
        """Write it down."""
        self._session.add(WorkEventRow(
            outbox_id=event.id, kind=event.kind, ls_user_id=event.ls_user_id, ls_project_id=event.ls_project_id,
            ls_task_id=event.ls_task_id, ls_annotation_id=event.ls_annotation_id, was_cancelled=event.was_cancelled,
            at_utc=event.at_utc,
        ))

    def count(self, kind: str, *, ls_user_id: int | None = None, ls_project_id: int | None = None) -> int:
        """How many events of a kind, of a person or a project where given."""
        query = select(func.count()).select_from(WorkEventRow).where(WorkEventRow.kind == kind)
        if ls_user_id is not None:
            query = query.where(WorkEventRow.ls_user_id == ls_user_id)
        if ls_project_id is not None:
            query = query.where(WorkEventRow.ls_project_id == ls_project_id)
        return self._session.scalar(query) or 0
