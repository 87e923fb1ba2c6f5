"""``ls-expert recheck``: looking again at whoever is verified, as the worker does every quarter of an hour."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import day, named
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.vetting.review.recheck.schedule import Expire, Remind, Settle


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "recheck", "run the expiry and re-review checks now",
        "Reminds people whose verification is due for re-review, and ends what has expired. The worker does so every quarter of an hour.",
        examples=("ls-expert recheck --dry-run", "ls-expert recheck"),
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be done and change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return recheck_now(load(), sys.stdout, dry_run=args.dry_run)


def recheck_now(settings: Settings, out: TextIO, *, dry_run: bool) -> int:
    """Look again at whoever is verified, and print each step."""
    from ls_expert_plugin.vetting.review.recheck import job as recheck_job

    with components(settings) as parts:
        if not dry_run:
            parts.routing.require_current()
        done = recheck_job.recheck_all(parts.store, parts.packs, parts.clock(), dry_run=dry_run)
        told = True if dry_run or not done else parts.routing.catch_up()
    for one in done:
        print(f"{named(one.person)}, {one.domain}: {_words(one.step)}", file=out)
    if not done:
        print("Nothing to do.", file=out)
    elif dry_run:
        print("Dry run: nothing was changed.", file=out)
    elif not told:
        print("Label Studio did not answer; it will be told as soon as it does.", file=out)
    return 0


def _words(step: Remind | Settle | Expire) -> str:
    from ls_expert_plugin.vetting.lifecycle.status_catalogue import label
    from ls_expert_plugin.vetting.review.recheck.schedule import Remind, Settle

    if isinstance(step, Remind):
        return f"reminded, until {day(step.until_utc)}: {step.reason.text}"
    if isinstance(step, Settle):
        return f"settled: {step.reminder.text}"
    return f"{label('expired')}: {step.text}"
