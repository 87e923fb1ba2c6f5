"""The elected clock: of several workers' one sends the scheduled jobs, and another goes on where it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from celery import Celery

from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.worker.beat import elected_scheduler

pytestmark = pytest.mark.database


SELDOM = {"retention": {"task": "retain", "schedule": 6 * 3600.0}, "recheck": {"task": "recheck", "schedule": 900.0}}


class Clock:
    """A worker's clock; ``sent`` are the tasks that it has sent."""

    def __init__(self, store: Database, host: str, schedule: Mapping[str, Any] = SELDOM) -> None:
        self.app, self.sent = Celery("test", broker="memory://", set_as_current=False), list[str]()
        self.app.conf.beat_schedule = dict(schedule)
        self._scheduler: Any = elected_scheduler(store, host)(self.app)
        self._scheduler.send_task = lambda name, *_, **__: self.sent.append(name)

    def tick(self) -> None:
        """As often as there is something to do at once."""
        self._scheduler.again()
        while not self._scheduler.tick():
            pass

    def overdue(self) -> None:
        """Everything is, by what this clock itself knows."""
        for entry in self._scheduler.schedule.values():
            entry.last_run_at -= dt.timedelta(hours=7)

    def stop(self) -> None:
        self._scheduler.close()


def test_one_clock_is_elected_and_another_goes_on_where_it_was(store: Database, database_url: str) -> None:
    """What is overdue by the database is sent at once by the elected one alone; who takes over sends nothing twice."""
    now = dt.datetime.now(dt.timezone.utc)
    with store.begin() as unit:
        unit.scheduled_jobs.sent("retention", now - dt.timedelta(hours=7))
        unit.scheduled_jobs.sent("recheck", now - dt.timedelta(minutes=5))
    with closing(Database(database_url)) as other:
        first, second = Clock(store, "one"), Clock(other, "two")
        second.overdue()
        for clock in (first, second, first):
            clock.tick()
        assert (first.sent, second.sent) == (["retain"], [])
        first.stop()
        second.tick()
        assert second.sent == [], "retention was sent a moment ago, and recheck has ten minutes left"
        with store.begin() as unit:
            assert unit.scheduled_jobs.last_sent()["retention"] >= now
            unit.scheduled_jobs.sent("recheck", now - dt.timedelta(minutes=16))
        second.stop()
        third = Clock(store, "three")
        third.tick()
        assert third.sent == ["recheck"]
        third.stop()


def test_what_runs_often_is_sent_as_soon_as_a_clock_is_elected(sqlite_store: Database) -> None:
    """Whoever takes over after a crash sweeps at once; what runs every few hours waits for its time."""
    clock = Clock(sqlite_store, "one", {"sweep": {"task": "sweep", "schedule": 30.0}, "learn": {"task": "learn", "schedule": 3 * 3600.0}})
    clock.tick()
    assert clock.sent == ["sweep"]
    clock.tick()
    assert clock.sent == ["sweep"]
    clock.stop()


def test_a_clock_without_its_database_stands_still(sqlite_store: Database) -> None:
    """It sends nothing, does not end, and goes on when the database is back."""
    clock = Clock(sqlite_store, "one")
    with sqlite_store.begin() as unit:
        unit.scheduled_jobs.sent("retention", dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=7))
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE lease RENAME TO away")
        connection.commit()
    clock.tick()
    assert clock.sent == []
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO lease")
        connection.commit()
    clock.tick()
    assert clock.sent == ["retain"]
    clock.stop()
