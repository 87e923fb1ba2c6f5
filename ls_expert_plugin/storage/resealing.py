"""Bringing what is in the database to the first key: after encryption was turned on or off, or keys were changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import JSON, Column, Text, select, type_coerce, update

from ls_expert_plugin.storage.sealing import KeyRing, SealedJson, SealedText, use_keys
from ls_expert_plugin.storage.store import Store
from ls_expert_plugin.storage.tables import Base

BATCH_ROWS = 200


def sealed_columns() -> Iterator[Column[Any]]:
    """Every column that is sealed, by table."""
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, (SealedText, SealedJson)))


def reseal(store: Store, keys: KeyRing, progress: Callable[[str, int, int], None] = lambda column, done, changed: None) -> int:
    """Write anew what is not kept as these keys keep it; how many values. The store uses them from now on.

    Interrupted, it does the rest when run again.

    Raises ``SettingError`` at a value that no key opens; what was written before stays.
    """
    use_keys(store.engine, keys)
    return sum(_reseal(store, keys, column, progress) for column in sealed_columns())


def _reseal(store: Store, keys: KeyRing, column: Column[Any], progress: Callable[[str, int, int], None]) -> int:
    key, after, done, changed = column.table.c.id, 0, 0, 0
    raw = type_coerce(column, Text() if isinstance(column.type, SealedText) else JSON())
    while True:
        with store.begin() as unit:
            rows = unit.session.execute(select(key, raw).where(key > after).order_by(key).limit(BATCH_ROWS)).all()
            for pk, kept in rows:
                if kept is not None and not _is_current(kept, keys):
                    opened = unit.session.scalar(select(column).where(key == pk))
                    unit.session.execute(update(column.table).where(key == pk).values({column: opened}))
                    changed += 1
        if not rows:
            return changed
        after, done = rows[-1][0], done + len(rows)
        progress(f"{column.table.name}.{column.name}", done, changed)


def _is_current(kept: Any, keys: KeyRing) -> bool:
    if isinstance(kept, dict):
        return keys.is_current(str(kept["sealed"])) if set(kept) == {"sealed"} else not keys.seals
    return keys.is_current(kept)
