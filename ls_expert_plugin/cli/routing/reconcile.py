"""``ls-expert reconcile``: is Label Studio's projection what it should be, and putting it right. Text for a terminal."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import LabelStudioUnreachable

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.routing.sync.reconcile import Drift


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "reconcile", "compare who may work on what with Label Studio, and correct it there", "The worker does so every five minutes.",
        examples=("ls-expert reconcile --dry-run", "ls-expert reconcile"),
    )
    parser.add_argument("--dry-run", action="store_true", help="show what differs and change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return reconcile_now(load(), sys.stdout, dry_run=args.dry_run)


def reconcile_now(settings: Settings, out: TextIO, *, dry_run: bool = False) -> int:
    """Compare, correct (not in a ``dry_run``), and print a line for each row that differed. Exit code 0.

    Raises ``LabelStudioError`` when Label Studio cannot be asked, or did not take the corrections.
    """
    with components(settings) as parts:
        drift = parts.routing.reconcile(dry_run=dry_run)
    print(report(drift, dry_run=dry_run), end="", file=out)
    if not dry_run and not drift.told:
        raise LabelStudioUnreachable("Label Studio did not take all of it; the worker goes on trying.")
    return 0


def report(drift: Drift, *, dry_run: bool) -> str:
    """The lines: each row that differed, then how many of each kind. Pure."""
    from ls_expert_plugin.routing.sync.reconcile import KINDS

    compared = f"{drift.compared} {'row' if drift.compared == 1 else 'rows'} compared"
    if not drift.found:
        return f"{compared}: everything is as it should be.\n"
    lines = [str(one) + ("" if dry_run or one.can_be_outbid else " (cannot be corrected: delete the row in Label Studio's database)")
             for one in drift.differences]
    if drift.found > len(lines):
        lines.append(f"… and {drift.found - len(lines)} more")
    kinds = ", ".join(f"{drift.counts[kind]} {kind}" for kind in KINDS if drift.counts.get(kind))
    what = "nothing was changed" if dry_run else f"{drift.corrected} corrected"
    return "\n".join([*lines, f"{compared}: {kinds}; {what}."]) + "\n"
