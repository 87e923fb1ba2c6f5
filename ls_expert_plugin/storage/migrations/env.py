"""Alembic's entry: runs the migrations on the database named by ``storage/migrate.py``, in one transaction."""

from alembic import context
from sqlalchemy import create_engine, event

from ls_expert_plugin.storage.tables import Base

engine = create_engine(context.config.attributes["database_url"])
if engine.dialect.name == "sqlite":
    # By itself Python's driver begins no transaction for changes of tables: one that is interrupted would leave the database in its middle.
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
with engine.connect() as connection:
    # SQLite changes a column by rebuilding its table: batch mode.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
