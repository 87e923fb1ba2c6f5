"""Repository of leases: the right to run one job, for a while, with a fencing token.

Who takes a lease gets a token; renewing, releasing and writing what a job came to ask whether that token is still the lease's. A lease that
ran out counts as held until somebody else has taken it over: from then on its former holder can write nothing.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import LeaseRow

# Holders renew several times as often; a holder that has not for so long is gone.
LEASE_TTL = dt.timedelta(minutes=3)


@dataclass(frozen=True)
class Lease:
    """A lease as its holder knows it."""

    name: str
    token: str


class Leases:
    """At most one holder for each name."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def acquire(self, name: str, now: dt.datetime, ttl: dt.timedelta = LEASE_TTL) -> Lease | None:
        """Take it until ``now + ttl``, also over from a holder whose time is up. None: somebody holds it."""
        dialect = postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite
        token = secrets.token_hex(16)
        added = dialect.insert(LeaseRow).values(name=name, token=token, until_utc=now + ttl)
        taken = self._session.execute(added.on_conflict_do_update(
            index_elements=["name"], set_={"token": token, "until_utc": now + ttl}, where=LeaseRow.until_utc <= now
        ).returning(LeaseRow.token)).first()
        return Lease(name, token) if taken else None

    def renew(self, lease: Lease, now: dt.datetime, ttl: dt.timedelta = LEASE_TTL) -> bool:
        """Keep it until ``now + ttl``. False: it is somebody else's, or was released."""
        changed = update(LeaseRow).where(*_is(lease)).values(until_utc=now + ttl).returning(LeaseRow.name)
        return self._session.execute(changed).first() is not None

    def holds(self, lease: Lease) -> bool:
        """Whether it is still this holder's; the answer stays true until this unit ends. Ask in the unit that writes."""
        return self._session.scalar(select(LeaseRow.name).where(*_is(lease)).with_for_update(key_share=True)) is not None

    def release(self, lease: Lease) -> None:
        """Give it back, if it is still this holder's."""
        self._session.execute(delete(LeaseRow).where(*_is(lease)))


def _is(lease: Lease) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return LeaseRow.name == lease.name, LeaseRow.token == lease.token
