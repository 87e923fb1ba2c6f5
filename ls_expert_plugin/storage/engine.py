"""SQLAlchemy engine of the service's database: connection pool, SQLite's pragmas, and where its transactions take the write lock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url

from ls_expert_plugin.storage.private_files import database_files, restrict

SQLITE_BUSY_TIMEOUT_S = 15
# Connections for units that are begun while another one of the same thread is open, such as the log of calls.
SPARE_CONNECTIONS = 10
ONLY_READS = "ls_expert_only_reads"


def make_engine(database_url: str, connections: int) -> Engine:
    """An engine whose pool keeps ``connections``. SQLite: in WAL mode, with foreign keys, every commit on the disk, permissions 0600.

    There a transaction takes the write lock at its beginning, unless the connection's execution option ``ONLYONLY_READS`` is true.
    """
    pool: dict[str, Any] = {"pool_size": connections, "max_overflow": SPARE_CONNECTIONS}
    if not database_url.startswith("sqlite"):
        return create_engine(database_url, pool_pre_ping=True, **pool)
    name = make_url(database_url).database
    path = Path(name) if name and name != ":memory:" else None  # in memory, a thread has one connection, and there is no pool
    engine = create_engine(database_url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_S}, **(pool if path else {}))
    if path is not None and path.exists():
        for one in database_files(path):
            restrict(one)

    @event.listens_for(engine, "connect")
    def _on_connect(connection, _record) -> None:  # type: ignore[no-untyped-def]  # the driver's own connection
        if path is not None:
            restrict(path)  # before anything is written: SQLite gives what it makes beside it the same permissions
        connection.isolation_level = None  # we say BEGIN ourselves, below
        # FULL: what we have committed Label Studio forgets, so a power cut must not take it back; nor an erasure. It costs half a millisecond a commit.
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection) -> None:  # type: ignore[no-untyped-def]
        only_reads = connection.get_execution_options().get(ONLY_READS, False)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if only_reads else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")

    return engine
