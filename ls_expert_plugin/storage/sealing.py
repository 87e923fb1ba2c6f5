"""Encryption at rest of what people told us: types of columns that seal on the way in and open on the way out.

The keys belong to the database's engine (``use_keys``); without any, values are written as they are, and read as they are. A value that is
sealed says so in front, so both may stand in one table while somebody turns encryption on or off. Fernet (AES in CBC mode with a MAC)
with several keys: the first seals, all open, which is what changing keys needs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import JSON, Engine, Text, TypeDecorator
from sqlalchemy.engine import Dialect

from ls_expert_plugin.errors import SettingError

_SEALED, _PLAIN = "sealed:", "plain:"
_KEYS = "ls_expert_keys"


class KeyRing:
    """Keys, the first of which seals. Each is 32 bytes in URL-safe base64. ``seals`` False: they only open."""

    def __init__(self, keys: Sequence[str], *, seals: bool = True) -> None:
        self._all = MultiFernet([Fernet(key) for key in keys]) if keys else None
        self._first = Fernet(keys[0]) if keys and seals else None

    @property
    def seals(self) -> bool:
        """Whether there is a key to seal with."""
        return self._first is not None

    def seal(self, text: str) -> str:
        """The text as it is kept."""
        if self._first is not None:
            return _SEALED + self._first.encrypt(text.encode()).decode()
        return _PLAIN + text if text.startswith((_SEALED, _PLAIN)) else text

    def open(self, kept: str) -> str:
        """The text that was sealed. Raises ``SettingError`` when no key fits."""
        if not kept.startswith(_SEALED):
            return kept.removeprefix(_PLAIN)
        try:
            if self._all is None:
                raise InvalidToken
            return self._all.decrypt(kept.removeprefix(_SEALED)).decode()
        except InvalidToken:
            raise SettingError(
                "Something in the database was sealed with a key that is not in LS_EXPERT_ENCRYPTION_KEYS. Put the key back behind the others."
            ) from None

    def is_current(self, kept: str) -> bool:
        """Whether this is kept as ``seal`` would keep it now: with the first key, or plain where there is none."""
        if self._first is None:
            return not kept.startswith(_SEALED)
        if not kept.startswith(_SEALED):
            return False
        try:
            self._first.decrypt(kept.removeprefix(_SEALED))
        except InvalidToken:
            return False
        return True


def use_keys(engine: Engine, keys: KeyRing) -> None:
    """What this engine seals and opens with."""
    setattr(engine.dialect, _KEYS, keys)


def _ring(dialect: Dialect) -> KeyRing:
    ring: KeyRing = getattr(dialect, _KEYS, None) or KeyRing(())
    return ring


class SealedText(TypeDecorator[str]):
    """Text, sealed where there are keys."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _ring(dialect).seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _ring(dialect).open(value)


class SealedJson(TypeDecorator[dict[str, Any]]):
    """A JSON object; sealed, it is one with the single field "sealed"."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any] | None:
        ring = _ring(dialect)
        if value is None or not ring.seals:
            return value
        return {"sealed": ring.seal(json.dumps(value))}

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else _opened(value, _ring(dialect))


def _opened(value: dict[str, Any], ring: KeyRing) -> dict[str, Any]:
    if set(value) != {"sealed"}:
        return value
    opened: dict[str, Any] = json.loads(ring.open(str(value["sealed"])))
    return opened
