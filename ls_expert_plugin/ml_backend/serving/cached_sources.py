"""Example sets and recipes out of the service's database, asked for at most every few seconds per project."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.learned.score_calibration import Calibration
from ls_expert_plugin.ml_backend.llm.task_specialty import TaskRouting
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import Database

CACHE_S = 5.0
KEPT_PROJECTS = 64


Name = TypeVar("Name")
Kept = TypeVar("Kept")


class _Recent(Generic[Name, Kept]):
    """What was read in the last few seconds, of the ``KEPT_PROJECTS`` asked for last. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Name, tuple[float, Kept]] = OrderedDict()

    def get(self, name: Name, read: Callable[[], Kept]) -> Kept:
        """What ``read`` gave then, or gives now."""
        now = self._clock()
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None and now - kept[0] < CACHE_S:
            return kept[1]
        found = read()
        with self._lock:
            self._kept[name] = now, found
            self._kept.move_to_end(name)
            while len(self._kept) > KEPT_PROJECTS:
                self._kept.popitem(last=False)
        return found

    def last(self, name: Name) -> Kept | None:
        """What was read last, however long ago."""
        with self._lock:
            kept = self._kept.get(name)
        return kept[1] if kept else None

    def forget(self, name: Name) -> None:
        """Read it anew the next time."""
        with self._lock:
            self._kept.pop(name, None)


class StoredExamples:
    """An ``ExampleSource``. Safe to share between threads. A set is read in full only when its version is a new one."""

    def __init__(self, store: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._latest: _Recent[int, ExampleSet | None] = _Recent(clock)
        self._lock = threading.Lock()
        self._older: OrderedDict[tuple[int, str], ExampleSet] = OrderedDict()

    def latest(self, ls_project_id: int) -> ExampleSet | None:
        def read() -> ExampleSet | None:
            known = self._latest.last(ls_project_id)
            with self._store.read() as unit:
                version = unit.examples.latest_version(ls_project_id)
                return known if version == (known.version if known else None) else unit.examples.latest(ls_project_id)

        return self._latest.get(ls_project_id, read)

    def of_version(self, ls_project_id: int, version: str) -> ExampleSet | None:
        newest = self._latest.last(ls_project_id)
        with self._lock:
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

    def __init__(self, store: Database, now: Callable[[], dt.datetime], clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._now = store, now
        self._rows: _Recent[int, tuple[PredictorSpec | None, Any]] = _Recent(clock)
        self._routing: _Recent[int, TaskRouting | None] = _Recent(clock)
        self._worth: _Recent[tuple[int, str], Calibration | None] = _Recent(clock)

    def active(self, ls_project_id: int) -> PredictorSpec | None:
        return self._row(ls_project_id)[0]

    def extra_params(self, ls_project_id: int) -> Any:
        return self._row(ls_project_id)[1]

    def calibration(self, ls_project_id: int, version: str) -> Calibration | None:
        def read() -> Calibration | None:
            with self._store.read() as unit:
                return unit.prelabel_scores.calibration(ls_project_id, version)

        return self._worth.get((ls_project_id, version), read)

    def task_routing(self, ls_project_id: int) -> TaskRouting | None:
        def read() -> TaskRouting | None:
            with self._store.read() as unit:
                project = unit.projects.get(ls_project_id)
            rules = project.rules if project else None
            return TaskRouting(rules.specialty_field, rules.shows_tasks_without_specialty) if rules and rules.specialty_field else None

        return self._routing.get(ls_project_id, read)

    def begin_with(self, ls_project_id: int, recipe: PredictorSpec) -> None:
        if recipe.is_empty or self.active(ls_project_id) == recipe:
            return
        with self._store.begin() as unit:
            unit.ml_projects.switch(ls_project_id, recipe, self._now(), only_first=True)
        self._rows.forget(ls_project_id)

    def set_extra_params(self, ls_project_id: int, extra_params: Any) -> None:
        if extra_params != self.extra_params(ls_project_id):
            with self._store.begin() as unit:
                unit.ml_projects.set_extra_params(ls_project_id, extra_params, self._now())
            self._rows.forget(ls_project_id)

    def _row(self, ls_project_id: int) -> tuple[PredictorSpec | None, Any]:
        def read() -> tuple[PredictorSpec | None, Any]:
            with self._store.read() as unit:
                return unit.ml_projects.active(ls_project_id), unit.ml_projects.extra_params(ls_project_id)

        return self._rows.get(ls_project_id, read)
