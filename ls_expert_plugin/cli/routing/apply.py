"""``ls-expert apply``: projects' requirements, set from a file. Text for a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import confirmation, named
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.cli.terminal import Confirmation
    from ls_expert_plugin.routing.requirements.editing import ProjectChange
    from ls_expert_plugin.vetting.values import Person

NAMES_SHOWN = 10
TOLD = "Synced with Label Studio."
NOT_TOLD = "Label Studio did not answer; it will be told as soon as it does."


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "apply", "set projects' requirements from a YAML file", "Prints the plan first: what changes, who gains and who loses access. Asks before "
        "somebody loses access. All or nothing.", examples=("ls-expert apply routing.yaml --dry-run", "ls-expert apply routing.yaml"),
        exit_codes={3: "nothing was changed, because you said no"},
    )
    parser.add_argument("file", type=Path, help="a routing file; docs/routing.md says what it may hold")
    parser.add_argument("--dry-run", action="store_true", help="print the plan and change nothing")
    parser.add_argument("--yes", action="store_true", help="skip confirmation, although somebody loses access")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Apply the file. Only somebody at a terminal is asked."""
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not args.yes
    return apply(load(), args.file, sys.stdout, dry_run=args.dry_run, agreed=confirmation(is_given=not asks))


def apply(settings: Settings, path: Path, out: TextIO, *, dry_run: bool, agreed: Confirmation) -> int:
    """Print what the file changes and, unless it is a dry run, change it: all or nothing.

    ``agreed`` is asked before anybody loses access. Raises ``BadFields`` when anything is wrong in the file.
    """
    with components(settings) as parts:
        return _apply(parts, path, out, dry_run=dry_run, agreed=agreed)


def _apply(parts: Components, path: Path, out: TextIO, *, dry_run: bool, agreed: Confirmation) -> int:
    from ls_expert_plugin.routing.requirements import routing_file
    from ls_expert_plugin.routing.requirements.resolution import known

    with parts.store.read() as unit:
        people = unit.people.all()
        world = known(unit.projects.all(), people, parts.clock())
    emails = {person.ls_user_id: person.email for person in people}
    wanted = routing_file.read(path, world, parts.packs)
    planned = parts.routing.preview(wanted)
    print(plan(planned, emails), end="", file=out)
    if not planned:
        return 0
    if dry_run:
        print("Dry run: nothing was changed.", file=out)
        return 0
    out.flush()
    losing = len({person.ls_user_id for change in planned for person in change.losses})
    if losing and not agreed(f"{_people(losing)} {'loses' if losing == 1 else 'lose'} access to a project. Go on? [y/N] "):
        print("Nothing was changed.", file=out)
        return 3
    done, told = parts.routing.apply(wanted)
    if done != planned:  # somebody was verified, or another manager was quicker
        print("Something else has changed since. What was done:", plan(done, emails), sep="\n", end="", file=out)
    print(f"Done. {TOLD if told else NOT_TOLD}", file=out)
    return 0


def plan(changes: Sequence[ProjectChange], emails: Mapping[int, str]) -> str:
    """The lines of the plan, with whom it gives and takes access. Pure."""
    if not changes:
        return "Nothing to change.\n"
    lines = [line for change in changes for line in _project(change, emails)]
    gains = {person.ls_user_id for change in changes for person in change.gains}
    losses = {person.ls_user_id for change in changes for person in change.losses}
    projects = "1 project changes" if len(changes) == 1 else f"{len(changes)} projects change"
    lines.append(f"{projects}. Gaining access to one or more: {_people(len(gains))}; losing: {_people(len(losses))}.")
    return "\n".join(lines) + "\n"


def _project(change: ProjectChange, emails: Mapping[int, str]) -> Iterator[str]:
    from ls_expert_plugin.routing.requirements.serialization import changes as field_changes

    yield f"Project {change.ls_project_id} “{' '.join(change.title.split())}”"
    for one in field_changes(change.before, change.after, emails):
        yield f"  {one.field}: {one.before} → {one.after}"
    yield f"  gain access: {_names(change.gains)}"
    yield f"  lose access: {_names(change.losses)}"
    if change.waiting:
        yield f"  match and wait for a place: {_names(change.waiting)}"
    yield ""


def _names(people: Iterable[Person]) -> str:
    everybody = [named(person) for person in people]
    if not everybody:
        return "nobody"
    more = [f"{len(everybody) - NAMES_SHOWN} more"] if len(everybody) > NAMES_SHOWN else []
    return f"{len(everybody)}: {', '.join([*everybody[:NAMES_SHOWN], *more])}"


def _people(count: int) -> str:
    return {0: "nobody", 1: "1 person"}.get(count, f"{count} people")
