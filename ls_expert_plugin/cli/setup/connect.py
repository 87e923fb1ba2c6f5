"""``ls-expert connect``: our webhook and ML backend registered with projects, a line for each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.prelabels.connection import ProjectConnection


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "connect", "register our webhook and ML backend with Label Studio's projects", "A line for each project. Safe to run again.",
        examples=("ls-expert connect", "ls-expert connect --project 12 --project 14"), exit_codes={1: "at least one project could not be connected"},
    )
    parser.add_argument("--project", type=int, action="append", help="only this project (may be given again); default: all that require a domain")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return connect(load(), args.project, sys.stdout)


def connect(settings: Settings, only: Sequence[int] | None, out: TextIO) -> int:
    """Connect these projects, or all that require a domain. A line for each; exit code 1 when one could not be."""
    from ls_expert_plugin.prelabels.connection import connect_projects

    with components(settings) as parts:
        connections = connect_projects(parts, only)
    if not connections:
        print("No project requires a domain yet. Set one in the portal (Projects), or with ls-expert apply.", file=out)
    for connection in connections:
        print(*lines(connection), sep="\n", file=out)
    return 1 if any(connection.problem for connection in connections) else 0


def lines(connection: ProjectConnection) -> Iterator[str]:
    """What to say about one project. Pure."""
    name = f"{connection.ls_project_id} {connection.title or ''}".strip()
    yield from (f"project {name}: {sentence}" for sentence in connection.refused)
    if connection.problem:
        yield f"project {name}: {connection.problem}"
    else:
        yield f"project {name}: webhook {_done(connection.is_new_webhook)}, ML backend {_done(connection.is_new_backend)}"


def _done(is_new: bool) -> str:
    return "registered" if is_new else "unchanged"
