"""``ls-expert worker``: the worker and its clock in the foreground."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.config import load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "worker", "start the worker: events from Label Studio, scoring, e-mails, training", "Runs until it is told to end. Several may run.",
        examples=("ls-expert worker", "ls-expert worker --threads 8"),
    )
    parser.add_argument("--threads", type=int, default=4, help="jobs at a time (default: %(default)s)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Take jobs until the process is told to end."""
    from ls_expert_plugin.cli.run.servers import run_worker

    run_worker(load(), args.threads)
    return 0
