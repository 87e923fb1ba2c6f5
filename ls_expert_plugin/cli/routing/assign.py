"""``ls-expert assign``: tasks of a project assigned to experts, dealt out or as a CSV says. Text for a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.routing.apply import NOT_TOLD, TOLD
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.routing.assignment.dealing import Wish
    from ls_expert_plugin.routing.assignment.service import AssignmentPlan


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "assign", "assign tasks of a project to experts", "Deals the tasks out evenly, each to as many people as Label Studio wants annotations "
        "of it. Nobody gets a task twice, nor one of another specialty. Prints who gets how many, and what is left without anybody. All or nothing.",
        examples=(
            "ls-expert assign 12 --to ada@example.org --to ben@example.org --dry-run", "ls-expert assign 12 --to 7 --tasks 101,105-120",
            "ls-expert assign 12 --file assignments.csv",
        ),
    )
    parser.add_argument("project", help="its number or its title")
    parser.add_argument("--to", action="append", default=[], metavar="PERSON", help="an expert's address or number in Label Studio; several times")
    parser.add_argument("--tasks", help="ids of tasks, such as 101,105-120; without it, all of the project")
    parser.add_argument("--to-each", action="store_true", help="everybody gets every task")
    parser.add_argument("--overlap", type=_number, metavar="N", help="people for each task, instead of Label Studio's overlap")
    parser.add_argument("--at-most", type=_number, metavar="N", help="open tasks a person may have, those from before included")
    parser.add_argument("--file", type=Path, help="a CSV with the columns task and person, instead of all this")
    parser.add_argument("--dry-run", action="store_true", help="print what it would do and change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    from ls_expert_plugin.routing.assignment.dealing import Wish

    if args.file is not None:
        return assign_file(load(), args.project, args.file, sys.stdout, dry_run=args.dry_run)
    wish = Wish(args.to_each, args.overlap, args.at_most)
    return assign(load(), args.project, args.to, args.tasks, wish, sys.stdout, dry_run=args.dry_run)


def assign(settings: Settings, project: str, to: list[str], tasks: str | None, wish: Wish, out: TextIO, *, dry_run: bool) -> int:
    """Deal the tasks and print what was dealt. Raises ``NotFound``, ``BadInput`` and ``LabelStudioError``, and then nothing has changed."""
    from ls_expert_plugin.errors import BadInput
    from ls_expert_plugin.routing.explanation.lookup import find_subject

    if not to:
        raise BadInput("Say to whom: --to and an address, or --file and a CSV.")
    wanted = task_ids(tasks) if tasks is not None else None
    with components(settings) as parts:
        with parts.store.read() as unit:
            subjects = [find_subject(unit, person, project, parts.clock()) for person in to]
        ls_project_id, people = subjects[0].project.ls_project_id, [one.person.ls_user_id for one in subjects]
        emails = {one.person.ls_user_id: one.person.email for one in subjects}
        if dry_run:
            print("\n".join(lines(parts.routing.assignments.preview(ls_project_id, wanted, people, wish), emails)), file=out)
            print("Dry run: nothing was changed.", file=out)
            return 0
        plan, told = parts.routing.assignments.assign(ls_project_id, wanted, people, wish)
    print("\n".join(lines(plan, emails)), file=out)
    print(f"Done. {TOLD if told else NOT_TOLD}", file=out)
    return 0


def assign_file(settings: Settings, project: str, path: Path, out: TextIO, *, dry_run: bool) -> int:
    """Assign what the CSV says, all or nothing. Raises ``BadFields`` with the line of each mistake."""
    from ls_expert_plugin.errors import BadInput
    from ls_expert_plugin.routing.explanation.lookup import find_project_id

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"{path} cannot be read ({type(problem).__name__}).") from None
    with components(settings) as parts:
        with parts.store.read() as unit:
            ls_project_id = find_project_id(unit, project, parts.clock())
        count, told = parts.routing.assignments.assign_file(ls_project_id, text, dry_run=dry_run)
    print(f"{count} new {'assignment' if count == 1 else 'assignments'}.", file=out)
    print("Dry run: nothing was changed." if dry_run else f"Done. {TOLD if told else NOT_TOLD}", file=out)
    return 0


def lines(plan: AssignmentPlan, emails: Mapping[int, str]) -> Iterator[str]:
    """What is dealt, line by line. Pure."""
    from ls_expert_plugin.routing.assignment.dealing import SHORTAGES

    yield f"Project {plan.project.ls_project_id} “{' '.join(plan.project.title.split())}”"
    for who, count in sorted(plan.by_person.items()):
        yield f"  {emails.get(who, who)}: {_tasks(count)}"
    for who in plan.without:
        yield f"  {emails.get(who, who)}: no new task"
    for reason, says in SHORTAGES.items():
        count = sum(one == reason for one in plan.short.values())
        if count:
            yield f"  {_tasks(count)} without enough people: {says}"
    if plan.project.rules.assignment == "open":
        yield "  The project is open: experts see all its tasks all the same, until its assignment is set to “assigned”."


def task_ids(text: str) -> set[int]:
    """Ids of tasks as written, such as 101,105-120. Raises ``BadInput``."""
    from ls_expert_plugin.errors import BadInput
    from ls_expert_plugin.routing.assignment.service import MOST_TASKS

    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        last = last if dash else first
        if not (first.isascii() and last.isascii() and first.isdigit() and last.isdigit() and len(first) < 10 and len(last) < 10):
            raise BadInput(f'--tasks: write ids with commas between them, such as 101,105-120; this is "{text[:80]}".')
        if int(last) - int(first) >= MOST_TASKS or len(found) > MOST_TASKS:
            raise BadInput(f"--tasks: at most {MOST_TASKS:,} at a time.")
        found |= set(range(int(first), int(last) + 1))
    return found


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count:,} tasks"


def _number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError("write a number from 1 to 1,000,000")
    return number
