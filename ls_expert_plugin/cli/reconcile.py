"""``ls-expert reconcile``: is Label Studio's projection what it should be, and putting it right. Text for a terminal."""

from __future__ import annotations

from contextlib import closing
from typing import TextIO

from ls_expert_plugin.bootstrap import assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import LabelStudioUnreachable
from ls_expert_plugin.routing.reconcile import KINDS, Drift
from ls_expert_plugin.storage.migrate import require_migrated
from ls_expert_plugin.worker.queue import make_queue


def reconcile_now(settings: Settings, out: TextIO, *, dry_run: bool = False) -> int:
    """Compare, correct (not in a ``dry_run``), and print a line for each row that differed. Exit code 0.

    Raises ``LabelStudioError`` when Label Studio cannot be asked, or did not take the corrections.
    """
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        drift = parts.routing.reconcile(dry_run=dry_run)
    print(report(drift, dry_run=dry_run), end="", file=out)
    if not dry_run and not drift.told:
        raise LabelStudioUnreachable("Label Studio did not take all of it; the worker goes on trying.")
    return 0


def report(drift: Drift, *, dry_run: bool) -> str:
    """The lines. Pure."""
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
