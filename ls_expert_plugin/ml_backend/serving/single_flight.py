"""Where answers are made that take long: each once, however many ask for it, to its end, whoever stops waiting.

    single_flight.answers(wanted, make, deadline_s)

Threads of this process share what is under way. Other processes see it on the shelf, a table: who takes a key there makes the answer, the
others wait for it. What is not ready at the deadline goes on, and is on the shelf when it is asked for again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

log = logging.getLogger(__name__)
# Others' answers are looked for on the shelf this often.
LOOK_EVERY_S = 0.2


@dataclass(frozen=True)
class PredictionKey:
    """An answer: to a task, under a version, for the data and label config behind ``content``."""

    ls_project_id: int
    ls_task_id: int
    version: str
    content: str


class PredictionCache(Protocol):
    """Answers that are being made or were made lately, for all processes. ``{}`` is an answer: nothing to propose."""

    def take(self, keys: Sequence[PredictionKey]) -> tuple[dict[PredictionKey, dict[str, Any]], set[PredictionKey]]:
        """Those that are ready, and those that the caller is to make now."""
        ...

    def ready(self, keys: Sequence[PredictionKey]) -> tuple[dict[PredictionKey, dict[str, Any]], set[PredictionKey]]:
        """Those that are ready, and those that somebody still makes."""
        ...

    def put(self, made: Mapping[PredictionKey, dict[str, Any] | None]) -> None:
        """Keep these. None: it could not be made, and may be tried again."""
        ...


class SingleFlight:
    """One for each process. ``shelf`` None: nobody else makes answers. Safe to share between threads."""

    def __init__(self, shelf: PredictionCache | None, concurrency: int) -> None:
        self._shelf = shelf
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="prelabel")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="prelabel-shelf")
        self._lock = threading.Lock()
        self._under_way: dict[PredictionKey, Future[dict[str, Any] | None]] = {}
        self._finished: dict[PredictionKey, tuple[Future[dict[str, Any] | None], dict[str, Any] | None]] = {}

    def answers(self, wanted: Sequence[PredictionKey], make: Callable[[int], dict[str, Any] | None], deadline_s: float) -> list[dict[str, Any]]:
        """One for each key, in order; ``{}`` for what failed or is not ready at ``deadline_s`` on the monotonic clock.

        ``make(number)`` makes the answer to ``wanted[number]``, on one of its threads; None when it cannot. It must not raise.
        """
        numbers = {key: number for number, key in enumerate(wanted)}
        with self._lock:
            here = {key: self._under_way[key] for key in numbers if key in self._under_way}
        asked = [key for key in numbers if key not in here]
        ready, mine = self._shelf.take(asked) if self._shelf and asked else ({}, set(asked))
        others = set(asked) - ready.keys() - mine
        for key in mine:
            here[key] = self._begin(key, make, numbers[key])
        found: dict[PredictionKey, dict[str, Any]] = dict(ready)
        while here or others:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                break
            done, _ = wait(here.values(), timeout=min(left_s, LOOK_EVERY_S) if others else left_s) if here else (set(), set())
            if not here:
                time.sleep(min(left_s, LOOK_EVERY_S))
            for key, future in [(key, future) for key, future in here.items() if future in done]:
                found[key] = future.result() or {}
                del here[key]
            if others and self._shelf:
                fresh, others_left = self._shelf.ready(sorted(others, key=lambda key: key.ls_task_id))
                found |= fresh
                others = others_left
        for key, future in here.items():
            if future.done():
                found[key] = future.result() or {}
        return [found.get(key, {}) for key in wanted]

    def close(self) -> None:
        """Wait for what is under way, and put it on the shelf."""
        self._threads.shutdown(wait=True)
        self._writer.shutdown(wait=True)

    def _begin(self, key: PredictionKey, make: Callable[[int], dict[str, Any] | None], number: int) -> Future[dict[str, Any] | None]:
        with self._lock:
            if key in self._under_way:  # somebody was quicker
                return self._under_way[key]
            future = self._under_way[key] = Future()
        self._threads.submit(self._make, future, key, make, number)
        return future

    def _make(self, future: Future[dict[str, Any] | None], key: PredictionKey, make: Callable[[int], dict[str, Any] | None], number: int) -> None:
        """Make one answer. It is given out when it is on the shelf, so that nobody misses it in both places."""
        made = None
        try:
            made = make(number)
        finally:
            with self._lock:
                self._finished[key] = future, made
                nobody_comes = len(self._finished) == 1
            if nobody_comes:
                self._writer.submit(self._give_out)

    def _give_out(self) -> None:
        """Put on the shelf what is finished by now, in one transaction, and tell those who wait."""
        with self._lock:
            finished, self._finished = self._finished, {}
        try:
            if self._shelf:
                self._shelf.put({key: made for key, (_, made) in finished.items()})
        except Exception:  # noqa: BLE001  # a thread of the pool is an entry point of its own: the answers are given out all the same
            log.exception("%d answers could not be kept; they are made anew when asked for again", len(finished))
        finally:
            with self._lock:
                for key in finished:
                    self._under_way.pop(key, None)
            for future, made in finished.values():
                future.set_result(made)
