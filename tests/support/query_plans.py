"""Which tables a call reads from one end to the other: the plans of what it really sends to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text

from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork


def scanned(store: Database, call: Callable[[UnitOfWork], object]) -> set[str]:
    """The tables that a call on a unit would read as a whole, as the database plans it."""
    with sent(store.engine) as statements, store.begin() as unit:
        call(unit)
    is_postgresql = store.engine.dialect.name == "postgresql"
    found: set[str] = set()
    with store.engine.connect() as connection:
        for statement, parameters in statements:
            if statement.lstrip().upper().startswith(("SELECT", "WITH", "DELETE", "UPDATE")):
                explained = connection.exec_driver_sql(("EXPLAIN (FORMAT JSON) " if is_postgresql else "EXPLAIN QUERY PLAN ") + statement, parameters).all()
                found |= set(_in_plan(explained[0][0][0]["Plan"]) if is_postgresql else _in_rows(explained))
        connection.rollback()
    assert statements, "nothing was asked of the database"
    return found


def analyze(store: Database) -> None:
    """Let the database know what it holds, as it finds out by itself in time."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


@contextmanager
def sent(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database meanwhile, with its parameters."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, is_many: bool) -> None:
        statements.append((statement, parameters[0] if is_many else parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _in_plan(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _in_plan(child)


def _in_rows(rows: Any) -> Iterator[str]:
    """SQLite says SCAN for a table, and also for an index that is read from its beginning."""
    for row in rows:
        words = row[-1].split()
        if words[0] == "SCAN":
            yield words[1]
