"""Repository of sign-in tokens that were used, so that none is taken twice. Kept until they would have expired anyway."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import UsedHandoffRow


class Handoffs:
    """Repository of used hand-offs, by the token's id."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def use(self, jti: str, expires_at_utc: dt.datetime, now: dt.datetime) -> bool:
        """Mark a hand-off as used, if it is not. False when it was used before, also in this very moment by another request."""
        self._session.execute(delete(UsedHandoffRow).where(UsedHandoffRow.expires_at_utc < now - dt.timedelta(hours=1)))
        try:
            with self._session.begin_nested():
                self._session.add(UsedHandoffRow(jti=jti, expires_at_utc=expires_at_utc))
        except IntegrityError:
            return False
        return True
