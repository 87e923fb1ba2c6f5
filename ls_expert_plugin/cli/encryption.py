"""``ls-expert encryption``: making keys, and bringing the database to the first of them."""

from __future__ import annotations

from contextlib import closing
from typing import TextIO

from cryptography.fernet import Fernet

from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import SettingError
from ls_expert_plugin.storage.encryption import KeyRing
from ls_expert_plugin.storage.key_rotation import reseal
from ls_expert_plugin.storage.migrate import require_migrated
from ls_expert_plugin.storage.unit_of_work import Database


def new_key(out: TextIO) -> int:
    """Print a key."""
    print(Fernet.generate_key().decode(), file=out)
    return 0


def rotate(settings: Settings, out: TextIO, *, off: bool = False) -> int:
    """Seal everything with the first key; with ``off``, open everything. Raises ``SettingError``."""
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
