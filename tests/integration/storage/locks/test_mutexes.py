"""Leases and mutexes between machines, on both databases."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from ls_expert_plugin.storage.repositories.operations.leases import Lease
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_case import at_once
from tests.support.builders.vetting_samples import NOW
from tests.support.waiting import until

pytestmark = pytest.mark.database
TTL = dt.timedelta(minutes=3)
SHORT = dt.timedelta(seconds=0.4)


def _acquire(store: Database, now: dt.datetime = NOW) -> Lease | None:
    with store.begin() as unit:
        return unit.leases.acquire("job", now, TTL)


def test_of_several_who_ask_at_once_one_holds_the_lease(store: Database) -> None:
    """The others are told so, and nobody fails."""
    results = at_once(*(lambda: _acquire(store),) * 4)
    assert sum(isinstance(one, Lease) for one in results) == 1 and results.count(None) == 3


def test_a_lease_that_ran_out_is_its_holders_until_somebody_takes_it_over(store: Database) -> None:
    """From then on the former holder can neither renew it, nor write under it, nor give it back."""
    first, later = _acquire(store), NOW + TTL
    assert first is not None and _acquire(store, later - dt.timedelta(seconds=1)) is None
    with store.begin() as unit:
        assert unit.leases.holds(first)
    second = _acquire(store, later)
    assert second is not None
    with store.begin() as unit:
        assert unit.leases.holds(second) and not unit.leases.holds(first) and not unit.leases.renew(first, later, TTL)
        unit.leases.release(first)
        assert unit.leases.holds(second) and unit.leases.renew(second, later, TTL)
        unit.leases.release(second)
    assert _acquire(store, later) is not None


@contextmanager
def fails_once(store: Database, times: int = 1) -> Iterator[list[int]]:
    """The database does not answer whoever asks next, so many times; the list has how often it did not."""
    failed: list[int] = []

    def on_checkout(*_: object) -> None:
        if len(failed) < times:
            failed.append(1)
            raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))

    event.listen(store.engine, "checkout", on_checkout)
    try:
        yield failed
    finally:
        event.remove(store.engine, "checkout", on_checkout)


def test_a_held_lease_renews_itself_and_survives_a_database_error(store: Database, database_url: str) -> None:
    """For longer than it was taken for; when the job is over anybody may have it."""
    with closing(Database(database_url)) as other:
        with store.hold("job", SHORT) as held:
            assert held is not None
            first = _until_utc(other)
            with fails_once(store) as failed:
                until(lambda: failed and _until_utc(other) > first + 2 * SHORT, "it was not renewed after the error")
            assert not held.lost.is_set() and not isinstance(_hold(other), Lease)
        assert isinstance(_hold(other), Lease)


def test_whoever_lost_a_lease_is_told(store: Database, database_url: str) -> None:
    """When somebody else has taken it over meanwhile."""
    with closing(Database(database_url)) as other, store.hold("job", SHORT) as held:
        assert held is not None
        with other.begin() as unit:
            unit.leases.release(held.lease)
        assert held.lost.wait(30)


def _hold(store: Database) -> Lease | None:
    with store.hold("job") as held:
        return held.lease if held else None


def _until_utc(store: Database) -> dt.datetime:
    with store.engine.connect() as connection:
        return dt.datetime.fromisoformat(str(connection.scalar(text("SELECT until_utc FROM lease")))).replace(tzinfo=None)


def test_a_job_runs_on_one_machine_at_a_time(store: Database, database_url: str) -> None:
    """Another machine, and another thread of the same, leave it; one of another name runs; afterwards it may run again."""
    with closing(Database(database_url)) as other:
        with store.exclusively("sweep") as ours:
            assert ours
            for elsewhere in (other, store):
                with elsewhere.exclusively("sweep") as theirs, elsewhere.exclusively("recheck") as another:
                    assert not theirs and another
        for elsewhere in (other, store):
            with elsewhere.exclusively("sweep") as theirs:
                assert theirs


def test_a_job_that_fails_gives_its_mutex_back(store: Database) -> None:
    """The next time it runs."""
    with pytest.raises(ZeroDivisionError), store.exclusively("sweep"):
        raise ZeroDivisionError
    with store.exclusively("sweep") as ours:
        assert ours


def test_a_mutex_is_kept_by_asking_again_and_free_once_its_holder_is_gone(store: Database, database_url: str) -> None:
    """As the elected clock does; on PostgreSQL it ends with the connection."""
    mutex, other = store.mutex("beat"), Database(database_url)
    theirs = other.mutex("beat")
    assert mutex.acquire() and mutex.acquire() and not theirs.acquire()
    if store.is_postgresql:
        with other.engine.connect() as connection:
            connection.execute(text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database "
                "WHERE datname = current_database()) AND pid <> pg_backend_pid()"
            ))
        until(theirs.acquire, "the lock outlived its connection")
        with pytest.raises(OperationalError):
            mutex.acquire()
    else:
        mutex.release()
        assert theirs.acquire()
    assert not mutex.acquire()
    theirs.release()
    assert mutex.acquire()
    mutex.release()
    other.close()


def test_threads_of_one_process_exclude_each_other(store: Database) -> None:
    """Of several at once one does the work."""
    done, go_on = list[int](), threading.Event()

    def work() -> None:
        with store.exclusively("sweep") as ours:
            if ours:
                done.append(1)
                go_on.wait(30)
            else:
                go_on.set()

    assert not [one for one in at_once(work, work) if one is not None] and done == [1]
