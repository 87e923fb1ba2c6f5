"""Example sets and recipes out of the service's database, asked for at most every few seconds per project."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.ml_backend.calibration import Calibration
from ls_expert_plugin.ml_backend.examples import ExampleSet
from ls_expert_plugin.ml_backend.recipe import Recipe

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
        self._older: OrderedDict[tuple[int, str], ExampleSet] = OrderedDict()

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

    def of_version(self, ls_project_id: int, version: str) -> ExampleSet | None:
        with self._lock:
            _, newest = self._seen.get(ls_project_id, (0.0, None))
            known = newest if newest and newest.version == version else self._older.get((ls_project_id, version))
        if known is None:
            with self._store.read() as unit:
                known = unit.examples.of_version(ls_project_id, version)
        if known is not None:
            with self._lock:
                self._older[(ls_project_id, version)] = known
                while len(self._older) > KEPT_PROJECTS:
                    self._older.popitem(last=False)
        return known


class StoredProjects:
    """``Projects``. Safe to share between threads; a switch counts within seconds."""

    def __init__(self, store: Store, now: Callable[[], dt.datetime], clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._now, self._clock = store, now, clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[int, tuple[float, Recipe | None, Any]] = OrderedDict()
        self._worth: OrderedDict[tuple[int, str], tuple[float, Calibration | None]] = OrderedDict()

    def active(self, ls_project_id: int) -> Recipe | None:
        return self._row(ls_project_id)[0]

    def extra_params(self, ls_project_id: int) -> Any:
        return self._row(ls_project_id)[1]

    def calibration(self, ls_project_id: int, version: str) -> Calibration | None:
        now, key = self._clock(), (ls_project_id, version)
        with self._lock:
            seen = self._worth.get(key)
        if seen is not None and now - seen[0] < CACHE_S:
            return seen[1]
        with self._store.read() as unit:
            found = unit.prelabel_scores.calibration(ls_project_id, version)
        with self._lock:
            self._worth[key] = (now, found)
            self._worth.move_to_end(key)
            while len(self._worth) > KEPT_PROJECTS:
                self._worth.popitem(last=False)
        return found

    def begin_with(self, ls_project_id: int, recipe: Recipe) -> None:
        if recipe.is_empty or self.active(ls_project_id) == recipe:
            return
        with self._store.begin() as unit:
            unit.ml_projects.switch(ls_project_id, recipe, self._now(), only_first=True)
        self._forget(ls_project_id)

    def set_extra_params(self, ls_project_id: int, extra_params: Any) -> None:
        if extra_params != self.extra_params(ls_project_id):
            with self._store.begin() as unit:
                unit.ml_projects.set_extra_params(ls_project_id, extra_params, self._now())
            self._forget(ls_project_id)

    def _row(self, ls_project_id: int) -> tuple[Recipe | None, Any]:
        now = self._clock()
        with self._lock:
            seen = self._seen.get(ls_project_id)
        if seen is not None and now - seen[0] < CACHE_S:
            return seen[1], seen[2]
        with self._store.read() as unit:
            found = unit.ml_projects.active(ls_project_id), unit.ml_projects.extra_params(ls_project_id)
        with self._lock:
            self._seen[ls_project_id] = (now, *found)
            self._seen.move_to_end(ls_project_id)
            while len(self._seen) > KEPT_PROJECTS:
                self._seen.popitem(last=False)
        return found

    def _forget(self, ls_project_id: int) -> None:
        with self._lock:
            self._seen.pop(ls_project_id, None)
