"""``ls-expert prelabel``: pre-labels for a whole project, with what they will cost first, and progress."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import confirmation
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import BadInput

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.cli.terminal import Confirmation
    from ls_expert_plugin.ml_backend.batch import pipeline
    from ls_expert_plugin.ml_backend.serving.predictor import ExpertPrelabeller
    from ls_expert_plugin.prelabels.batch_run import TaskSelection

# How often progress is told, in seconds: on a terminal, and in a log.
TOLD_EVERY_S = 1.0
LOGGED_EVERY_S = 10.0


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "prelabel", "make pre-labels for all tasks of a project",
        "Shows first what a language model will cost, and asks. May be stopped and run again: nothing is paid for twice.",
        examples=("ls-expert prelabel --project 12", "ls-expert prelabel --project 12 --only-missing --yes"),
        exit_codes={1: "at least one pre-label could not be made", 3: "nothing was done, because you said no"},
    )
    parser.add_argument("--project", type=int, required=True, help="its number")
    parser.add_argument("--only-missing", action="store_true", help="only tasks without any pre-label; default: those without one of the active version")
    parser.add_argument("--view", type=int, help="only tasks of this tab of the Data Manager: the number after tab= in its address")
    parser.add_argument("--yes", action="store_true", help="skip confirmation")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    from ls_expert_plugin.prelabels.batch_run import TaskSelection

    wanted = TaskSelection(args.project, args.only_missing, args.view)
    return prelabel(load(), wanted, sys.stdout, agreed=confirmation(is_given=args.yes))


def prelabel(settings: Settings, wanted: TaskSelection, out: TextIO, *, agreed: Confirmation) -> int:
    """Say what it will cost, ask, and do it. Exit code 0; 1 when something failed; 3 when nothing was done; 130 when it was stopped."""
    from ls_expert_plugin.prelabels.batch_run import costs, prelabeller, run_once
    from ls_expert_plugin.prelabels.versions import load_version_state

    with components(settings) as parts:
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
        stop = threading.Event()
        with _interrupted(stop):
            totals = run_once(parts, wanted, maker, now, stop, _Bar(now.tasks, out))
        return _ended(totals, stop, maker, out)


def _ended(totals: pipeline.Totals, stop: threading.Event, maker: ExpertPrelabeller, out: TextIO) -> int:
    kept = f" {totals.kept} of these answers were made by an earlier run." if totals.kept else ""
    print(f"{totals.made} pre-labels; {totals.empty} tasks without suggestion.{kept}", file=out)
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
        self._every_s = TOLD_EVERY_S if out.isatty() else LOGGED_EVERY_S

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
