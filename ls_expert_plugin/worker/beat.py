"""The elected clock: every worker has one, and one of them sends the scheduled jobs.

A Celery beat scheduler that sends while it holds a mutex in the database (``storage/locks/mutexes.py``). When its process ends another takes over within
seconds; what runs every few minutes or hours goes on where the one before was, because that is in the database, too.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING, Any

from celery.beat import EmbeddedService, Scheduler
from celery.signals import worker_ready

from ls_expert_plugin.storage.locks.mutexes import DatabaseProblem

if TYPE_CHECKING:
    from celery import Celery

    from ls_expert_plugin.storage.unit_of_work import Database

logger = logging.getLogger(__name__)
# How often one who is not elected asks again, and one who is renews, in seconds.
ELECTION_EVERY_S = 5.0
STOPS_WITHIN_S = 5.0
# Of jobs that run as often as this nobody needs to know when they ran last.
REMEMBERED_FROM = dt.timedelta(minutes=1)


def elected_scheduler(store: Database, host: str) -> type[Scheduler]:
    """The scheduler class of a worker on ``host``."""

    class ElectedScheduler(Scheduler):  # type: ignore[misc]  # Celery has no types
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._mutex, self._is_elected, self._ask_at_s = store.mutex("beat"), False, 0.0

        def tick(self, *arguments: Any, **options: Any) -> float:
            if time.monotonic() >= self._ask_at_s:
                self._ask()
                self._ask_at_s = time.monotonic() + ELECTION_EVERY_S
            return float(super().tick(*arguments, **options) if self._is_elected else self.max_interval)

        def again(self) -> None:
            """Ask at the next tick who is elected."""
            self._ask_at_s = 0.0

        def _ask(self) -> None:
            try:
                is_elected = self._mutex.acquire()
                if is_elected and not self._is_elected:
                    self._go_on()
            except DatabaseProblem as problem:
                logger.warning("the clock stands still: the database does not answer (%s)", type(problem).__name__)
                is_elected = False
            if is_elected != self._is_elected:
                logger.info("the clock is %s %s", "now" if is_elected else "no longer", host)
            self._is_elected = is_elected

        def _go_on(self) -> None:
            """From where the one before was; what runs often, at once: nobody knows how long there was no clock."""
            with store.read() as unit:
                sent = unit.scheduled_jobs.last_sent()
            for name, entry in self.schedule.items():
                if name in sent:
                    entry.last_run_at = sent[name].astimezone(entry.last_run_at.tzinfo)
                elif entry.schedule.run_every < REMEMBERED_FROM:
                    entry.last_run_at -= entry.schedule.run_every
            self._heap = None

        def apply_async(self, entry: Any, *arguments: Any, **options: Any) -> Any:
            if entry.schedule.run_every >= REMEMBERED_FROM:
                with store.begin() as unit:
                    unit.scheduled_jobs.sent(entry.name, dt.datetime.now(dt.timezone.utc))
            return super().apply_async(entry, *arguments, **options)

        def close(self) -> None:
            super().close()
            self._mutex.release()

    return ElectedScheduler


class Beat:
    """The clock of a worker, in a thread."""

    def __init__(self, app: Celery, store: Database, host: str) -> None:
        self._thread = EmbeddedService(app, thread=True, scheduler_cls=elected_scheduler(store, host))

    def start(self) -> None:
        """Begin to stand for election as soon as the worker takes jobs, and its log is set up."""
        worker_ready.connect(self._on_ready, weak=False)

    def _on_ready(self, **_: Any) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End, so that another is elected. One that waits for its broker is not waited for: it ends with the process."""
        self._thread.service.stop()
        if self._thread.is_alive():
            self._thread.join(STOPS_WITHIN_S)
