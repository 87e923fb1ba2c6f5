"""``ls-expert prelabel-version``: what projects are pre-labelled by, what there would be today, and switching, which is somebody's decision."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import confirmation
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import BadInput

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.cli.terminal import Confirmation
    from ls_expert_plugin.prelabels.versions import VersionState


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "prelabel-version", "show or switch the pre-label model version of projects",
        "After a switch Label Studio asks for every task's pre-label again.",
        examples=("ls-expert prelabel-version", "ls-expert prelabel-version --project 12 --switch --learn"),
        exit_codes={3: "nothing was done: you said no, or the version is active already"},
    )
    parser.add_argument("--project", type=int, help="only this project; default: all that require a domain")
    parser.add_argument("--switch", action="store_true", help="switch the project to the newest available version")
    parser.add_argument("--learn", action="store_true", help="with --switch: train first on the annotations submitted by now")
    parser.add_argument("--yes", action="store_true", help="with --switch: skip confirmation")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show versions, or switch a project."""
    settings = load()
    if not args.switch:
        return show(settings, args.project, sys.stdout)
    if args.project is None:
        raise BadInput("Say which project: --project NUMBER.")
    return switch(settings, args.project, sys.stdout, learns=args.learn, agreed=confirmation(is_given=args.yes))


def show(settings: Settings, only: int | None, out: TextIO) -> int:
    """A few lines for each project with a domain; exit code 0."""
    from ls_expert_plugin.prelabels.versions import load_version_state

    with components(settings) as parts:
        with parts.store.read() as unit:
            known = [project.ls_project_id for project in unit.projects.all() if project.domain]
        for ls_project_id in [only] if only else known:
            _print(load_version_state(parts, ls_project_id), settings, out)
        if not known and only is None:
            print("No project requires a domain yet.", file=out)
    return 0


def switch(settings: Settings, ls_project_id: int, out: TextIO, *, learns: bool, agreed: Confirmation) -> int:
    """Put what there is today into use; with ``learns``, after learning from the annotations submitted by now. Exit code 3: nothing was done."""
    from ls_expert_plugin.prelabels import switching
    from ls_expert_plugin.prelabels.versions import learn_now

    with components(settings) as parts:
        offer = switching.load_offer(parts, ls_project_id)
        offer = offer.with_learnt(learn_now(parts, ls_project_id)) if learns else offer
        if offer.today.is_empty:
            raise BadInput("There is no model for pre-labels yet: no language model is set up, and none was trained. --learn trains one now.")
        if not offer.is_other:
            print("That version is active already. Nothing was done.", file=out)
            return 3
        print(f"{offer.title}: from {offer.active_version} to {offer.version}", file=out)
        if not agreed(f"Label Studio then asks again for each of the {offer.tasks} tasks when it is opened or retrieved. Go on? [y/N] "):
            print("Nothing was done.", file=out)
            return 3
        switching.switch(parts, offer)
        print("Active within seconds.", file=out)
    return 0


def _print(one: VersionState, settings: Settings, out: TextIO) -> None:
    from ls_expert_plugin.prelabels.versions import answerable

    config = answerable(settings, one.label_config)
    active, today = one.active.version(config), one.today.version(config)
    print(f"{one.ls_project_id} {one.title}: {one.tasks} tasks", file=out)
    print(f"  active    {active}" + (f"\n  but no pre-labels are made: {one.why_not}" if one.why_not else ""), file=out)
    if today != active:
        print(f"  available {today}   (--switch switches to it)", file=out)
        if found := one.measured:
            print(f"            trained again: {found.newer:.0%} right on {found.tasks} annotations that neither was trained on; the one before "
                  f"{found.before:.0%}", file=out)
    for sentence in config.refused:
        print(f"  {sentence}", file=out)
