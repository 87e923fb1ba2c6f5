"""Repository of looks: when each reviewer saw a dossier last."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import DossierLookRow
from ls_expert_plugin.storage.upsert import upsert

# Loading the page again within this time is the same visit: what was new stays marked as new.
VISIT = dt.timedelta(minutes=30)


class DossierLooks:
    """Repository of the last visits of reviewers to dossiers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def before(self, verification_id: int, person_id: int, now: dt.datetime) -> dt.datetime | None:
        """When this reviewer's visit before the one at ``now`` was; None: this is the first."""
        return self._before(self._row(verification_id, person_id), now)

    def note(self, verification_id: int, person_id: int, now: dt.datetime) -> None:
        """Note a look; one within a visit keeps when the visit before was."""
        row = self._row(verification_id, person_id)
        upsert(self._session, DossierLookRow, ("verification_id", "person_id"), [{
            "verification_id": verification_id, "person_id": person_id, "looked_at_utc": now, "before_utc": self._before(row, now),
        }])

    def _row(self, verification_id: int, person_id: int) -> DossierLookRow | None:
        return self._session.scalars(
            select(DossierLookRow).where(DossierLookRow.verification_id == verification_id, DossierLookRow.person_id == person_id)
            .execution_options(populate_existing=True)
        ).one_or_none()

    @staticmethod
    def _before(row: DossierLookRow | None, now: dt.datetime) -> dt.datetime | None:
        if row is None:
            return None
        return row.looked_at_utc if now - row.looked_at_utc > VISIT else row.before_utc
