"""``ls-expert export-person``: everything the service holds about somebody, as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import NotFound

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "export-person", "print everything the service holds about a person, as JSON", "The person finds the same in the portal.",
        examples=("ls-expert export-person ada@example.org > ada.json",),
    )
    parser.add_argument("user", help="their address, or their number in Label Studio")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return export_person(load(), args.user, sys.stdout)


def export_person(settings: Settings, user: str, out: TextIO) -> int:
    """Print all of it. ``user``: address or Label Studio's id. Raises ``NotFound``."""
    from ls_expert_plugin.storage.migrate import require_migrated
    from ls_expert_plugin.storage.repositories.people.personal_data import Personal
    from ls_expert_plugin.storage.unit_of_work import Database

    require_migrated(settings)
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        personal = Personal(unit.session)
        found = personal.find(user)
        if found is None:
            raise NotFound(f"There is nobody {user!r}, or more than one. Give their address as it is in the portal, or their number in Label Studio.")
        held = personal.everything(*found)
    json.dump(held, out, indent=2, ensure_ascii=False)
    out.write("\n")
    return 0
