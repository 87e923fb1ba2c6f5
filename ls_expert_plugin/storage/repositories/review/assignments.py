"""Repository of assignments: which reviewer has taken which review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.repositories.people.people import as_person
from ls_expert_plugin.storage.tables import PersonRow, ReviewAssignmentRow
from ls_expert_plugin.vetting.review.values import Assignment


class Assignments:
    """Repository of who has taken a review; one reviewer for each verification. Callers hold the lock on the verification."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> Mapping[int, Assignment]:
        """Every assignment whose reviewer is there, by the verification's id."""
        rows = self._session.execute(
            select(ReviewAssignmentRow, PersonRow).join(PersonRow, PersonRow.id == ReviewAssignmentRow.person_id).where(PersonRow.gone_at_utc.is_(None))
        )
        return {row.verification_id: Assignment(as_person(person), row.since_utc) for row, person in rows}

    def of(self, verification_id: int) -> Assignment | None:
        """Who has taken this one; None: nobody who is still there."""
        found = self._session.execute(
            select(ReviewAssignmentRow, PersonRow).join(PersonRow, PersonRow.id == ReviewAssignmentRow.person_id)
            .where(ReviewAssignmentRow.verification_id == verification_id, PersonRow.gone_at_utc.is_(None))
        ).one_or_none()
        return Assignment(as_person(found[1]), found[0].since_utc) if found else None

    def set(self, verification_id: int, person_id: int, now: dt.datetime) -> None:
        """Give it to this reviewer, whoever had it before."""
        self.release(verification_id)
        self._session.add(ReviewAssignmentRow(verification_id=verification_id, person_id=person_id, since_utc=now))
        self._session.flush()

    def release(self, verification_id: int) -> None:
        """Take it from whoever has it, if anybody has."""
        self._session.execute(delete(ReviewAssignmentRow).where(ReviewAssignmentRow.verification_id == verification_id))
