"""``ls-expert encryption``: making keys, and bringing the database to the first of them."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import SettingError

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its commands ``new-key`` and ``rotate``."""
    parser = commands.add_parser("encryption", help="keys for transcripts and profiles in the database")
    subparsers = parser.add_subparsers(dest="encryption_command", required=True, metavar="new-key|rotate")
    subparsers.add_parser("new-key", help="print a new key for LS_EXPERT_ENCRYPTION_KEYS").set_defaults(run=_new_key)
    rotation = subparsers.add_parser("rotate", help="seal everything with the first key; may be interrupted and run again")
    rotation.add_argument("--off", action="store_true", help="take the seals off instead")
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
    from ls_expert_plugin.storage.encryption import KeyRing
    from ls_expert_plugin.storage.key_rotation import reseal
    from ls_expert_plugin.storage.migrate import require_migrated
    from ls_expert_plugin.storage.unit_of_work import Database

    if not settings.encryption_keys:
        raise SettingError("LS_EXPERT_ENCRYPTION_KEYS is not set. `ls-expert encryption new-key` makes a key for it.")
    require_migrated(settings)

    def tell(column: str, done: int, changed: int) -> None:
        print(f"{column}: {done} looked at, {changed} written anew", file=out, flush=True)

    with closing(Database(settings.database_url, settings.encryption_keys)) as store:
        changed = reseal(store, KeyRing(settings.encryption_keys, seals=not off), tell)
    state = (
        "kept as it is; take LS_EXPERT_ENCRYPTION_KEYS out of the settings and start the processes again" if off
        else "sealed with the first key; keys behind it are not needed any more"
    )
    print(f"{changed} values written anew. Everything is {state}.", file=out)
    return 0
