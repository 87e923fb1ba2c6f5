"""Repository of voluntary answers, apart from every other: the only reader is the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.repositories.people.people import lock_person
from ls_expert_plugin.storage.tables import VerificationEventRow, VerificationRow, VoluntaryAnswerRow
from ls_expert_plugin.vetting.privacy.adverse_impact import DecidedCase


class Fairness:
    """Answers by person, and outcomes without who it was."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def answers(self, person_id: int) -> Mapping[str, str]:
        """What this person answered, for their own page."""
        row = self._session.scalars(select(VoluntaryAnswerRow).where(VoluntaryAnswerRow.person_id == person_id)).one_or_none()
        return dict(row.answers) if row else {}

    def set_answers(self, person_id: int, answers: Mapping[str, str], now: dt.datetime) -> None:
        """Put these in place of what was there; none removes it."""
        lock_person(self._session, person_id)
        self._session.execute(delete(VoluntaryAnswerRow).where(VoluntaryAnswerRow.person_id == person_id))
        if answers:
            self._session.add(VoluntaryAnswerRow(person_id=person_id, answers=dict(answers), given_at_utc=now))
        self._session.flush()

    def outcomes(self, domain: str | None) -> tuple[DecidedCase, ...]:
        """Everybody who answered and whose case a first decision has been taken on: verified, or declined."""
        first: dict[int, tuple[int, str]] = {}
        for verification_id, person_id, to_status in self._session.execute(
            select(VerificationRow.id, VerificationRow.person_id, VerificationEventRow.to_status)
            .join(VerificationEventRow, VerificationEventRow.verification_id == VerificationRow.id)
            .where(VerificationEventRow.to_status.in_(("verified", "declined")), *([VerificationRow.domain == domain] if domain else []))
            .order_by(VerificationEventRow.id)
        ):
            first.setdefault(verification_id, (person_id, to_status))
        given = {row.person_id: dict(row.answers) for row in self._session.scalars(select(VoluntaryAnswerRow))}
        return tuple(DecidedCase(given[person_id], status == "verified") for person_id, status in first.values() if person_id in given)
