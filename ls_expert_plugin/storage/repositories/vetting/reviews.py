"""Repository of what reviewers and candidates put down beside a verification. Entries are only ever added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.repositories.people.people import as_person, name_of
from ls_expert_plugin.storage.tables import PersonRow, ReviewEntryRow, VerificationEventRow, VerificationRow
from ls_expert_plugin.vetting.values import EntryKind, ReviewEntry


class Reviews:
    """Verdicts, requests, answers, appeals and corrections."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, verification_id: int) -> tuple[ReviewEntry, ...]:
        """All entries beside a verification, oldest first."""
        rows = self._session.execute(
            select(ReviewEntryRow, PersonRow).outerjoin(PersonRow, PersonRow.id == ReviewEntryRow.author_person_id)
            .where(ReviewEntryRow.verification_id == verification_id).order_by(ReviewEntryRow.id)
        )
        return tuple(
            ReviewEntry(
                id=row.id, round=row.round, kind=cast(EntryKind, row.kind), author=row.author_name or (as_person(author).shown_name if author else "system"),
                author_person_id=row.author_person_id, about=row.about, text=row.text, details=dict(row.details), at_utc=row.at_utc,
            )
            for row, author in rows
        )

    def verdicts_by_domain(self) -> list[tuple[str, ReviewEntry]]:
        """All verdicts there are, each with its domain, oldest first."""
        rows = self._session.execute(
            select(VerificationRow.domain, ReviewEntryRow).join(VerificationRow, VerificationRow.id == ReviewEntryRow.verification_id)
            .where(ReviewEntryRow.kind == "verdict").order_by(ReviewEntryRow.id)
        )
        return [(domain, ReviewEntry(
            id=row.id, round=row.round, kind="verdict", author="", author_person_id=row.author_person_id, about="", text="",
            details=dict(row.details), at_utc=row.at_utc,
        )) for domain, row in rows]

    def round(self, verification_id: int) -> int:
        """How often it has come to review so far."""
        event = VerificationEventRow
        return self._session.scalar(
            select(func.count()).select_from(event)
            .where(event.verification_id == verification_id, event.to_status == "in_review", event.from_status != "in_review")
        ) or 0

    def add(
        self, verification_id: int, kind: EntryKind, author_person_id: int | None, text: str, now: dt.datetime, *,
        about: str = "", details: Mapping[str, Any] | None = None,
    ) -> None:
        """Put something down in the round that is on. ``details`` must be plain JSON values."""
        self._session.add(ReviewEntryRow(
            verification_id=verification_id, round=self.round(verification_id), kind=kind, author_person_id=author_person_id,
            author_name=name_of(self._session, author_person_id), about=about, text=text, details=dict(details or {}), at_utc=now,
        ))
        self._session.flush()
