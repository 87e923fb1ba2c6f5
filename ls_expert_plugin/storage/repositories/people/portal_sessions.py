"""Repository of portal sessions: a row for each, so that all of a person's can be ended at once, from anywhere.

The browser holds a random token, the database its SHA-256: who reads the database can open no session with it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.repositories.people.people import as_person
from ls_expert_plugin.storage.tables import PersonRow, PortalSessionRow
from ls_expert_plugin.vetting.values import Person


@dataclass(frozen=True)
class OpenSession:
    """A session that is open, and when Label Studio last said that its person is an active member (None: never, or too long ago to know)."""

    person: Person
    seen_at_utc: dt.datetime
    heard_at_utc: dt.datetime | None


class PortalSessions:
    """Repository of sessions, found by their token. ``idle`` and ``lifetime`` are how long one lasts without a request, and at all."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, person_id: int, lifetime: dt.timedelta, now: dt.datetime) -> str:
        """Open a session; the token that the browser keeps. Those that are over by their age are removed."""
        token = secrets.token_urlsafe(32)
        self._session.execute(delete(PortalSessionRow).where(PortalSessionRow.begun_at_utc < now - lifetime))
        self._session.add(PortalSessionRow(id=_digest(token), person_id=person_id, begun_at_utc=now, seen_at_utc=now))
        self._session.flush()
        return token

    def find(self, token: str, idle: dt.timedelta, lifetime: dt.timedelta, now: dt.datetime) -> OpenSession | None:
        """The session of this token; None when it was ended, is over, or its person has left."""
        found = self._session.execute(
            select(PortalSessionRow, PersonRow).join(PersonRow, PersonRow.id == PortalSessionRow.person_id)
            .where(PortalSessionRow.id == _digest(token), PersonRow.gone_at_utc.is_(None))
        ).one_or_none()
        if found is None:
            return None
        row, person = found
        if now - row.begun_at_utc > lifetime or now - row.seen_at_utc > idle:
            return None
        return OpenSession(as_person(person), row.seen_at_utc, person.heard_at_utc)

    def touch(self, token: str, now: dt.datetime) -> None:
        """Note when the session was last used."""
        self._session.execute(update(PortalSessionRow).where(PortalSessionRow.id == _digest(token)).values(seen_at_utc=now))

    def end_all(self, person_id: int) -> None:
        """End every session of a person, in every browser."""
        self._session.execute(delete(PortalSessionRow).where(PortalSessionRow.person_id == person_id))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
