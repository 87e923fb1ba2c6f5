"""``ls-expert export-routing``: what projects ask for now, as a file that ``apply`` takes."""

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
    """Its line in the help; it takes no arguments."""
    parser = add_command(
        commands, "export-routing", "print projects' requirements as a YAML file", "`ls-expert apply` takes it back, and changes nothing then.",
        examples=("ls-expert export-routing > routing.yaml",),
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return export(load(), sys.stdout)


def export(settings: Settings, out: TextIO) -> int:
    """Print what every project asks for now, as a file that changes nothing when it is applied."""
    from ls_expert_plugin.routing.requirements import routing_file

    with components(settings) as parts, parts.store.read() as unit:
        emails = {person.ls_user_id: person.email for person in unit.people.all()}
        print(routing_file.write(sorted(unit.projects.all(), key=lambda project: project.ls_project_id), emails), end="", file=out)
    return 0
