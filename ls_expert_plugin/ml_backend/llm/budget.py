"""What pre-labels cost: whom a call is counted for, prices, and the stop when a day's tokens are spent."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.storage.unit_of_work import Database

log = logging.getLogger(__name__)
# Of calls for pre-labels, in the log of calls.
PURPOSE = "ml_backend.prelabel"
LOOK_EVERY_S = 5.0
SAY_SO_EVERY_S = 60.0


def subject_of(ls_project_id: int, version: str) -> str:
    """What a call is counted for, in the log of calls."""
    return f"project {ls_project_id} {version}"[:240]


@dataclass(frozen=True)
class Price:
    """Of a million tokens read, and of a million written, in whatever money it is."""

    read: float
    written: float

    def of(self, tokens_read: int, tokens_written: int) -> float:
        """What so many tokens cost, in the money of the price."""
        return (tokens_read * self.read + tokens_written * self.written) / 1e6


class Budget:
    """Whether pre-labels may still be asked for today. ``spent``: tokens spent today; looked up every few seconds, so that a day ends a little late.

    ``tokens_a_day`` None: no end. Safe to share between threads.
    """

    def __init__(self, tokens_a_day: int | None, spent: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._tokens, self._spent, self._clock = tokens_a_day, spent, clock
        self._lock = threading.Lock()
        self._looked_s = self._said_s = float("-inf")
        self._is_open = True

    def is_open(self) -> bool:
        """Says in the log, once a minute, when it is not."""
        if self._tokens is None:
            return True
        with self._lock:
            now = self._clock()
            if now - self._looked_s >= LOOK_EVERY_S:
                self._looked_s = now
                self._is_open = self._spent() < self._tokens
            if not self._is_open and now - self._said_s >= SAY_SO_EVERY_S:
                self._said_s = now
                log.warning("LS_EXPERT_PRELABEL_DAILY_TOKENS: today's %d tokens are spent; no pre-labels by a language model until tomorrow", self._tokens)
            return self._is_open


NO_END = Budget(None, lambda: 0)


def daily_budget(settings: Settings, store: Database, clock: Callable[[], dt.datetime]) -> Budget:
    """The stop of ``LS_EXPERT_PRELABEL_DAILY_TOKENS``, on the log of calls; days are in UTC."""
    def spent() -> int:
        with store.read() as unit:
            return unit.usage.tokens_since(clock().replace(hour=0, minute=0, second=0, microsecond=0), PURPOSE)

    return Budget(settings.prelabel_daily_tokens, spent)
