"""``ls-expert demo``: the demo's accounts and projects in a new Label Studio."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.config import load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "demo", "fill a new Label Studio with the demo's accounts and projects, once",
        "For a Label Studio without work in it. Needs LS_EXPERT_DEMO=true.",
        examples=("LS_EXPERT_DEMO=true ls-expert demo",),
    )
    parser.add_argument("--yes", action="store_true", help="skip the check that this Label Studio is the demo's own")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    from ls_expert_plugin.demo.seed import fill

    return fill(load(), sys.stdout, foreign_is_fine=args.yes)
