"""Repository of claims: what people say of themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, cast

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import ClaimRow, RoutingDueRow
from ls_expert_plugin.vetting.values import Claim, ClaimKind


class Claims:
    """Education, licences, work and languages, as entered. Each belongs to one person: nobody finds another person's."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, person_id: int) -> tuple[Claim, ...]:
        """A person's claims, in the order they were entered."""
        rows = self._session.scalars(select(ClaimRow).where(ClaimRow.person_id == person_id).order_by(ClaimRow.id))
        return tuple(_claim(row) for row in rows)

    def get(self, person_id: int, claim_id: int) -> Claim | None:
        """This claim, if it is this person's."""
        row = self._row(person_id, claim_id)
        return _claim(row) if row else None

    def add(
        self, person_id: int, kind: ClaimKind, details: Mapping[str, Any], status: str, source: str, now: dt.datetime
    ) -> Claim:
        """Write down a claim. ``details`` must be plain JSON values."""
        row = ClaimRow(
            person_id=person_id, kind=kind, details=dict(details), status=status, source=source,
            created_at_utc=now, updated_at_utc=now,
        )
        self._session.add(row)
        self._session.flush()
        return _claim(row)

    def change(
        self, person_id: int, claim_id: int, details: Mapping[str, Any], status: str, now: dt.datetime
    ) -> Claim | None:
        """Replace what a claim says, and its status; nobody has checked it then. None when this person has no such claim."""
        row = self._row(person_id, claim_id)
        if row is None:
            return None
        row.details, row.status, row.updated_at_utc = dict(details), status, now
        row.checked_by_person_id = row.checked_at_utc = None
        self._session.flush()
        self._due(person_id)
        return _claim(row)

    def remove(self, person_id: int, claim_id: int) -> bool:
        """Delete a claim. False when this person has no such claim."""
        row = self._row(person_id, claim_id)
        if row is None:
            return False
        self._session.delete(row)
        self._session.flush()
        self._due(person_id)
        return True

    def mark_checked(self, person_id: int, claim_ids: Collection[int], checked_by_person_id: int, now: dt.datetime) -> None:
        """A manager has looked these up and found them right."""
        for row in self._rows(person_id, claim_ids):
            row.status, row.checked_by_person_id, row.checked_at_utc = "human-verified", checked_by_person_id, now
        self._session.flush()
        self._due(person_id)

    def mark_unchecked(self, person_id: int, claim_ids: Collection[int]) -> None:
        """Nobody vouches for these any more."""
        for row in self._rows(person_id, claim_ids):
            row.status, row.checked_by_person_id, row.checked_at_utc = "claimed", None, None
        self._session.flush()
        self._due(person_id)

    def _rows(self, person_id: int, claim_ids: Collection[int]) -> list[ClaimRow]:
        return list(self._session.scalars(select(ClaimRow).where(ClaimRow.person_id == person_id, ClaimRow.id.in_(sorted(claim_ids)))))

    def _due(self, person_id: int) -> None:
        """Memberships rest on what has been checked: they are due, in the transaction of the change."""
        self._session.execute(insert(RoutingDueRow).values(person_id=person_id))

    def _row(self, person_id: int, claim_id: int) -> ClaimRow | None:
        return self._session.scalars(
            select(ClaimRow).where(ClaimRow.id == claim_id, ClaimRow.person_id == person_id)
        ).one_or_none()


def _claim(row: ClaimRow) -> Claim:
    return Claim(
        id=row.id, kind=cast(ClaimKind, row.kind), details=dict(row.details), status=row.status, source=row.source,
        checked_at_utc=row.checked_at_utc,
    )
