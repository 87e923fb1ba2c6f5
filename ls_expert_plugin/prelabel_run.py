"""``ls-expert prelabel``: pre-labels for a whole project; ``ls-expert prelabel-usage``: what they have cost."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from ls_expert_plugin.assembly import Parts, assemble, daily_budget, pictures
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import BadInput, Conflict, ExpertError, SettingError
from ls_expert_plugin.jobs import make_queue
from ls_expert_plugin.llm.connect import connect
from ls_expert_plugin.ml_backend import bulk
from ls_expert_plugin.ml_backend.cost import PURPOSE, Price, subject_of
from ls_expert_plugin.ml_backend.desk import Desk
from ls_expert_plugin.ml_backend.maker import Maker
from ls_expert_plugin.ml_backend.model import ExpertPrelabeller
from ls_expert_plugin.ml_backend.recipe import Recipe
from ls_expert_plugin.ml_backend.runs import GONE_AFTER, PrelabelRun, Told
from ls_expert_plugin.ml_backend.stored import StoredExamples, StoredProjects
from ls_expert_plugin.prelabel_versions import begin, standing
from ls_expert_plugin.processes import require_migrated
from ls_expert_plugin.storage.call_log import StoredCallLog
from ls_expert_plugin.storage.mutexes import DatabaseProblem, HeldLease
from ls_expert_plugin.storage.prelabel_runs import prelabel_lease
from ls_expert_plugin.storage.prelabels import StoredShelf

logger = logging.getLogger(__name__)
# In a run, who has taken an answer and not given it for so many times the longest wait for the model is gone.
TAKEN_FOR_WAITS = 3
TOLD_EVERY_S = 1.0


@dataclass(frozen=True)
class Wanted:
    """Which tasks: those without any pre-label (``only_missing``) or without one of the version in use; of a ``view`` of the Data Manager."""

    ls_project_id: int
    only_missing: bool = False
    view: int | None = None


def prelabel(settings: Settings, wanted: Wanted, out: TextIO, *, agreed: Callable[[str], bool]) -> int:
    """Say what it will cost, ask, and do it. Exit code 0; 1 when something failed; 3 when nothing was done; 130 when it was stopped."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        now = standing(parts, wanted.ls_project_id)
        maker = prelabeller(parts, wanted.ls_project_id, now.label_config, None if not now.active.is_empty else now.today)
        if now.why_not or maker.recipe.is_empty or not maker.config.controls:
            raise BadInput(f"No pre-labels can be made: {now.why_not or 'ls-expert prelabel-version says why'}.")
        print(f"{now.title}: {now.tasks} tasks, by {maker.version}", file=out)
        for line in costs(parts, wanted.ls_project_id, maker, now.tasks):
            print(line, file=out)
        if maker.language_model is not None and not agreed("Go on? [y/N] "):
            print("Nothing was done.", file=out)
            return 3
        with parts.store.hold(prelabel_lease(wanted.ls_project_id)) as held:
            if held is None:
                raise Conflict("Pre-labels are being made for this project already, by the worker or by another command.")
            begin(parts, now)
            stop = threading.Event()
            with _interrupted(stop):
                totals = run(parts, wanted, maker, stop, _Bar(now.tasks, out), before_sending=lambda: _require(held))
        return _ended(totals, stop, maker, out)


def _require(held: HeldLease) -> None:
    if held.lost.is_set():
        raise Conflict("Somebody else makes pre-labels for this project by now. The same command goes on later; nothing is paid for twice.")


def carry_out(parts: Parts, run_id: int) -> None:
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


class RunLost(Conflict):
    """Another worker has taken the run over, or may have: nothing more is sent."""


class Heartbeat:
    """Tells how far a run is, every two seconds, and renews its lease by that. A database that does not answer once ends nothing.

    ``stop`` is set when a manager stops the run, and when it is ``lost``: somebody has taken it over, or nobody could be told in the lease's time.
    """

    def __init__(self, parts: Parts, mine: PrelabelRun, tasks: int, every_s: float = 2 * TOLD_EVERY_S) -> None:
        self._parts, self._mine, self._tasks, self._every_s = parts, mine, tasks, every_s
        self.latest, self.stop, self.lost = bulk.Totals(), threading.Event(), threading.Event()
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


