"""Encryption at rest of what people told us: authenticated encryption whose associated data is the value's place.

The keys belong to the database's engine (``use_keys``); without any, values are written as they are, and read as they are. With keys, each value
is sealed for its table, column and row and for whose row it is (``SealedText(("id", "person_id"))`` names the columns of the row): put anywhere
else, changed, or put in plainly, it is not read. AES-256-GCM, with a random nonce, and a key made by HKDF from each of the setting; the first
seals, all open, which is what changing keys needs. What an older version sealed (Fernet, for no place) is still read, until it is written anew.

A type of a column does not know the row: on the way out the select brings the row's columns along with the value (``column_expression``), on the
way in events of the mapper, or the repository, hand over a ``Placed`` (``storage/encryption/sealing_events.py``).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import JSON, Column, ColumnElement, Engine, FromClause, String, Text, TypeDecorator, cast, literal_column, type_coerce
from sqlalchemy.engine import Dialect

from ls_expert_plugin.errors import SealError, SettingError

PLACED, UNPLACED = "sealed2:", "sealed:"
_PLAIN = "plain:"
_KEYS = "ls_expert_keys"
_BETWEEN = "\x1f"  # between the columns of a row that a select brings along
_KEY_ID_BYTES, _NONCE_BYTES = 4, 12
Place = tuple[str, ...]
State = Literal["current", "other_key", "unplaced", "plain"]


@dataclass(frozen=True)
class Placed:
    """A value and where it stands: table, column, and what tells the row."""

    value: Any
    place: Place


@dataclass(frozen=True)
class Pending:
    """A value of a row that has no id yet: nothing of it is written."""

    value: Any


class KeyRing:
    """Keys, the first of which seals. Each is 32 bytes in URL-safe base64. ``seals`` False: they only open. ``takes_plain``: what is kept plainly
    is read although there are keys; for bringing it to them.
    """

    def __init__(self, keys: Sequence[str], *, seals: bool = True, takes_plain: bool = False) -> None:
        self._keys = tuple(keys)
        self._unplaced = MultiFernet([Fernet(key) for key in keys]) if keys else None
        self._ciphers = {_key_id(key): AESGCM(_derived(key)) for key in keys}
        self.seals = bool(keys) and seals
        self._takes_plain = takes_plain or not keys

    def lenient(self) -> KeyRing:
        """A key ring with the same keys that also reads values kept plainly, to bring keys to them."""
        return KeyRing(self._keys, seals=self.seals, takes_plain=True)

    def seal(self, text: str, place: Place) -> str:
        """The text as it is kept. Nothing is kept as nothing."""
        if not text:
            return text
        if not self.seals:
            return _PLAIN + text if text.startswith((PLACED, UNPLACED, _PLAIN)) else text
        key_id, cipher = next(iter(self._ciphers.items()))
        nonce = os.urandom(_NONCE_BYTES)
        return PLACED + base64.urlsafe_b64encode(key_id + nonce + cipher.encrypt(nonce, text.encode(), _associated(place))).decode()

    def open(self, kept: str, place: Place) -> str:
        """Decrypt a sealed value to the text it was. Raises ``SettingError`` when its key is missing, ``SealError`` when it was not sealed for this place."""
        if kept.startswith(PLACED):
            return self._open_placed(kept, place)
        if kept.startswith(UNPLACED):
            return self._open_unplaced(kept)
        if kept and not self._takes_plain:
            raise SealError(
                f"{_told(place)} is kept plainly although LS_EXPERT_ENCRYPTION_KEYS is set. If the keys are new, run `ls-expert encryption rotate`; "
                "otherwise somebody wrote into the database."
            )
        return kept.removeprefix(_PLAIN)

    def state(self, kept: str) -> State:
        """How a value is kept, by what can be seen without opening it."""
        if not kept.startswith((PLACED, UNPLACED)):
            return "plain" if kept and self.seals else "current"
        if kept.startswith(UNPLACED):
            return "unplaced"
        return "current" if self.seals and _parts(kept)[0] == next(iter(self._ciphers)) else "other_key"

    def _open_placed(self, kept: str, place: Place) -> str:
        try:
            key_id, nonce, sealed = _parts(kept)
            if (cipher := self._ciphers.get(key_id)) is None:
                raise _no_key()
            return cipher.decrypt(nonce, sealed, _associated(place)).decode()
        except (InvalidTag, ValueError):
            raise SealError(
                f"{_told(place)} was not sealed for where it stands, or was changed: somebody wrote into the database. Restore it from a backup."
            ) from None

    def _open_unplaced(self, kept: str) -> str:
        try:
            if self._unplaced is None:
                raise InvalidToken
            return self._unplaced.decrypt(kept.removeprefix(UNPLACED)).decode()
        except InvalidToken:
            raise _no_key() from None


def use_keys(engine: Engine, keys: KeyRing) -> None:
    """What this engine seals and opens with."""
    setattr(engine.dialect, _KEYS, keys)


def ring_of(dialect: Dialect) -> KeyRing:
    """The keys of an engine's dialect; without any, a ring that neither seals nor opens."""
    ring: KeyRing = getattr(dialect, _KEYS, None) or KeyRing(())
    return ring


