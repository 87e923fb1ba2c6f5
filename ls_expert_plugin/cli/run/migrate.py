"""``ls-expert migrate``: the service's database brought up to date."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ls_expert_plugin.config import load
from ls_expert_plugin.private_files import make_private

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Its line in the help; it takes no arguments."""
    commands.add_parser("migrate", help="bring the service's database up to date").set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Migrate, and print where the database is now."""
    from ls_expert_plugin.storage.migrate import migrate

    settings = load(secrets_needed=())
    make_private(settings.data_dir)
    print(migrate(settings.database_url))
    return 0
