"""``ls-expert resync``: rereading members, roles, projects and work from Label Studio, after a restored backup. Text for a terminal."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import confirmation
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import LabelStudioUnreachable

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.cli.terminal import Confirmation
    from ls_expert_plugin.outbox_consumer.resync import Resync

LINES_SHOWN = 50
SHIFTED = ("So many accounts or projects are others under their numbers: is this another Label Studio, or one whose database reads dates otherwise? "
           "If they are the same, add --same-accounts. Else whoever is replaced begins with nothing, and projects made anew ask for nothing.")
NOTHING = "Members, roles, projects and work are here as Label Studio has them."


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "resync", "reread members, roles, projects and work from Label Studio",
        "The worker does so by itself after a restored backup. Shows first what differs.",
        examples=("ls-expert resync --dry-run", "ls-expert resync --yes", "ls-expert resync --same-accounts"),
        exit_codes={3: "nothing was changed, because you said no"},
    )
    parser.add_argument("--dry-run", action="store_true", help="show what differs and change nothing")
    parser.add_argument(
        "--same-accounts", action="store_true",
        help="accounts and projects with other dates of creation than before are the same ones: after a move to a database that reads dates otherwise",
    )
    parser.add_argument("--yes", action="store_true", help="skip confirmation")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return resync_now(load(), sys.stdout, dry_run=args.dry_run, same=args.same_accounts, agreed=confirmation(is_given=args.yes))


def resync_now(settings: Settings, out: TextIO, *, dry_run: bool, agreed: Confirmation, same: bool = False) -> int:
    """Print what Label Studio has otherwise; unless it is a dry run, ask, take it over and correct the projection. Exit code 3: not agreed.

    Raises ``LabelStudioError``: what was taken over until then stays, and the command may be run again. Raises ``Conflict`` where a worker has newer
    packs or settings than this machine.
    """
    with components(settings) as parts:
        return _resync(parts, out, dry_run=dry_run, same=same, agreed=agreed)


def _resync(parts: Components, out: TextIO, *, dry_run: bool, same: bool, agreed: Confirmation) -> int:
    from ls_expert_plugin.outbox_consumer.resync import resync

    def run(*, dry_run: bool) -> Resync:
        return resync(
            parts.store, parts.extension, parts.routing.configuration, parts.clock, dry_run=dry_run, agreed=True, same=same,
            progress=lambda text: print(f"… {text}", file=out, flush=True),
        )

    if not dry_run:
        parts.routing.require_current()  # memberships are recomputed with this machine's packs
    print(preview(run(dry_run=True)), end="", file=out)
    if dry_run:
        print("Dry run: nothing was changed.", file=out)
        return 0
    out.flush()
    if not agreed("Take this over, and correct who may work on what in Label Studio? [y/N] "):
        print("Nothing was changed.", file=out)
        return 3
    done = run(dry_run=False)
    print("… comparing who may work on what", file=out, flush=True)
    drift = parts.routing.reconcile()
    print(f"Done: {len(done.otherwise)} changes of members and projects and {done.annotations} annotations taken over, "
          f"{drift.corrected} rows corrected in Label Studio.", file=out)
    if not drift.told:
        raise LabelStudioUnreachable("Label Studio did not take all of it; the worker goes on trying.")
    return 0


def preview(found: Resync) -> str:
    """What would be taken over, a line each, at most ``LINES_SHOWN`` of them; then how many of each kind. Pure."""
    if not found.changes and not found.annotations and not found.same:
        return f"{NOTHING}\n"
    listed = found.otherwise
    lines = [str(change) for change in listed[:LINES_SHOWN]]
    if len(listed) > LINES_SHOWN:
        lines.append(f"… and {len(listed) - LINES_SHOWN} more")
    counts = [f"{count} {kind}" for kind, count in Counter(change.kind for change in listed).items()]
    if learnt := len(found.changes) - len(listed):
        counts.append(f"{learnt} accounts and projects whose date of creation is told for the first time")
    if found.annotations:
        counts.append(f"{found.annotations} annotations not on record")
    if found.same:
        counts.append(f"{found.same} accounts and projects stay the same, with the dates that Label Studio says now")
    deleted = [change for change in found.changes if change.kind == "deleted"]
    lines.append(f"{', '.join(counts)}.")
    if found.is_shifted and not found.same:
        lines.append(SHIFTED)
    if deleted:
        lines.append("What deleted projects ask for, and who is on their lists, goes with them.")
    return "\n".join(lines) + "\n"