class _Sealed(TypeDecorator[Any]):
    """What both types share. ``beside``: the columns of the row, never empty and never changed, that a value is sealed for."""

    def __init__(self, beside: tuple[str, ...]) -> None:
        super().__init__()
        self.beside = beside

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The place and the value, in one text: what a select of this column asks for."""
        table = column.table  # of a column of something selected from; of anything else there is no row, and this raises
        between: ColumnElement[Any] = literal_column(f"'{_BETWEEN}'")
        whole: ColumnElement[Any] = literal_column(f"'{getattr(table, 'element', table).name}{_BETWEEN}{column.name}{_BETWEEN}'")
        for name in self.beside:
            whole = whole.concat(cast(table.c[name], String)).concat(between)
        return type_coerce(whole.concat(cast(column, Text)), self)

    def _split(self, value: str) -> tuple[Place, str]:
        *place, kept = value.split(_BETWEEN, 2 + len(self.beside))
        return tuple(place), kept


class SealedText(_Sealed):
    """Text, sealed where there are keys."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return _written(value, dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        place, kept = self._split(value)
        return ring_of(dialect).open(kept, place)


class SealedJson(_Sealed):
    """A JSON object; sealed, it is one with the single field "sealed"."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> dict[str, Any] | None:
        if not ring_of(dialect).seals:
            plain: dict[str, Any] | None = value.value if isinstance(value, Placed) else value
            return plain
        if not value:
            return value  # type: ignore[no-any-return]  # nothing, or no object
        as_text = Placed(json.dumps(value.value), value.place) if isinstance(value, Placed) else value
        return {"sealed": _written(as_text, dialect)}

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """The text that ``column_expression`` makes is no JSON, so JSON's own reading is left out."""
        def read(value: str | None) -> dict[str, Any] | None:
            if value is None:
                return None
            place, kept = self._split(value)
            ring, found = ring_of(dialect), json.loads(kept)
            if is_sealed_object(found):
                found = json.loads(ring.open(str(found["sealed"]), place))
            elif found:
                ring.open(kept, place)
            return found  # type: ignore[no-any-return]  # an object, or null

        return read


@cache
def sealed_columns_of(table: FromClause) -> tuple[Column[Any], ...]:
    """The columns of a table that are sealed."""
    return tuple(column for column in table.columns if isinstance(column.type, _Sealed))  # type: ignore[misc]  # of a table they are columns


def is_sealed_object(value: Any) -> bool:
    """Whether this is how ``SealedJson`` keeps an object that is sealed."""
    return isinstance(value, dict) and set(value) == {"sealed"}


def beside(column: Column[Any]) -> tuple[str, ...]:
    """The columns of its row that a column's values are sealed for."""
    sealed: _Sealed = column.type  # type: ignore[assignment]  # no other column is asked about
    return sealed.beside


def place_of(column: Column[Any], row: Mapping[Any, Any]) -> Place:
    """Where this column's value of a row stands. ``row``: a mapping with the columns it is sealed for."""
    return (column.table.name, column.name, *(str(row[name]) for name in beside(column)))


def _written(value: Any, dialect: Dialect) -> str | None:
    ring = ring_of(dialect)
    if value is None or value == "":
        return value  # type: ignore[no-any-return]  # nothing
    if isinstance(value, Placed):
        return ring.seal(value.value, value.place)
    if isinstance(value, Pending):
        return PLACED
    if ring.seals:
        raise TypeError("a value that is to be sealed was written without its place: see storage/encryption/sealing_events.py")
    return ring.seal(value, ())


def _derived(key: str) -> bytes:
    return HKDF(SHA256(), 32, None, b"ls-expert: values sealed for their place").derive(base64.urlsafe_b64decode(key))


def _key_id(key: str) -> bytes:
    return hashlib.sha256(b"id" + _derived(key)).digest()[:_KEY_ID_BYTES]


def _associated(place: Place) -> bytes:
    return json.dumps(place).encode()


def _parts(kept: str) -> tuple[bytes, bytes, bytes]:
    whole = base64.urlsafe_b64decode(kept.removeprefix(PLACED))
    nonce_ends = _KEY_ID_BYTES + _NONCE_BYTES
    return whole[:_KEY_ID_BYTES], whole[_KEY_ID_BYTES:nonce_ends], whole[nonce_ends:]


def _told(place: Place) -> str:
    return f"{'.'.join(place[:2])} of row {' '.join(place[2:])}"


def _no_key() -> SettingError:
    return SettingError(
        "Something in the database was sealed with a key that is not in LS_EXPERT_ENCRYPTION_KEYS. Put the key back behind the others."
    )
