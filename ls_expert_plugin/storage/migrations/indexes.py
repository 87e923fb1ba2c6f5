"""Index builds that do not block writers, for migrations: ``CREATE INDEX CONCURRENTLY`` on PostgreSQL, a plain one on SQLite.

Every index on a table that is already there is built by these. On PostgreSQL that cannot be part of a transaction: what the migration did before
is committed first. One that is interrupted may be run again: what an interrupted build left behind is dropped first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alembic import op


def build(name: str, table: str, columns: Sequence[str], **options: Any) -> None:
    """Build an index if it is not there. ``options``: those of ``op.create_index``."""
    if not _is_postgresql():
        op.create_index(name, table, list(columns), if_not_exists=True, **options)
        return
    with op.get_context().autocommit_block():
        if not _is_valid(name):
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, list(columns), if_not_exists=True, postgresql_concurrently=True, **options)


def drop(name: str, table: str) -> None:
    """Drop an index if it is there."""
    if not _is_postgresql():
        op.drop_index(name, table, if_exists=True)
        return
    with op.get_context().autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _is_valid(name: str) -> bool:
    found = op.get_bind().exec_driver_sql("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", (name,)).scalar()
    return found is not False
