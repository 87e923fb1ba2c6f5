"""Use case: a run of the pre-labeller over a project, kept in the database so that any worker goes on with it."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.errors import Conflict, ExpertError, SettingError
from ls_expert_plugin.llm.factory import connect
from ls_expert_plugin.ml_backend.batch import pipeline
from ls_expert_plugin.ml_backend.batch.run import GONE_AFTER, PrelabelRun, Told
from ls_expert_plugin.ml_backend.label_config.images import pictures
from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, Price, daily_budget, subject_of
from ls_expert_plugin.ml_backend.serving.cached_sources import StoredExamples, StoredProjects
from ls_expert_plugin.ml_backend.serving.predictor import ExpertPrelabeller
from ls_expert_plugin.ml_backend.serving.predictor_factory import PredictorFactory, PredictorSources
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.ml_backend.serving.single_flight import SingleFlight
from ls_expert_plugin.prelabels.versions import VersionState, begin, load_version_state
from ls_expert_plugin.storage.llm_call_log import StoredCallLog
from ls_expert_plugin.storage.locks.mutexes import DatabaseProblem, HeldLease
from ls_expert_plugin.storage.prediction_cache import StoredPredictionCache
from ls_expert_plugin.storage.repositories.prelabels.prelabel_runs import prelabel_lease

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components

logger = logging.getLogger(__name__)
# In a run, who has taken an answer and not given it for so many times the longest wait for the model is gone.
TAKEN_FOR_WAITS = 3
TOLD_EVERY_S = 1.0


@dataclass(frozen=True)
class TaskSelection:
    """Which tasks: those without any pre-label (``only_missing``) or without one of the version in use; of a ``view`` of the Data Manager."""

    ls_project_id: int
    only_missing: bool = False
    view: int | None = None


def carry_out(parts: Components, run_id: int) -> None:
    """A run that a manager began on the page, by the worker. What ends it is written down, for the page; nothing, once another worker has it."""
    with parts.store.begin() as unit:
        mine = unit.prelabel_runs.take(run_id, parts.clock())
    if mine is None:
        return
    try:
        outcome, said = _carried_out(parts, mine)
    except RunLost:
        logger.warning("run %d: another worker has taken it over; this one stops", run_id)
        return
    except ExpertError as problem:
        outcome, said = "failed", problem.message
    with parts.store.begin() as unit:
        unit.prelabel_runs.end(mine, outcome, said, parts.clock())


def _carried_out(parts: Components, mine: PrelabelRun) -> tuple[str, str]:
    now = begin(parts, load_version_state(parts, mine.ls_project_id))
    maker = prelabeller(parts, mine.ls_project_id, now.label_config)
    if now.why_not or maker.recipe.is_empty or not maker.config.controls:
        return "failed", f"No pre-labels can be made: {now.why_not or 'there is nothing to make them with, or no control that gets any'}."
    wanted = TaskSelection(mine.ls_project_id, mine.only_missing)
    with Heartbeat(parts, mine, now.tasks) as heartbeat:
        totals = run(parts, wanted, maker, heartbeat.stop, lambda totals: setattr(heartbeat, "latest", totals), before_sending=heartbeat.require_ours)
        heartbeat.latest = totals
    heartbeat.require_ours()
    if not maker.budget.is_open():
        return "stopped", "Today's tokens are spent (LS_EXPERT_PRELABEL_DAILY_TOKENS)."
    if totals.why:
        return "failed", f"It ended by itself: {totals.why}. The worker's log says why they failed."
    return ("stopped", "") if heartbeat.stop.is_set() else ("done", "")


def run(
    parts: Components, wanted: TaskSelection, maker: ExpertPrelabeller, stop: threading.Event, told: Callable[[pipeline.Totals], None], *,
    before_sending: Callable[[], None] = lambda: None,
) -> pipeline.Totals:
    """Make them. Raises ``LabelStudioError`` when Label Studio goes away, and what ``before_sending`` raises; what was made by then is kept."""
    studio = parts.label_studio
    if studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set.")
    only = studio.task_ids_of_view(wanted.ls_project_id, wanted.view) if wanted.view is not None else None
    gone: list[int] = []

    def pages() -> Iterator[Sequence[dict[str, Any]]]:
        for page in studio.task_pages(wanted.ls_project_id, None if wanted.only_missing else maker.version):
            yield [task for task in page if only is None or task["id"] in only]

    def send(batch: Sequence[tuple[int, dict[str, Any]]]) -> None:
        before_sending()
        told = maker.told([prediction for _, prediction in batch])
        gone.extend(studio.import_predictions(wanted.ls_project_id, list(zip((task for task, _ in batch), told, strict=True))))

    shelf = StoredPredictionCache(parts.store, parts.clock, dt.timedelta(seconds=TAKEN_FOR_WAITS * parts.settings.llm_timeout_s))
    return pipeline.run(pages(), maker, shelf, send, concurrency=parts.settings.prelabel_concurrency, stop=stop, told=told)


def run_once(
    parts: Components, wanted: TaskSelection, maker: ExpertPrelabeller, now: VersionState, stop: threading.Event, told: Callable[[pipeline.Totals], None],
) -> pipeline.Totals:
    """A run that is not on record, for somebody who waits for it: under the project's lease, by a ``maker`` made from ``now``.

    Raises ``Conflict`` where the worker or another command is on it, and what ``run`` raises.
    """
    with parts.store.hold(prelabel_lease(wanted.ls_project_id)) as held:
        if held is None:
            raise Conflict("Pre-labels are being made for this project already, by the worker or by another command.")
        begin(parts, now)
        return run(parts, wanted, maker, stop, told, before_sending=lambda: _require_held(held))


def _require_held(held: HeldLease) -> None:
    if held.lost.is_set():
        raise Conflict("Somebody else makes pre-labels for this project by now. The same command goes on later; nothing is paid for twice.")


def prelabeller(parts: Components, ls_project_id: int, label_config: str, recipe: PredictorSpec | None = None) -> ExpertPrelabeller:
    """The project's, as the ML backend has it; or one of another recipe."""
    model = connect(parts.settings, parts.settings.prelabel_model, StoredCallLog(parts.store, parts.clock))
    maker = PredictorFactory(PredictorSources(
        StoredExamples(parts.store), model, StoredProjects(parts.store, parts.clock), parts.settings.prelabel_samples,
        daily_budget(parts.settings, parts.store, parts.clock), pictures(parts.settings, parts.label_studio),
    ), SingleFlight(None, 1))
    return maker.prelabeller(ls_project_id, label_config) if recipe is None else maker.of_recipe(recipe, ls_project_id, label_config)


