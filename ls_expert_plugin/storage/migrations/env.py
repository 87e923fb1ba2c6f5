"""Alembic's entry: runs the migrations on the database named by ``storage/migrate.py``, one process at a time. On SQLite all are one transaction; on
PostgreSQL each is, because it builds indexes without blocking only outside of one (``indexes.py``).

They go forward only: what a column was made into may be more than the older one holds. The way back is a backup (docs/backup.md).
"""

import time

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event

from ls_expert_plugin.errors import StartError
from ls_expert_plugin.storage.tables import Base

# PostgreSQL's number for "somebody migrates"; on SQLite whoever begins a transaction is the only one.
TURN = 0x6C735F6578706572
WAITS_S = 600


def _forward_only(**_: object) -> None:
    raise StartError("The expert service's database only goes forward. To go back, restore the backup that was made before, with the older version.")


def _turn(engine: Engine) -> Connection:
    """Wait for it. Ask again and again: who waits inside a statement keeps an index from being built beside writers. The turn ends with the connection."""
    turn = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    until_s = time.monotonic() + WAITS_S
    while not turn.exec_driver_sql(f"SELECT pg_try_advisory_lock({TURN})").scalar():
        if time.monotonic() > until_s:
            raise StartError("Another process has been migrating the expert service's database for ten minutes. Wait for it, or stop it.")
        time.sleep(0.2)
    return turn


for script in context.script.walk_revisions():
    setattr(script.module, "downgrade", _forward_only)
database_url = context.config.attributes["database_url"]
engine = create_engine(database_url, connect_args={"timeout": WAITS_S} if database_url.startswith("sqlite") else {})
if engine.dialect.name == "sqlite":
    # By itself Python's driver begins no transaction for changes of tables: one that is interrupted would leave the database in its middle.
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
turn = None
try:
    turn = _turn(engine) if engine.dialect.name == "postgresql" else None
    with engine.connect() as connection:
        # SQLite changes a column by rebuilding its table: batch mode.
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True,
            transaction_per_migration=engine.dialect.name == "postgresql",
        )
        with context.begin_transaction():
            context.run_migrations()
finally:
    if turn is not None:
        turn.close()
    engine.dispose()
