"""Repository of private notes: what reviewers write about a candidate for each other."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.repositories.people.people import as_person
from ls_expert_plugin.storage.tables import PersonRow, PrivateNoteRow
from ls_expert_plugin.vetting.review.values import PrivateNote


class PrivateNotes:
    """Repository of reviewers' notes, by verification."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, verification_id: int) -> tuple[PrivateNote, ...]:
        """All notes on a verification, oldest first."""
        rows = self._session.execute(
            select(PrivateNoteRow, PersonRow).join(PersonRow, PersonRow.id == PrivateNoteRow.author_person_id)
            .where(PrivateNoteRow.verification_id == verification_id).order_by(PrivateNoteRow.id)
        )
        return tuple(PrivateNote(row.id, as_person(author), row.text, row.at_utc) for row, author in rows)

    def add(self, verification_id: int, author_person_id: int, text: str, now: dt.datetime) -> None:
        """Keep a note of this reviewer about a verification."""
        self._session.add(PrivateNoteRow(verification_id=verification_id, author_person_id=author_person_id, text=text, at_utc=now))
        self._session.flush()

    def remove(self, verification_id: int, note_id: int) -> None:
        """Remove one note, if it is of this verification."""
        self._session.execute(delete(PrivateNoteRow).where(PrivateNoteRow.verification_id == verification_id, PrivateNoteRow.id == note_id))