def costs(parts: Components, ls_project_id: int, maker: ExpertPrelabeller, tasks: int) -> list[str]:
    """What the tasks will cost at the most, as far as anybody knows."""
    if maker.language_model is None:
        return []
    with parts.store.read() as unit:
        one = unit.usage.of_one_call(PURPOSE, subject_of(ls_project_id, "")) or unit.usage.of_one_call(PURPOSE, "")
    if one is None:
        return ["What it will cost is not known: no call was made yet. ls-expert prelabel-usage shows it as it goes."]
    calls = tasks * maker.recipe.samples
    read, written, seconds = int(calls * one[0]), int(calls * one[1]), calls * one[2] / min(parts.settings.prelabel_concurrency, max(tasks, 1))
    price = parts.settings.prelabel_price
    cost = f", about {Price(*price).of(read, written):.2f}" if price else ""
    took = f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
    return [f"At most about {read:,} tokens read and {written:,} written{cost}, and {took}; tasks that have a pre-label are left out."]


class RunLost(Conflict):
    """Another worker has taken the run over, or may have: nothing more is sent."""


class Heartbeat:
    """Tells how far a run is, every two seconds, and renews its lease by that. A database that does not answer once ends nothing.

    ``stop`` is set when a manager stops the run, and when it is ``lost``: somebody has taken it over, or nobody could be told in the lease's time.
    """

    def __init__(self, parts: Components, mine: PrelabelRun, tasks: int, every_s: float = 2 * TOLD_EVERY_S) -> None:
        self._parts, self._mine, self._tasks, self._every_s = parts, mine, tasks, every_s
        self.latest, self.stop, self.lost = pipeline.Totals(), threading.Event(), threading.Event()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep_telling, name="heartbeat", daemon=True)
        self._told_s = time.monotonic()

    def __enter__(self) -> Heartbeat:
        self._tell()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._tell()

    def require_ours(self) -> None:
        """Raises ``RunLost``. Asked right before something is sent to Label Studio."""
        if self.lost.is_set():
            raise RunLost("Another worker carries this run out by now.")

    def _keep_telling(self) -> None:
        while not self._is_over.wait(self._every_s):
            self._tell()

    def _tell(self) -> None:
        totals = self.latest
        told: Told
        try:
            with self._parts.store.begin() as unit:
                told = unit.prelabel_runs.tell(
                    self._mine, self._parts.clock(), tasks=self._tasks, made=totals.made, empty=totals.empty, failed=totals.failed
                )
            self._told_s = time.monotonic()
        except DatabaseProblem as problem:
            logger.warning("run %d: the database did not take how far it is (%s); it goes on", self._mine.id, type(problem).__name__)
            told = "go on" if time.monotonic() - self._told_s < GONE_AFTER.total_seconds() else "lost"
        if told == "lost":
            self.lost.set()
        if told != "go on":
            self.stop.set()
