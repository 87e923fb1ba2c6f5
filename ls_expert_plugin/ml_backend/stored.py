"""Example sets out of the service's database, asked for at most every few seconds per project."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from ls_expert_plugin.ml_backend.examples import ExampleSet

if TYPE_CHECKING:
    from ls_expert_plugin.storage.store import Store

CACHE_S = 5.0
KEPT_PROJECTS = 64


class StoredExamples:
    """An ``ExampleSource``. Safe to share between threads. A set is read in full only when its version is a new one."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[int, tuple[float, ExampleSet | None]] = OrderedDict()

    def latest(self, ls_project_id: int) -> ExampleSet | None:
        now = self._clock()
        with self._lock:
            asked_at, known = self._seen.get(ls_project_id, (None, None))
        if asked_at is not None and now - asked_at < CACHE_S:
            return known
        with self._store.read() as unit:
            version = unit.examples.latest_version(ls_project_id)
            if version != (known.version if known else None):
                known = unit.examples.latest(ls_project_id)
        with self._lock:
            self._seen[ls_project_id] = (now, known)
            self._seen.move_to_end(ls_project_id)
            while len(self._seen) > KEPT_PROJECTS:
                self._seen.popitem(last=False)
        return known
