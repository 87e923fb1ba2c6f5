"""``ls-expert evaluate``: pre-labels against what experts found, by version, before one is switched on."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import confirmation
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import BadInput

if TYPE_CHECKING:
    from ls_expert_plugin.agreement.classification_metrics import ControlScore
    from ls_expert_plugin.bootstrap import Components
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.cli.terminal import Confirmation
    from ls_expert_plugin.prelabels.evaluation import ReferenceTask, VersionScores
    from ls_expert_plugin.prelabels.versions import VersionState

MAX_SAMPLE = 5000
LABELS_SHOWN = 12


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "evaluate", "compare pre-labels with experts' annotations, by version",
        "Also the newest available version, before it is switched to; a language model is asked for that, after a confirmation.",
        examples=("ls-expert evaluate --project 12", "ls-expert evaluate --project 12 --sample 200 --yes"),
        exit_codes={3: "the language model was not asked, because you said no"},
    )
    parser.add_argument("--project", type=int, required=True, help="its number")
    parser.add_argument("--sample", type=int, default=50, help="tasks at most, always the same ones (default: %(default)s)")
    parser.add_argument("--yes", action="store_true", help="skip confirmation")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return evaluate(load(), args.project, args.sample, sys.stdout, agreed=confirmation(is_given=args.yes))


def evaluate(settings: Settings, ls_project_id: int, sample: int, out: TextIO, *, agreed: Confirmation) -> int:
    """Score the versions that have pre-labels in Label Studio, and what there is today by asking for it now. Exit code 0; 3: nothing was asked."""
    from ls_expert_plugin.prelabels.evaluation import draw, there
    from ls_expert_plugin.prelabels.versions import load_version_state

    if not 1 <= sample <= MAX_SAMPLE:
        raise BadInput(f"--sample: write a whole number from 1 to {MAX_SAMPLE}.")
    with components(settings) as parts:
        now = load_version_state(parts, ls_project_id)
        drawn, of = draw(parts, ls_project_id, sample)
        if not drawn:
            raise BadInput("No task has a ground truth, or an annotation by a verified expert, to compare with.")
        print(f"{now.title}: {len(drawn)} tasks of {of} with a ground truth or an expert's annotation.", file=out)
        for one in there(drawn):
            _print(one, out)
        return _today(parts, now, drawn, out, agreed)


def _today(parts: Components, now: VersionState, drawn: Sequence[ReferenceTask], out: TextIO, agreed: Confirmation) -> int:
    from ls_expert_plugin.prelabels.batch_run import costs
    from ls_expert_plugin.prelabels.evaluation import ask, askable

    made, asked = askable(parts, now, drawn)
    if not asked:
        return 0
    if len(asked) < len(drawn):
        print(f"The available version is asked about {len(asked)} of them; it was trained on the others.", file=out)
    if made.language_model is not None:
        for line in costs(parts, now.ls_project_id, made, len(asked)):
            print(line, file=out)
        if not agreed(f"Ask {made.version} about {len(asked)} tasks now? [y/N] "):
            return 3
    begun = time.monotonic()
    _print(ask(made, asked, parts.settings.prelabel_concurrency), out)
    print(f"{time.monotonic() - begun:.0f} s for {len(asked)} tasks. ls-expert prelabel-version --project {now.ls_project_id} --switch switches to it.",
          file=out)
    return 0


def _print(scored: VersionScores, out: TextIO) -> None:
    print(f"\n{scored.version}{' (available)' if scored.is_today else ''}: {scored.tasks} tasks", file=out)
    for name, one in scored.controls.items():
        print(f"  {name}: {_accuracy(one)}{_f1(one)}", file=out)
        most = one.by_frequency()
        for label, counts in most[:LABELS_SHOWN] if len(most) > 1 or one.has_regions else ():
            f1 = "none" if counts.f1 is None else f"{counts.f1:.2f}"
            print(f"    {label[:40]:<40}  F1 {f1}   {counts.hits} true positives, {counts.extra} false positives, {counts.missed} false negatives", file=out)
        if len(most) > LABELS_SHOWN:
            print(f"    and {len(most) - LABELS_SHOWN} labels more", file=out)


def _accuracy(one: ControlScore) -> str:
    figure = one.accuracy
    if figure.value is None or figure.low is None or figure.high is None:
        return "nothing to compare"
    return f"{100 * figure.value:.0f} % right ({100 * figure.low:.0f}–{100 * figure.high:.0f})"


def _f1(one: ControlScore) -> str:
    return f", F1 {one.f1:.2f}" if one.f1 is not None else ""
