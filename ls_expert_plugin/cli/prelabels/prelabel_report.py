"""``ls-expert prelabel-report``: what pre-labels do to a project's annotations, with them in sight and without, and who accepts them unread."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.agreement.ab_metrics import Figure, RubberStamping
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.prelabels.effect import Measure

_TITLES: dict[Measure, str] = {
    "accepted": "annotation is the pre-label", "edits": "edits from pre-label to annotation", "seconds": "seconds, median",
    "agrees": "agreement with others' annotations", "agrees_with_pre_label": "agreement with the pre-label",
}


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "prelabel-report", "show what pre-labels do to a project's annotations", "A/B: annotations with a pre-label in sight, and without one "
        "(LS_EXPERT_BLIND_PERCENT).", examples=("ls-expert prelabel-report --project 12",),
    )
    parser.add_argument("--project", type=int, required=True, help="its number")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return print_report(load(), args.project, sys.stdout)


def print_report(settings: Settings, ls_project_id: int, out: TextIO) -> int:
    """Print it; exit code 0. Raises ``NotFound``, ``LabelStudioError``."""
    from ls_expert_plugin.prelabels.effect import load_report

    with components(settings) as parts:
        report = load_report(parts, ls_project_id)
    effect = report.effect
    print(f"{report.title}: {effect.count(False)} annotations by experts with a pre-label in sight, {effect.count(True)} without "
          "(LS_EXPERT_BLIND_PERCENT).", file=out)
    if not effect.outcomes:
        return 0
    print(f"{'':<38}{'with':<24}{'without':<24}", file=out)
    for row in effect.measures():
        print(f"{_TITLES[row.measure]:<38}{_said(row.shown, row.is_share):<24}{_said(row.blind, row.is_share):<24}".rstrip(), file=out)
    print("In brackets 95 %. More agreement with the pre-label in sight than without, and no more with others, is a pre-label that steers.", file=out)
    for one in effect.stamps:
        print(_told(one, report.names[one.ls_user_id]), file=out)
    for version, learnt in report.calibrations.items():
        if learnt:
            print(f"Scores of {version} are what experts let stand, from {learnt.outcomes} annotations"
                  f"{' of tasks without it in sight' if learnt.is_blind else ''}.", file=out)
    if len(report.calibrations) > 1:
        print(f"Several versions are in it: {', '.join(report.calibrations)}.", file=out)
    return 0


def _told(one: RubberStamping, name: str) -> str:
    from ls_expert_plugin.agreement.ab_metrics import STAMPS_TO_TELL

    return (f"{name} accepted {one.stamped} of {one.shown} pre-labels faster than anybody reads. Look at the work before you ask; a task may have been "
            f"read before. Said from {STAMPS_TO_TELL} on.")


def _said(figure: Figure, is_share: bool) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "none"
    value, low, high = ((f"{100 * one:.0f} %" if is_share else f"{one:.1f}") for one in (figure.value, figure.low, figure.high))
    return f"{value} ({low}–{high})"