def _carried_out(parts: Parts, mine: PrelabelRun) -> tuple[str, str]:
    now = begin(parts, standing(parts, mine.ls_project_id))
    maker = prelabeller(parts, mine.ls_project_id, now.label_config)
    if now.why_not or maker.recipe.is_empty or not maker.config.controls:
        return "failed", f"No pre-labels can be made: {now.why_not or 'there is nothing to make them with, or no control that gets any'}."
    wanted = Wanted(mine.ls_project_id, mine.only_missing)
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
    parts: Parts, wanted: Wanted, maker: ExpertPrelabeller, stop: threading.Event, told: Callable[[bulk.Totals], None], *,
    before_sending: Callable[[], None] = lambda: None,
) -> bulk.Totals:
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

    shelf = StoredShelf(parts.store, parts.clock, dt.timedelta(seconds=TAKEN_FOR_WAITS * parts.settings.llm_timeout_s))
    return bulk.run(pages(), maker, shelf, send, concurrency=parts.settings.prelabel_concurrency, stop=stop, told=told)


def prelabeller(parts: Parts, ls_project_id: int, label_config: str, recipe: Recipe | None = None) -> ExpertPrelabeller:
    """The project's, as the ML backend has it; or one of another recipe."""
    model = connect(parts.settings, parts.settings.prelabel_model, StoredCallLog(parts.store, parts.clock))
    maker = Maker(
        StoredExamples(parts.store), model, StoredProjects(parts.store, parts.clock), Desk(None, 1), parts.settings.prelabel_samples,
        daily_budget(parts.settings, parts.store, parts.clock), pictures(parts.settings, parts.label_studio),
    )
    return maker.prelabeller(ls_project_id, label_config) if recipe is None else maker.of_recipe(recipe, ls_project_id, label_config)


def show_usage(settings: Settings, days: int, out: TextIO) -> int:
    """A line for each day, project and version; exit code 0."""
    require_migrated(settings)
    price = Price(*settings.prelabel_price) if settings.prelabel_price else None
    with closing(assemble(settings, queue=make_queue(settings))) as parts, parts.store.read() as unit:
        used = unit.usage.by_day(parts.clock() - dt.timedelta(days=days), PURPOSE)
    for one in used:
        cost = f"  {price.of(one.tokens_read, one.tokens_written):.2f}" if price else ""
        failed = f", {one.failed} failed" if one.failed else ""
        print(f"{one.day}  {one.calls} calls{failed}, {one.tokens_read:,} tokens read, {one.tokens_written:,} written{cost}  {one.subject}", file=out)
    if not used:
        print(f"No pre-labels were asked of a language model in {days} days.", file=out)
    return 0


def costs(parts: Parts, ls_project_id: int, maker: ExpertPrelabeller, tasks: int) -> list[str]:
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


def _ended(totals: bulk.Totals, stop: threading.Event, maker: ExpertPrelabeller, out: TextIO) -> int:
    kept = f" {totals.kept} of these answers were made by an earlier run." if totals.kept else ""
    print(f"{totals.made} pre-labels; nothing to propose for {totals.empty} tasks.{kept}", file=out)
    if totals.failed:
        print(f"{totals.failed} could not be made; the log says why, and another run tries them again.", file=out)
    if totals.elsewhere:
        print(f"{totals.elsewhere} are being made by another process.", file=out)
    if not maker.budget.is_open():
        print("Stopped: today's tokens are spent (LS_EXPERT_PRELABEL_DAILY_TOKENS).", file=out)
    elif totals.why:
        print(f"Stopped: {totals.why}.", file=out)
    elif stop.is_set():
        print("Stopped. The same command goes on where it ended; nothing is paid for twice.", file=out)
        return 130
    return 1 if totals.failed or totals.why else 0


@contextmanager
def _interrupted(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C ends after what is under way, the second at once."""
    def handle(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Bar:
    """Progress: one line that is written over on a terminal, a line now and then elsewhere."""

    def __init__(self, tasks: int, out: TextIO) -> None:
        self._tasks, self._out = max(tasks, 1), out
        self._began_s = time.monotonic()
        self._next_s = self._began_s
        self._every_s = TOLD_EVERY_S if out.isatty() else 10.0

    def __call__(self, totals: bulk.Totals) -> None:
        now = time.monotonic()
        if now < self._next_s:
            return
        self._next_s = now + self._every_s
        rate = totals.done / max(now - self._began_s, 0.001)
        left = max(self._tasks - totals.done, 0)
        minutes = f", about {left / rate / 60:.0f} min left" if rate > 0 and left else ""
        failed = f", {totals.failed} failed" if totals.failed else ""
        line = f"{totals.done:,} of at most {self._tasks:,} ({totals.done / self._tasks:.0%}), {rate:.0f} a second, {totals.at_once} at a time{failed}{minutes}"
        print(f"\r{line:<100}" if self._out.isatty() else line, end="" if self._out.isatty() else "\n", file=self._out, flush=True)
