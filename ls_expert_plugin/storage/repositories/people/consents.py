"""Repository of consents, which are withdrawn and never deleted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import ConsentRow
from ls_expert_plugin.vetting.values import Consent


class Consents:
    """What people have agreed to, and when."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, person_id: int) -> tuple[Consent, ...]:
        """All consents of a person, withdrawn ones too, oldest first."""
        rows = self._session.scalars(select(ConsentRow).where(ConsentRow.person_id == person_id).order_by(ConsentRow.id))
        return tuple(_consent(row) for row in rows)

    def by_person(self) -> dict[int, tuple[Consent, ...]]:
        """Consents of everybody, by person, oldest first."""
        found: dict[int, list[Consent]] = defaultdict(list)
        for row in self._session.scalars(select(ConsentRow).order_by(ConsentRow.id)):
            found[row.person_id].append(_consent(row))
        return {person_id: tuple(theirs) for person_id, theirs in found.items()}

    def latest(self) -> dict[tuple[int, str], tuple[str, dt.datetime, dt.datetime | None]]:
        """(person, purpose) → version, when given and when withdrawn of the latest consent of everybody."""
        rows = self._session.execute(select(
            ConsentRow.person_id, ConsentRow.purpose, ConsentRow.text_version, ConsentRow.given_at_utc, ConsentRow.withdrawn_at_utc
        ).order_by(ConsentRow.id))
        return {(person_id, purpose): (version, given, withdrawn) for person_id, purpose, version, given, withdrawn in rows}

    def add(self, person_id: int, purpose: str, text_version: str, now: dt.datetime, retention_days: int | None = None) -> Consent:
        """Write down a consent given now."""
        row = ConsentRow(person_id=person_id, purpose=purpose, text_version=text_version, given_at_utc=now, retention_days=retention_days)
        self._session.add(row)
        self._session.flush()
        return _consent(row)

    def withdraw(self, person_id: int, purpose: str, now: dt.datetime) -> bool:
        """Withdraw each consent to ``purpose`` that is in force. False when there was none."""
        rows = self._session.scalars(
            select(ConsentRow).where(
                ConsentRow.person_id == person_id, ConsentRow.purpose == purpose, ConsentRow.withdrawn_at_utc.is_(None)
            )
        ).all()
        for row in rows:
            row.withdrawn_at_utc = now
        return bool(rows)


def _consent(row: ConsentRow) -> Consent:
    return Consent(
        purpose=row.purpose,
        text_version=row.text_version,
        given_at_utc=row.given_at_utc,
        withdrawn_at_utc=row.withdrawn_at_utc,
        retention_days=row.retention_days,
    )
