"""Key rotation: re-encrypts what is in the database with the first key, after encryption was turned on or off, keys changed, or an update."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import JSON, Column, Text, select, tuple_, type_coerce, update
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.encryption.sealed_columns import (
    KeyRing,
    Placed,
    SealedJson,
    State,
    beside,
    is_sealed_object,
    place_of,
    sealed_columns_of,
    use_keys,
)
from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.storage.unit_of_work import Database

BATCH_ROWS = 200


def sealed_columns() -> Iterator[Column[Any]]:
    """Every column that is sealed, by table."""
    for table in Base.metadata.sorted_tables:
        yield from sealed_columns_of(table)


def reseal(store: Database, keys: KeyRing, progress: Callable[[str, int, int], None] = lambda column, done, changed: None) -> int:
    """Write anew what is not kept as these keys keep it, plain values included; how many values. The store uses the keys from now on.

    Interrupted, it does the rest when run again.

    Raises ``SettingError`` at a value that no key opens, ``SealError`` at one that was moved; what was written before stays.
    """
    use_keys(store.engine, keys.lenient())
    changed = sum(_reseal(store, keys.lenient(), column, progress) for column in sealed_columns())
    use_keys(store.engine, keys)
    return changed


def states(session: Session, keys: KeyRing) -> Counter[State]:
    """How many values are kept in which way, by what can be seen without opening them."""
    found: Counter[State] = Counter()
    for column in sealed_columns():
        found.update(keys.state(_kept(value)) for value in session.scalars(select(_raw(column)).where(column.is_not(None))))
    return found


def _reseal(store: Database, keys: KeyRing, column: Column[Any], progress: Callable[[str, int, int], None]) -> int:
    table = column.table
    key, done, changed = list(table.primary_key), 0, 0
    query = select(_raw(column).label("raw"), *(table.c[name] for name in {*(one.name for one in key), *beside(column)}))
    query = query.order_by(*key).limit(BATCH_ROWS).with_for_update(key_share=True)
    following = query
    while True:
        with store.begin() as unit:
            rows = unit.session.execute(following).mappings().all()
            for row in rows:
                if row["raw"] is not None and keys.state(_kept(row["raw"])) != "current":
                    is_it = [one == row[one.name] for one in key]
                    opened = unit.session.scalar(select(column).where(*is_it))
                    unit.session.execute(update(table).where(*is_it).values({column: Placed(opened, place_of(column, row))}))
                    changed += 1
        if not rows:
            return changed
        following, done = query.where(tuple_(*key) > tuple(rows[-1][one.name] for one in key)), done + len(rows)
        progress(f"{table.name}.{column.name}", done, changed)


def _raw(column: Column[Any]) -> Any:
    return type_coerce(column, JSON() if isinstance(column.type, SealedJson) else Text())


def _kept(value: Any) -> str:
    """What the key ring looks at: the text, or what stands in the object."""
    if is_sealed_object(value):
        return str(value["sealed"])
    return str(value) if value else ""
