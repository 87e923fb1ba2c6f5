"""Pre-labels for a whole project: tasks come page by page, answers are made so many at a time, and go out in batches. Reading, making and sending
go on beside each other.

Answers are put on the shelf before they go out. So a run that is killed loses only what was being made in that moment: the next run
takes the others from the shelf, and skips the tasks that have them in Label Studio. Memory does not grow with the number of tasks.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ls_expert_plugin.ml_backend.batch.concurrency_limit import Throttle
from ls_expert_plugin.ml_backend.serving.single_flight import PredictionCache, PredictionKey

log = logging.getLogger(__name__)
BATCH = 200
# What became ready while a batch was under way goes along with the next: Label Studio on SQLite takes longer for each request, whatever is
# in it, the more predictions a project has (1.23.2: some 0.8 s for each 1,000).
MOST_AT_ONCE = 2000
# Answers of a slow model do not wait for a batch to be full.
SENT_AFTER_S = 10.0
# So many failures without one answer between them, and the endpoint is down: going on costs time, and money.
HOPELESS = 50
LOOK_EVERY_S = 2.0

Task = Mapping[str, Any]


class Maker(Protocol):
    """What makes answers: the pre-labeller of the project."""

    def key(self, task: object) -> PredictionKey: ...
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
    pages: Iterator[Sequence[Task]], maker: Maker, shelf: PredictionCache, send: Callable[[Sequence[tuple[int, dict[str, Any]]]], None], *,
    concurrency: int, stop: threading.Event, told: Callable[[Totals], None] = lambda totals: None, clock: Callable[[], float] = time.monotonic,
) -> Totals:
    """Make pre-labels for all tasks of ``pages`` and ``send`` them as (task id, prediction). ``stop`` ends it after what is under way.

    Raises what ``pages`` and ``send`` raise, after what was made is on the shelf.
    """
    return _Run(maker, shelf, send, concurrency, stop, told, clock).over(pages)


@dataclass(frozen=True)
class _Made:
    """``made`` None: it could not be made. ``was_kept``: it came from the shelf."""

    key: PredictionKey
    made: dict[str, Any] | None
    was_kept: bool = False


class _Run:
    def __init__(
        self, maker: Maker, shelf: PredictionCache, send: Callable[[Sequence[tuple[int, dict[str, Any]]]], None], concurrency: int, stop: threading.Event,
        told: Callable[[Totals], None], clock: Callable[[], float],
    ) -> None:
        self._maker, self._shelf, self._send, self._stop, self._told, self._clock = maker, shelf, send, stop, told, clock
        self._throttle = Throttle(concurrency)
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="bulk")
        # None: nothing comes any more.
        self._ready: queue.Queue[_Made | None] = queue.Queue()
        self._kept: queue.Queue[_Made | None] = queue.Queue()
        self._lock = threading.Lock()
        self._totals = Totals()
        self._failed_in_a_row = 0
        self._is_broken = False
        self._problem: Exception | None = None

    def over(self, pages: Iterator[Sequence[Task]]) -> Totals:
        elsewhere: dict[PredictionKey, Task] = {}
        others = [threading.Thread(target=one, name="bulk") for one in (self._keep_what_is_ready, self._send_what_is_kept)]
        for thread in others:
            thread.start()
        try:
            with closing(_read_ahead(pages)) as read:
                for page in read:
                    while self._kept.qsize() > 2 * MOST_AT_ONCE and not self._stop.is_set():
                        self._stop.wait(0.05)  # Label Studio is slower than the model
                    if self._stop.is_set():
                        break
                    elsewhere.update(self._take(page))
            while elsewhere and not self._stop.is_set():
                elsewhere = self._look_again(elsewhere)
        except BaseException:
            self._is_broken = True
            self._stop.set()
            raise
        finally:
            self._threads.shutdown(wait=True, cancel_futures=False)
            self._ready.put(None)
            for thread in others:
                thread.join()
        if self._problem is not None:
            raise self._problem
        self._count(elsewhere=len(elsewhere))
        return self._totals

    def _take(self, page: Sequence[Task]) -> dict[PredictionKey, Task]:
        """Begin with a page; the tasks that somebody else is making."""
        tasks = {self._maker.key(task): task for task in page}
        ready, mine = self._shelf.take(list(tasks))
        self._count(tasks=len(tasks), kept=len(ready), is_told=False)
        for key, made in ready.items():
            self._ready.put(_Made(key, made, was_kept=True))
        left = set(mine)
        try:
            for key in mine:
                if not self._throttle.enter(self._stop):
                    break
                left.remove(key)
                self._threads.submit(self._make, key, tasks[key])
        finally:
            if left:
                self._shelf.put(dict.fromkeys(left))  # stopped, or Label Studio went away: others may have them
        return {key: task for key, task in tasks.items() if key not in ready and key not in mine}

    def _look_again(self, elsewhere: Mapping[PredictionKey, Task]) -> dict[PredictionKey, Task]:
        """What others were making: take what is ready, and what they gave up."""
        with self._lock:
            self._told(replace(self._totals, elsewhere=len(elsewhere)))
        self._stop.wait(LOOK_EVERY_S)
        left = self._take(list(elsewhere.values()))
        self._count(tasks=-len(elsewhere), is_told=False)
        return left

    def _make(self, key: PredictionKey, task: Task) -> None:
        made = None
        try:
            made = self._maker.make(task)
        except Exception:  # noqa: BLE001  # a thread of the pool is an entry point of its own
            log.exception("task %s: no pre-label, because making one failed", key.ls_task_id)
        finally:
            self._ready.put(_Made(key, made))
            self._throttle.leave(worked=made is not None)
            self._look_at_failures(made)

    def _look_at_failures(self, made: dict[str, Any] | None) -> None:
        with self._lock:
            self._failed_in_a_row = 0 if made is not None else self._failed_in_a_row + 1
            if self._failed_in_a_row >= HOPELESS and not self._stop.is_set():
                self._totals = replace(self._totals, why=f"{HOPELESS} answers in a row failed")
                self._stop.set()

    def _keep_what_is_ready(self) -> None:
        """The keeper's thread: answers onto the shelf as soon as they are there, so that they need not be paid for again; then to the sender."""
        is_last = False
        while not is_last:
            some = [self._ready.get()]
            while some[-1] is not None and len(some) < BATCH and not self._ready.empty():
                some.append(self._ready.get())
            is_last = some[-1] is None
            made = [one for one in some if one is not None]
            with self._problems():
                if fresh := {one.key: one.made for one in made if not one.was_kept}:
                    self._shelf.put(fresh)
                for one in made:
                    self._kept.put(one)
        self._kept.put(None)

    def _send_what_is_kept(self) -> None:
        """The sender's thread: batches, until nothing comes any more."""
        waiting: list[_Made] = []
        since_s, is_last = self._clock(), False
        while not is_last:
            try:
                one = self._kept.get(timeout=0.2 if waiting else None)
                is_last = one is None
                if one is not None:
                    since_s = since_s if waiting else self._clock()
                    waiting.append(one)
            except queue.Empty:
                pass
            while waiting and not is_last and len(waiting) < MOST_AT_ONCE and not self._kept.empty():
                one = self._kept.get()
                is_last = one is None
                waiting.extend([one] if one is not None else [])
            if waiting and (is_last or len(waiting) >= BATCH or self._clock() - since_s > SENT_AFTER_S):
                with self._problems():
                    self._send_batch(waiting)
                waiting = []

    def _send_batch(self, batch: Sequence[_Made]) -> None:
        if self._is_broken or self._problem:
            return  # it is on the shelf
        good = [(one.key.ls_task_id, one.made) for one in batch if one.made]
        if good:
            self._send(good)
        failed = sum(one.made is None for one in batch)
        self._count(made=len(good), failed=failed, empty=len(batch) - len(good) - failed)

    @contextmanager
    def _problems(self) -> Iterator[None]:
        """What goes wrong in a thread ends the run, and is raised where it was begun."""
        try:
            yield
        except Exception as problem:  # noqa: BLE001  # raised again by ``over``
            self._problem = self._problem or problem
            self._stop.set()

    def _count(self, *, is_told: bool = True, **more: int) -> None:
        with self._lock:
            sums = {name: getattr(self._totals, name) + count for name, count in more.items()}
            self._totals = replace(self._totals, at_once=self._throttle.limit, **sums)
            if is_told:
                self._told(self._totals)


def _read_ahead(pages: Iterator[Sequence[Task]]) -> Generator[Sequence[Task], None, None]:
    """The same pages; the next one is read while one is worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="bulk-reader") as reader:
        coming = reader.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = reader.submit(next, pages, None)
            yield page
