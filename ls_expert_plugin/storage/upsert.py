"""Upsert: one statement that inserts a row or changes the one with its key, so that of two who do it at once neither fails. Both databases have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import Base


def upsert(session: Session, row: type[Base], key: Sequence[str], values: Sequence[Mapping[str, Any]]) -> None:
    """Write these rows, by column; where ``key``, which is unique, is there already, the other columns are replaced.

    ``key`` in one order: two units with several rows never wait for each other. What the session has read of these rows is old afterwards.
    """
    if not values:
        return
    added = insert_into(session, row)
    changed = {name: added.excluded[name] for name in values[0] if name not in key}
    session.execute(added.on_conflict_do_update(index_elements=list(key), set_=changed), sorted(values, key=lambda one: [one[name] for name in key]))


def insert_if_absent(session: Session, row: type[Base], values: Mapping[str, Any]) -> None:
    """Write this row, unless one with a unique value of its own is there."""
    session.execute(insert_into(session, row).on_conflict_do_nothing(), [dict(values)])


def insert_into(session: Session, row: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """The database's own INSERT, which knows ON CONFLICT. By the table: inserting many rows takes half as long as by the class."""
    table: Table = Base.metadata.tables[row.__tablename__]
    return postgresql.insert(table) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(table)
