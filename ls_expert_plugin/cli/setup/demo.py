"""``ls-expert demo``: the demo's accounts and projects in a new Label Studio."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ls_expert_plugin.config import load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = commands.add_parser("demo", help="fill a new Label Studio with the demo's accounts and projects, once")
    parser.add_argument("--yes", action="store_true", help="do it although this Label Studio is not the demo's own")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    from ls_expert_plugin.demo.seed import fill

    return fill(load(), sys.stdout, foreign_is_fine=args.yes)
