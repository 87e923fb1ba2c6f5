"""``ls-expert impact-report``: whether groups of people are verified at like rates."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "impact-report", "compare verification rates of groups of people",
        "From voluntary answers (LS_EXPERT_FAIRNESS_QUESTIONS), without small groups.",
        examples=("ls-expert impact-report", "ls-expert impact-report --domain law"),
    )
    parser.add_argument("--domain", help="only this domain; default: all together")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return impact_report(load(), args.domain, sys.stdout)


def impact_report(settings: Settings, domain: str | None, out: TextIO) -> int:
    """Print the report of one domain, or of all together. Raises ``NotFound`` for a domain that is not there."""
    from ls_expert_plugin.vetting.privacy.adverse_impact import MINIMUM
    from ls_expert_plugin.vetting.privacy.impact_report import impact_report as read_report

    with components(settings) as parts, parts.store.read() as unit:
        found = read_report(unit, domain, parts.packs)
        where = f"in {parts.packs[domain].title}" if domain else "in all domains"
    decisions = found.decisions if found.decisions is not None else f"Fewer than {MINIMUM}"
    print(f"{decisions} first decisions {where} about people who answered.", file=out)
    print(f"Rates of verification; the ratio is to the highest of its question; below 0.80 is marked. Groups under {MINIMUM} people are left out.", file=out)
    for title, lines in found.questions:
        print(f"\n{title}" + ("" if lines else ": nobody answered"), file=out)
        for line in lines:
            one = line.group
            if one.rate is None:
                print(f"  {line.title:<36} too few to tell of", file=out)
            else:
                ratio = "  -  " if one.ratio is None else f"{one.ratio:.2f}"
                mark = "  below four fifths" if one.is_marked else ""
                print(f"  {line.title:<36} {one.verified} of {one.decided}, {one.rate:.0%}, ratio {ratio}{mark}", file=out)
    print("\nA mark is a reason to look, no proof; with few people it is chance. See docs/responsible-use.md.", file=out)
    return 0
