"""``ls-expert items calibrate``: difficulties of the knowledge tests' items, estimated from answers."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command, add_subcommands
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import NotFound

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command ``items`` with its command ``calibrate``."""
    parser = add_command(commands, "items", "manage knowledge-test questions", examples=("ls-expert items calibrate --dry-run",))
    calibrate = add_command(
        add_subcommands(parser), "calibrate", "estimate difficulties from answers, where there are enough", "Tests that are over keep their result.",
        examples=("ls-expert items calibrate --dry-run", "ls-expert items calibrate --domain medicine"),
    )
    calibrate.add_argument("--domain", help="only this domain; default: all")
    calibrate.add_argument("--dry-run", action="store_true", help="show what would change and change nothing")
    calibrate.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Calibrate as the arguments say; returns the exit code."""
    return calibrate_items(load(), args.domain, sys.stdout, dry_run=args.dry_run)


def calibrate_items(settings: Settings, domain: str | None, out: TextIO, *, dry_run: bool) -> int:
    """Re-estimate the difficulties of one domain or all, print what changes, and save it unless ``dry_run``.

    Tests that are over keep their result. Raises ``NotFound`` for a domain that is not there.
    """
    from ls_expert_plugin.vetting.knowledge_test.calibration import MIN_ANSWERS
    from ls_expert_plugin.vetting.knowledge_test.recalibration import recalibrate

    with components(settings) as parts:
        if domain is not None and domain not in parts.packs:
            raise NotFound(f"There is no domain {domain!r}. There are: {', '.join(parts.packs)}.")
        for pack in parts.packs.values():
            if domain not in (None, pack.id) or not pack.items:
                continue
            found = recalibrate(parts.store, pack, parts.clock(), dry_run=dry_run)
            print(f"{pack.title}: {len(found.estimated)} of {len(pack.items)} items estimated from answers", file=out)
            for item in pack.items:
                if item.id in found.estimated:
                    was, now = found.before.get(item.id), found.estimated[item.id]
                    old = f"{was.logits:+.2f}" if was else f"{item.difficulty:+.2f} (author's estimate)"
                    print(f"  {item.id}: {old} → {now.logits:+.2f} ± {now.standard_error:.2f}, {now.answers} answers", file=out)
            if len(found.estimated) < len(pack.items):
                print(f"  the others keep their authors' estimates until {MIN_ANSWERS} people have answered them; "
                      f"{found.most_shown} at the most so far", file=out)
    if not any(pack.items for pack in parts.packs.values() if domain in (None, pack.id)):
        print("No knowledge test has items.", file=out)
    if dry_run:
        print("Dry run: nothing was changed.", file=out)
    return 0
