"""Repository of Label Studio's outbox events, each kept once, and of the cursor: how far we have read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from ls_expert_plugin.protocol.outbox_position import START
from ls_expert_plugin.storage.repositories.prelabels.training_progress import TrainingProgress
from ls_expert_plugin.storage.tables import CursorRow, OutboxEpochRow, WorkEventRow

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.values import OutboxEvent

_OUTBOX = "label_studio_outbox"


class Events:
    """Repository of the outbox's events, and of the cursor among them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def last_project_of(self, ls_user_id: int) -> int | None:
        """The project of this person's latest work on a task; None before any."""
        return self._session.scalar(
            select(WorkEventRow.ls_project_id)
            .where(WorkEventRow.ls_user_id == ls_user_id, WorkEventRow.ls_annotation_id.is_not(None))
            .order_by(WorkEventRow.at_utc.desc()).limit(1)
        )

    def cursor(self) -> str:
        """The cursor: after which event to go on reading."""
        return self._session.scalar(select(CursorRow.position).where(CursorRow.name == _OUTBOX)) or START

    def lock_cursor(self, now: dt.datetime) -> str:
        """The cursor, locked: nobody else moves it before this unit ends."""
        if self._session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            self._session.execute(
                postgresql.insert(CursorRow).values(name=_OUTBOX, position=START, updated_at_utc=now).on_conflict_do_nothing()
            )
        row = self._session.get(CursorRow, _OUTBOX, with_for_update={"key_share": True}, populate_existing=True)
        return row.position if row else START

    def move_cursor(self, position: str, now: dt.datetime) -> None:
        """Everything up to ``position`` has been taken in."""
        row = self._session.get(CursorRow, _OUTBOX)
        if row is None:
            self._session.add(CursorRow(name=_OUTBOX, position=position, updated_at_utc=now))
        else:
            row.position, row.updated_at_utc = position, now
        self._session.flush()

    def move_cursor_to_start(self, now: dt.datetime) -> None:
        """A new epoch is read from its start."""
        self.move_cursor(START, now)

    def new_of(self, events: Sequence[OutboxEvent]) -> list[OutboxEvent]:
        """Those that have not been kept before.

        In an earlier epoch the same number was the same event only if it says the same: a restored Label Studio gives numbers a second time.
        """
        current, *earlier = reversed(self._prefixes())
        known = set(self._kept(current, events))
        for prefix in earlier:
            kept = self._kept(prefix, events)
            known |= {event.id for event in events if kept.get(event.id) == _said(event)}
        return [event for event in events if event.id not in known]

    def keep(self, events: Sequence[OutboxEvent]) -> None:
        """Write them down, and count their annotations."""
        if events:
            prefix = self._prefixes()[-1]
            self._session.execute(insert(WorkEventRow.__table__), [  # type: ignore[arg-type]  # it is a table
                {"outbox_id": prefix + event.id, "kind": event.kind, "ls_user_id": event.ls_user_id, "ls_project_id": event.ls_project_id,
                 "ls_task_id": event.ls_task_id, "ls_annotation_id": event.ls_annotation_id, "was_cancelled": event.was_cancelled,
                 "at_utc": event.at_utc}
                for event in events
            ])
            TrainingProgress(self._session).add(Counter(
                event.ls_project_id for event in events if event.kind == "annotation_created" and event.ls_project_id is not None
            ))

    def annotations_known(self) -> tuple[int, int]:
        """(the highest id of an annotation whose creation is on record, the highest id of a record); 0 where there is none."""
        highest = self._session.scalar(select(func.max(WorkEventRow.ls_annotation_id)).where(WorkEventRow.kind == "annotation_created"))
        return highest or 0, self._session.scalar(select(func.max(WorkEventRow.id))) or 0

    def unrecorded(self, made: Sequence[OutboxEvent], since_record: int) -> list[OutboxEvent]:
        """Those creations of annotations that are not among the records after this one, whichever way they came."""
        ids = [event.ls_annotation_id for event in made]
        known = set(self._session.scalars(
            select(WorkEventRow.ls_annotation_id)
            .where(WorkEventRow.id > since_record, WorkEventRow.kind == "annotation_created", WorkEventRow.ls_annotation_id.in_(ids))
        ))
        return [event for event in self.new_of(made) if event.ls_annotation_id not in known]

    def _prefixes(self) -> list[str]:
        """What ids of events are kept behind, by epoch, in order; nothing in the first."""
        return ["", *(f"{number}:" for number in self._session.scalars(select(OutboxEpochRow.id).order_by(OutboxEpochRow.id).offset(1)))]

    def _kept(self, prefix: str, events: Sequence[OutboxEvent]) -> dict[str, tuple[Any, ...]]:
        """What was kept in that epoch under these events' ids."""
        ids = {prefix + event.id: event.id for event in events}
        row = WorkEventRow
        return {
            ids[outbox_id]: tuple(said) for outbox_id, *said in self._session.execute(select(
                row.outbox_id, row.kind, row.ls_user_id, row.ls_project_id, row.ls_task_id, row.ls_annotation_id, row.was_cancelled, row.at_utc
            ).where(row.outbox_id.in_(ids)))
        }

    def count(self, kind: str, *, ls_user_id: int | None = None, ls_project_id: int | None = None) -> int:
        """How many events of a kind, of a person or a project where given."""
        query = select(func.count()).select_from(WorkEventRow).where(WorkEventRow.kind == kind)
        if ls_user_id is not None:
            query = query.where(WorkEventRow.ls_user_id == ls_user_id)
        if ls_project_id is not None:
            query = query.where(WorkEventRow.ls_project_id == ls_project_id)
        return self._session.scalar(query) or 0


def _said(event: OutboxEvent) -> tuple[Any, ...]:
    return (
        event.kind, event.ls_user_id, event.ls_project_id, event.ls_task_id, event.ls_annotation_id, event.was_cancelled, event.at_utc,
    )
