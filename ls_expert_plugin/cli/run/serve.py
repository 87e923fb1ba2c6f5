"""``ls-expert serve``: the expert service in the foreground."""

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
        commands, "serve", "start the expert service: portal, admin pages, API, webhook", "Runs until it is told to end.",
        examples=("ls-expert serve", "ls-expert serve --host 0.0.0.0 --workers 2 --threads 128"),
    )
    add_server_arguments(parser, port=8090, threads=64)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until the process is told to end."""
    from ls_expert_plugin.cli.run.servers import run_service

    run_service(load(), args.host, args.port, args.workers, args.threads)
    return 0
