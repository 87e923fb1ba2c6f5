"""Repository of answers to projects' own questions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import AddOnRow
from ls_expert_plugin.vetting.values import AddOn, AddOnOutcome, AddOnQuestion


class AddOns:
    """What was asked, answered and decided, project by project. A decision is never changed; another one follows new answers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, add_on_id: int) -> AddOn | None:
        """The one with this id, as it is now."""
        row = self._session.get(AddOnRow, add_on_id, populate_existing=True)
        return _add_on(row) if row else None

    def lock(self, add_on_id: int) -> AddOn | None:
        """The answers with this id, locked; nobody else changes them before this unit ends."""
        row = self._session.get(AddOnRow, add_on_id, with_for_update={"key_share": True}, populate_existing=True)
        return _add_on(row) if row else None

    def of(self, person_id: int) -> tuple[AddOn, ...]:
        """All of one person's, oldest first."""
        return self._where(AddOnRow.person_id == person_id)

    def waiting(self) -> tuple[AddOn, ...]:
        """Those that are answered and that nobody has decided on, the longest waiting first."""
        return self._where(AddOnRow.ended_at_utc.is_not(None), AddOnRow.outcome.is_(None))

    def add(self, person_id: int, ls_project_id: int, asked: Sequence[AddOnQuestion], now: dt.datetime) -> AddOn:
        """Begin answers to a project's questions, with none yet. The caller has locked the person."""
        row = AddOnRow(
            person_id=person_id, ls_project_id=ls_project_id, asked=[[one.about, one.text] for one in asked], answers={"texts": []},
            started_at_utc=now,
        )
        self._session.add(row)
        self._session.flush()
        return _add_on(row)

    def set_answers(self, add_on_id: int, answers: Sequence[str], ended_at_utc: dt.datetime | None) -> None:
        """Save all answers given so far, and whether they are complete. The caller has locked it."""
        row = self._session.get_one(AddOnRow, add_on_id)
        row.answers, row.ended_at_utc = {"texts": list(answers)}, ended_at_utc
        self._session.flush()

    def decide(self, add_on_id: int, outcome: AddOnOutcome, reason: str, decided_by_person_id: int, now: dt.datetime) -> None:
        """What a manager made of it. The caller has locked it."""
        row = self._session.get_one(AddOnRow, add_on_id)
        row.outcome, row.reason, row.decided_by_person_id, row.decided_at_utc = outcome, reason, decided_by_person_id, now
        self._session.flush()

    def _where(self, *wanted: Any) -> tuple[AddOn, ...]:
        return tuple(_add_on(row) for row in self._session.scalars(select(AddOnRow).where(*wanted).order_by(AddOnRow.id)))


def _add_on(row: AddOnRow) -> AddOn:
    return AddOn(
        id=row.id, person_id=row.person_id, ls_project_id=row.ls_project_id, asked=tuple(AddOnQuestion(*pair) for pair in row.asked),
        answers=tuple(row.answers["texts"]), started_at_utc=row.started_at_utc, ended_at_utc=row.ended_at_utc,
        outcome=cast("AddOnOutcome | None", row.outcome), reason=row.reason, decided_by_person_id=row.decided_by_person_id,
        decided_at_utc=row.decided_at_utc,
    )
