"""``ls-expert take-back``: assignments ended, those whose task was not begun, or all. Text for a terminal."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.routing.apply import NOT_TOLD, TOLD
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "take-back", "end assignments of tasks", "Of tasks that were not begun, unless --begun-too is given. Work that was begun stays with its "
        "task: whoever has an annotation or a draft there goes on seeing it.",
        examples=("ls-expert take-back 12 --from ada@example.org --dry-run", "ls-expert take-back 12 --tasks 101,105-120 --begun-too"),
    )
    parser.add_argument("project", help="its number or its title")
    parser.add_argument("--from", dest="people", action="append", default=[], metavar="PERSON", help="an expert's address or number; without it, everybody's")
    parser.add_argument("--tasks", help="ids of tasks, such as 101,105-120; without it, all of the project")
    parser.add_argument("--begun-too", action="store_true", help="end the assignments of begun tasks as well")
    parser.add_argument("--dry-run", action="store_true", help="print what it would do and change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return take_back(load(), args.project, args.people, args.tasks, sys.stdout, begun_too=args.begun_too, dry_run=args.dry_run)


def take_back(settings: Settings, project: str, people: list[str], tasks: str | None, out: TextIO, *, begun_too: bool, dry_run: bool) -> int:
    """End the assignments and print how many. Raises ``NotFound``, ``BadInput`` and ``LabelStudioError``."""
    from ls_expert_plugin.cli.routing.assign import task_ids
    from ls_expert_plugin.routing.explanation.lookup import find_project_id, find_subject

    wanted = task_ids(tasks) if tasks is not None else None
    with components(settings) as parts:
        with parts.store.read() as unit:
            ls_project_id = find_project_id(unit, project, parts.clock())
            of = [find_subject(unit, person, project, parts.clock()).person.ls_user_id for person in people]
        done, told = parts.routing.assignments.take_back(
            ls_project_id, ls_user_ids=of or None, ls_task_ids=wanted, begun_too=begun_too, dry_run=dry_run,
        )
    print(f"{len(done.pairs)} taken back, {len(done.kept)} kept, because they were begun.", file=out)
    print("Dry run: nothing was changed." if dry_run else f"Done. {TOLD if told else NOT_TOLD}", file=out)
    return 0
