"""Repository of suggestions for profiles, made from interviews."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import SuggestionRow
from ls_expert_plugin.vetting.profile.values import Suggestion
from ls_expert_plugin.vetting.values import ClaimKind


@dataclass(frozen=True)
class Kept:
    """A suggestion as it is kept. ``state``: open, taken or dismissed."""

    id: int
    suggestion: Suggestion
    state: str


class Suggestions:
    """Repository of suggestions, by person; settled ones stay. What was settled stays, so that it does not come again."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, person_id: int) -> tuple[Kept, ...]:
        """All of a person, oldest first."""
        rows = self._session.scalars(select(SuggestionRow).where(SuggestionRow.person_id == person_id).order_by(SuggestionRow.id))
        return tuple(_kept(row) for row in rows)

    def open(self, person_id: int) -> tuple[Kept, ...]:
        """Those that the person has not settled."""
        return tuple(one for one in self.of(person_id) if one.state == "open")

    def add(self, person_id: int, found: Sequence[Suggestion], now: dt.datetime) -> int:
        """Those that were not suggested before; how many."""
        known = [(one.suggestion.kind, dict(one.suggestion.fields)) for one in self.of(person_id)]
        new = [one for one in found if (one.kind, dict(one.fields)) not in known]
        self._session.add_all(
            SuggestionRow(
                person_id=person_id, kind=one.kind, details=dict(one.fields), turn_id=one.turn_id, start=one.start, end=one.end, quote=one.quote,
                state="open", made_at_utc=now,
            )
            for one in new
        )
        self._session.flush()
        return len(new)

    def settle(self, person_id: int, suggestion_id: int, state: str, now: dt.datetime) -> bool:
        """Take or dismiss a suggestion, once. False when it is not theirs, or settled already."""
        row = self._session.get(SuggestionRow, suggestion_id, with_for_update={"key_share": True}, populate_existing=True)
        if row is None or row.person_id != person_id or row.state != "open":
            return False
        row.state, row.settled_at_utc = state, now
        self._session.flush()
        return True

    def drop_open(self, person_id: int) -> None:
        """Remove what is open: consent was withdrawn."""
        self._session.execute(delete(SuggestionRow).where(SuggestionRow.person_id == person_id, SuggestionRow.state == "open"))


def _kept(row: SuggestionRow) -> Kept:
    return Kept(row.id, Suggestion(cast(ClaimKind, row.kind), dict(row.details), row.turn_id, row.start, row.end, row.quote), row.state)
