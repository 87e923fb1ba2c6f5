"""Leases that renew themselves, and mutexes for jobs: on PostgreSQL advisory locks, on SQLite lease rows."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.exc import SQLAlchemyError

from ls_expert_plugin.storage.locks.advisory_locks import AdvisoryLock
from ls_expert_plugin.storage.repositories.operations.leases import Lease

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import Database

logger = logging.getLogger(__name__)
# What those catch who go on without the database for a while.
DatabaseProblem = SQLAlchemyError
RENEWALS = 4
# On SQLite, a job whose process was killed is kept from running for so long.
MUTEX_TTL = dt.timedelta(minutes=1)


def now_utc() -> dt.datetime:
    """Leases go by the machine's own time: their holders are waited for."""
    return dt.datetime.now(dt.timezone.utc)


@dataclass(frozen=True)
class HeldLease:
    """A lease that a thread renews. ``lost``: somebody else has it by now, or nobody could renew it in time; whoever sees that stops."""

    lease: Lease
    lost: threading.Event = field(default_factory=threading.Event)


class Mutex(Protocol):
    """A lock that one process holds at a time, and loses when it ends."""

    def acquire(self) -> bool:
        """Whether it is ours now, or still. Raises ``SQLAlchemyError``."""
        ...

    def release(self) -> None:
        """Release the mutex, for whoever waits for it."""
        ...


class LeaseMutex:
    """A mutex that is a row. Its holder calls ``acquire`` several times in ``ttl``."""

    def __init__(self, store: Database, name: str, ttl: dt.timedelta = MUTEX_TTL) -> None:
        self._store, self._name, self._ttl = store, name, ttl
        self._lease: Lease | None = None

    def acquire(self) -> bool:
        """Whether the mutex is held now; it may be held already."""
        with self._store.begin() as unit:
            if self._lease is None or not unit.leases.renew(self._lease, now_utc(), self._ttl):
                self._lease = unit.leases.acquire(self._name, now_utc(), self._ttl)
        return self._lease is not None

    def release(self) -> None:
        """Release the mutex, for whoever waits for it."""
        lease, self._lease = self._lease, None
        if lease is not None:
            _release(self._store, lease)


def mutex(store: Database, name: str) -> Mutex:
    """The kind of mutex that this database has."""
    return AdvisoryLock(store.engine, name) if store.is_postgresql else LeaseMutex(store, f"job:{name}")


@contextmanager
def hold(store: Database, name: str, ttl: dt.timedelta) -> Iterator[HeldLease | None]:
    """Hold a lease for as long as the block runs. None: somebody else holds it."""
    with store.begin() as unit:
        lease = unit.leases.acquire(name, now_utc(), ttl)
    if lease is None:
        yield None
        return
    held, is_over = HeldLease(lease), threading.Event()
    renewing = threading.Thread(target=_keep_renewing, args=(store, held, ttl, is_over), name="lease", daemon=True)
    renewing.start()
    try:
        yield held
    finally:
        is_over.set()
        renewing.join()
        _release(store, lease)


@contextmanager
def exclusively(store: Database, name: str) -> Iterator[bool]:
    """Run a job on one machine at a time. False: it runs elsewhere."""
    if not store.is_postgresql:
        with hold(store, f"job:{name}", MUTEX_TTL) as held:
            yield held is not None
        return
    lock = AdvisoryLock(store.engine, name)
    is_ours = lock.acquire()
    try:
        yield is_ours
    finally:
        lock.release()


def _keep_renewing(store: Database, held: HeldLease, ttl: dt.timedelta, is_over: threading.Event) -> None:
    """The holder's thread. A database that does not answer once costs nothing; one that does not for the lease's time ends it."""
    renewed_s = time.monotonic()
    while not is_over.wait(ttl.total_seconds() / RENEWALS):
        try:
            with store.begin() as unit:
                is_ours = unit.leases.renew(held.lease, now_utc(), ttl)
            renewed_s = time.monotonic()
        except SQLAlchemyError as problem:
            logger.warning("%s: its lease was not renewed, the database did not answer (%s)", held.lease.name, type(problem).__name__)
            is_ours = time.monotonic() - renewed_s < ttl.total_seconds()
        if not is_ours:
            logger.warning("%s: its lease is lost; the job ends here", held.lease.name)
            held.lost.set()
            return


def _release(store: Database, lease: Lease) -> None:
    try:
        with store.begin() as unit:
            unit.leases.release(lease)
    except SQLAlchemyError as problem:
        logger.warning("%s: its lease was not given back and ends by itself (%s)", lease.name, type(problem).__name__)
