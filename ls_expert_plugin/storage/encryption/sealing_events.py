"""SQLAlchemy mapper events that hand a row's place to the types that encrypt, before it is written, where there are keys.

A new row has no id before it is inserted: it is inserted with nothing in the sealed columns, and they are written right after, in the same flush.
What is written past the mapper (``insert``, ``update``) says the place itself (``sealing.Placed``), or is refused by the type.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, event, inspect, update
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import set_committed_value

from ls_expert_plugin.storage.encryption.sealed_columns import Pending, Placed, place_of, ring_of, sealed_columns_of
from ls_expert_plugin.storage.tables.base import Base


@event.listens_for(Base, "before_insert", propagate=True)
def _before_insert(mapper: Mapper[Any], connection: Connection, row: Any) -> None:
    if ring_of(connection.dialect).seals:
        for column in sealed_columns_of(mapper.local_table):
            if value := inspect(row).dict.get(column.key):
                setattr(row, column.key, Pending(value))


@event.listens_for(Base, "after_insert", propagate=True)
def _after_insert(mapper: Mapper[Any], connection: Connection, row: Any) -> None:
    values: dict[Column[Any], Placed] = {}
    for column in sealed_columns_of(mapper.local_table):
        if isinstance(pending := inspect(row).dict.get(column.key), Pending):
            values[column] = Placed(pending.value, place_of(column, inspect(row).dict))
            set_committed_value(row, column.key, pending.value)
    if values:
        table = Base.metadata.tables[row.__tablename__]
        connection.execute(update(table).where(table.c.id == row.id).values(values))


@event.listens_for(Base, "before_update", propagate=True)
def _before_update(mapper: Mapper[Any], connection: Connection, row: Any) -> None:
    if ring_of(connection.dialect).seals:
        for column in sealed_columns_of(mapper.local_table):
            if inspect(row).attrs[column.key].history.added and (value := getattr(row, column.key)):
                setattr(row, column.key, Placed(value, place_of(column, inspect(row).dict)))


@event.listens_for(Base, "after_update", propagate=True)
def _after_update(mapper: Mapper[Any], connection: Connection, row: Any) -> None:
    for column in sealed_columns_of(mapper.local_table):
        if isinstance(placed := inspect(row).dict.get(column.key), Placed):
            set_committed_value(row, column.key, placed.value)
