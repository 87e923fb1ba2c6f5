"""``ls-expert ml-backend``: the ML backend in the foreground."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.run.server_arguments import add_server_arguments
from ls_expert_plugin.config import load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "ml-backend", "start the ML backend, which makes pre-labels", "Runs until it is told to end.",
        examples=("ls-expert ml-backend", "ls-expert ml-backend --port 9091 --model our_models.wounds:WoundModel"),
    )
    add_server_arguments(parser, port=9090, threads=16)
    parser.add_argument("--model", metavar="PACKAGE.MODULE:CLASS", help="a model of your own, derived from label_studio_ml's LabelStudioMLBase")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until the process is told to end."""
    from ls_expert_plugin.cli.run.servers import run_ml_backend

    run_ml_backend(load(), args.host, args.port, args.workers, args.threads, args.model)
    return 0
