"""``ls-expert ml-backend``: the ML backend in the foreground."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ls_expert_plugin.cli.run.server_arguments import add_server_arguments
from ls_expert_plugin.config import load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = commands.add_parser("ml-backend", help="start the ML backend")
    add_server_arguments(parser, port=9090, threads=16)
    parser.add_argument("--model", metavar="PACKAGE.MODULE:CLASS", help="a model of your own, derived from label_studio_ml's LabelStudioMLBase")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until the process is told to end."""
    from ls_expert_plugin.servers import run_ml_backend

    run_ml_backend(load(), args.host, args.port, args.workers, args.threads, args.model)
    return 0
