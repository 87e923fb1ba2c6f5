"""``ls-expert migrate``: the service's database brought up to date, or made."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.config import load
from ls_expert_plugin.storage.private_files import make_private

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "migrate", "create or update the service's database", "Where there is no database yet, it makes one only with --create. Safe to run again.",
        examples=("ls-expert migrate --create", "ls-expert migrate"),
    )
    parser.add_argument("--create", action="store_true", help="create the database where there is none yet")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Migrate, and print where the database is now. Without ``--create`` nothing is made where there is none."""
    from ls_expert_plugin.storage.migrate import migrate

    settings = load(secrets_needed=())
    if args.create or settings.data_dir.exists():
        make_private(settings.data_dir)
    print(migrate(settings.database_url, creates=args.create))
    return 0
