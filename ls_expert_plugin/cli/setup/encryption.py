"""``ls-expert encryption``: making keys, and bringing the database to the first of them."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command, add_subcommands
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import SettingError

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its commands ``new-key`` and ``rotate``."""
    parser = add_command(
        commands, "encryption", "keys for transcripts and profiles in the database", "docs/encryption.md has the steps.",
        examples=("ls-expert encryption new-key",),
    )
    subcommands = add_subcommands(parser)
    new = add_command(subcommands, "new-key", "print a new key for LS_EXPERT_ENCRYPTION_KEYS", examples=("ls-expert encryption new-key",))
    new.set_defaults(run=_new_key)
    rotation = add_command(
        subcommands, "rotate", "encrypt everything with the first key", "May be interrupted and run again.",
        examples=("ls-expert encryption rotate", "ls-expert encryption rotate --off"),
    )
    rotation.add_argument("--off", action="store_true", help="decrypt everything instead")
    rotation.set_defaults(run=_rotate)


def _new_key(args: argparse.Namespace) -> int:
    return new_key(sys.stdout)


def _rotate(args: argparse.Namespace) -> int:
    return rotate(load(secrets_needed=()), sys.stdout, off=args.off)


def new_key(out: TextIO) -> int:
    """Print a new key for ``LS_EXPERT_ENCRYPTION_KEYS``; exit code 0."""
    from cryptography.fernet import Fernet

    print(Fernet.generate_key().decode(), file=out)
    return 0


def rotate(settings: Settings, out: TextIO, *, off: bool = False) -> int:
    """Seal everything with the first key; with ``off``, open everything. Raises ``SettingError``."""
    from ls_expert_plugin.storage.encryption.key_rotation import reseal
    from ls_expert_plugin.storage.encryption.sealed_columns import KeyRing
    from ls_expert_plugin.storage.migrate import require_migrated
    from ls_expert_plugin.storage.unit_of_work import Database

    if not settings.encryption_keys:
        raise SettingError("LS_EXPERT_ENCRYPTION_KEYS is not set. `ls-expert encryption new-key` makes a key for it.")
    require_migrated(settings)

    def tell(column: str, done: int, changed: int) -> None:
        print(f"{column}: {done} checked, {changed} rewritten", file=out, flush=True)

    with closing(Database(settings.database_url, settings.encryption_keys)) as store:
        changed = reseal(store, KeyRing(settings.encryption_keys, seals=not off), tell)
    state = (
        "in plain text; take LS_EXPERT_ENCRYPTION_KEYS out of the settings and start the processes again" if off
        else "encrypted with the first key; keys behind it are not needed any more"
    )
    print(f"{changed} values rewritten. Everything is {state}.", file=out)
    return 0
