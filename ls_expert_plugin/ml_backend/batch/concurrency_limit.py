"""How many answers are asked for at a time: fewer when the endpoint fails, more again when it answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

HALVED_AT_MOST_EVERY_S = 2.0


class Throttle:
    """Lets through as many as ``limit``, 1 to ``most``. A failure halves it, each success adds a part of one. Safe to share between threads."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._limit = float(most)
        self._inside = 0
        self._halved_at_s = float("-inf")
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """How many may be inside now."""
        return max(1, int(self._limit))

    def enter(self, stop: threading.Event) -> bool:
        """Wait for a place. False: ``stop`` was set meanwhile."""
        with self._changed:
            while self._inside >= self.limit:
                if stop.is_set():
                    return False
                self._changed.wait(0.2)
            if stop.is_set():
                return False
            self._inside += 1
            return True

    def leave(self, *, worked: bool) -> None:
        """Give the place back to whoever waits."""
        with self._changed:
            self._inside -= 1
            now = self._clock()
            if worked:
                self._limit = min(float(self._most), self._limit + 1 / self._limit)
            elif now - self._halved_at_s >= HALVED_AT_MOST_EVERY_S:  # what failed together is one failure
                self._limit = max(1.0, self._limit / 2)
                self._halved_at_s = now
            self._changed.notify_all()
