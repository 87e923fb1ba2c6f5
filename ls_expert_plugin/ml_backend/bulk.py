"""Pre-labels for a whole project: tasks come page by page, answers are made so many at a time, and go out in batches.

Answers are put on the shelf before they go out. So a run that is killed loses only what was being made in that moment: the next run
takes the others from the shelf, and skips the tasks that have them in Label Studio. Memory does not grow with the number of tasks.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ls_expert_plugin.ml_backend.desk import Key, Shelf
from ls_expert_plugin.ml_backend.throttle import Throttle

log = logging.getLogger(__name__)
BATCH = 200
BATCH_AFTER_S = 2.0
# Answers of a slow model do not wait for a batch to be full.
SENT_AFTER_S = 10.0
# So many failures without one answer between them, and the endpoint is down: going on costs time, and money.
HOPELESS = 50
LOOK_EVERY_S = 2.0

Task = Mapping[str, Any]


class Maker(Protocol):
    """The pre-labeller of the project."""

    def key(self, task: object) -> Key: ...
    def make(self, task: object) -> dict[str, Any] | None: ...


@dataclass(frozen=True)
class Totals:
    """How far a run has come. ``made``: pre-labels in Label Studio now; ``empty``: nothing to propose; ``kept``: taken from an earlier run.

    ``elsewhere``: made by somebody else right now. ``why``: why the run ended before its time; empty: it did not.
    """

    tasks: int = 0
    made: int = 0
    empty: int = 0
    failed: int = 0
    kept: int = 0
    elsewhere: int = 0
    at_once: int = 0
    why: str = ""

    @property
    def done(self) -> int:
        return self.made + self.empty + self.failed


def run(
    pages: Iterator[Sequence[Task]], maker: Maker, shelf: Shelf, send: Callable[[Sequence[tuple[int, dict[str, Any]]]], None], *,
    concurrency: int, stop: threading.Event, told: Callable[[Totals], None] = lambda totals: None, clock: Callable[[], float] = time.monotonic,
) -> Totals:
    """Make pre-labels for all tasks of ``pages`` and ``send`` them as (task id, prediction). ``stop`` ends it after what is under way.

    Raises what ``pages`` and ``send`` raise, after what was made is on the shelf.
    """
    return _Run(maker, shelf, send, concurrency, stop, told, clock).over(pages)


class _Run:
    def __init__(
        self, maker: Maker, shelf: Shelf, send: Callable[[Sequence[tuple[int, dict[str, Any]]]], None], concurrency: int, stop: threading.Event,
        told: Callable[[Totals], None], clock: Callable[[], float],
    ) -> None:
        self._maker, self._shelf, self._send, self._stop, self._told, self._clock = maker, shelf, send, stop, told, clock
        self._throttle = Throttle(concurrency)
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="bulk")
        self._ready: queue.Queue[tuple[Key, dict[str, Any] | None, bool]] = queue.Queue()
        self._totals = Totals()
        self._under_way = 0
        self._failed_in_a_row = 0
        self._sent_s = clock()

    def over(self, pages: Iterator[Sequence[Task]]) -> Totals:
        elsewhere: dict[Key, Task] = {}
        waiting: list[tuple[Key, dict[str, Any] | None, bool]] = []
        try:
            for page in pages:
                if self._stop.is_set():
                    break
                elsewhere.update(self._take(page, waiting))
                self._drain(waiting, until=BATCH)
            while self._under_way or waiting:
                self._drain(waiting, until=0)
            while elsewhere and not self._stop.is_set():
                elsewhere = self._look_again(elsewhere, waiting)
                while self._under_way or waiting:
                    self._drain(waiting, until=0)
        except BaseException:
            self._stop.set()
            self._save(waiting)
            raise
        finally:
            self._threads.shutdown(wait=True, cancel_futures=False)
            self._save(self._rest())
        self._totals = replace(self._totals, elsewhere=len(elsewhere))
        self._told(self._totals)
        return self._totals

    def _take(self, page: Sequence[Task], waiting: list[tuple[Key, dict[str, Any] | None, bool]]) -> dict[Key, Task]:
        """Begin with a page; the tasks that somebody else is making."""
        tasks = {self._maker.key(task): task for task in page}
        ready, mine = self._shelf.take(list(tasks))
        self._totals = replace(self._totals, tasks=self._totals.tasks + len(tasks), kept=self._totals.kept + len(ready))
        waiting.extend((key, made, True) for key, made in ready.items())
        left = set(mine)
        try:
            for key in mine:
                if not self._throttle.enter(self._stop):
                    break
                left.remove(key)
                self._under_way += 1
                self._threads.submit(self._make, key, tasks[key])
                self._drain(waiting, until=BATCH, wait=False)
        finally:
            if left:
                self._shelf.put(dict.fromkeys(left))  # stopped, or Label Studio went away: others may have them
        return {key: task for key, task in tasks.items() if key not in ready and key not in mine}

    def _look_again(self, elsewhere: Mapping[Key, Task], waiting: list[tuple[Key, dict[str, Any] | None, bool]]) -> dict[Key, Task]:
        """What others were making: take what is ready, and what they gave up."""
        self._told(replace(self._totals, elsewhere=len(elsewhere)))
        self._stop.wait(LOOK_EVERY_S)
        before = self._totals.tasks
        left = self._take(list(elsewhere.values()), waiting)
        self._totals = replace(self._totals, tasks=before)
        return left

    def _make(self, key: Key, task: Task) -> None:
        made = None
        try:
            made = self._maker.make(task)
        except Exception:  # noqa: BLE001  # a thread of the pool is an entry point of its own
            log.exception("task %s: no pre-label, because making one failed", key.ls_task_id)
        finally:
            self._throttle.leave(worked=made is not None)
            self._ready.put((key, made, False))

    def _drain(self, waiting: list[tuple[Key, dict[str, Any] | None, bool]], *, until: int, wait: bool = True) -> None:
        """Collect what is ready, and send it once there is a batch; with ``until`` 0, after a short while whatever there is."""
        ends = self._clock() + BATCH_AFTER_S
        while True:
            is_last = not self._under_way
            try:
                one = self._ready.get(timeout=0.2) if wait and until == 0 and not is_last else self._ready.get_nowait()
                self._under_way -= 1
                waiting.append(one)
                self._count_failures(one[1])
            except queue.Empty:
                if until or is_last or self._clock() > ends:
                    break
            if len(waiting) >= BATCH:
                break
        if len(waiting) >= max(until, 1) or waiting and self._clock() - self._sent_s > SENT_AFTER_S:
            self._put(waiting)

    def _count_failures(self, made: dict[str, Any] | None) -> None:
        self._failed_in_a_row = 0 if made is not None else self._failed_in_a_row + 1
        if self._failed_in_a_row >= HOPELESS and not self._stop.is_set():
            self._totals = replace(self._totals, why=f"{HOPELESS} answers in a row failed")
            self._stop.set()

    def _put(self, waiting: list[tuple[Key, dict[str, Any] | None, bool]]) -> None:
        batch, waiting[:] = waiting[:], []
        self._sent_s = self._clock()
        self._save(batch)
        good = [(key.ls_task_id, made) for key, made, _ in batch if made]
        if good:
            self._send(good)
        failed = sum(made is None for _, made, _ in batch)
        totals = self._totals
        self._totals = replace(
            totals, made=totals.made + len(good), failed=totals.failed + failed, empty=totals.empty + len(batch) - len(good) - failed,
            at_once=self._throttle.limit,
        )
        self._told(self._totals)

    def _save(self, batch: Sequence[tuple[Key, dict[str, Any] | None, bool]]) -> None:
        """Onto the shelf, but for what came from there."""
        fresh = {key: made for key, made, was_kept in batch if not was_kept}
        if fresh:
            self._shelf.put(fresh)

    def _rest(self) -> list[tuple[Key, dict[str, Any] | None, bool]]:
        found = []
        while not self._ready.empty():
            found.append(self._ready.get_nowait())
        return found
