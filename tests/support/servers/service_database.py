"""Template databases of the service: its tables made once in a process on each kind of database, and copied for each test."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.servers.postgresql import PostgresServer


def sqlite_with_tables(path: Path) -> str:
    """Put a database with our tables there; its SQLAlchemy address. Making them takes 20 ms of processor time, a copy none."""
    shutil.copyfile(_sqlite_template(), path)
    return f"sqlite:///{path}"


def postgresql_with_tables(server: PostgresServer) -> str:
    """A database of its own with our tables on that server; its SQLAlchemy address."""
    return server.new_database(template=_postgresql_template(server), strategy="WAL_LOG")


@cache
def _sqlite_template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="service-tables-")) / "service.sqlite3"
    _make_tables(f"sqlite:///{path}")
    return path


@cache
def _postgresql_template(server: PostgresServer) -> str:
    name = "service_tables"
    _make_tables(server.new_database(name))
    return name


def _make_tables(url: str) -> None:
    store = Database(url)
    Base.metadata.create_all(store.engine)
    store.close()
