"""``ls-expert prelabel``: pre-labels for a whole project; ``ls-expert prelabel-usage``: what they have cost."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TextIO

from ls_expert_plugin.bootstrap import assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import BadInput, Conflict
from ls_expert_plugin.ml_backend.batch import pipeline
from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, Price
from ls_expert_plugin.ml_backend.serving.predictor import ExpertPrelabeller
from ls_expert_plugin.prelabels.batch_run import TOLD_EVERY_S, TaskSelection, costs, prelabeller, run
from ls_expert_plugin.prelabels.versions import begin, load_version_state
from ls_expert_plugin.storage.migrate import require_migrated
from ls_expert_plugin.storage.mutexes import HeldLease
from ls_expert_plugin.storage.repositories.prelabels.prelabel_runs import prelabel_lease
from ls_expert_plugin.worker.queue import make_queue

logger = logging.getLogger(__name__)


def prelabel(settings: Settings, wanted: TaskSelection, out: TextIO, *, agreed: Callable[[str], bool]) -> int:
    """Say what it will cost, ask, and do it. Exit code 0; 1 when something failed; 3 when nothing was done; 130 when it was stopped."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        now = load_version_state(parts, wanted.ls_project_id)
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


def _ended(totals: pipeline.Totals, stop: threading.Event, maker: ExpertPrelabeller, out: TextIO) -> int:
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

    def __call__(self, totals: pipeline.Totals) -> None:
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
