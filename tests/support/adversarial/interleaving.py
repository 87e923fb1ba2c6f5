"""Two actions on one PostgreSQL database in every order of their statements that matters, as the test says and not as threads happen to run.

One action halts after one of its statements, with all the locks it has by then; the other goes on beside it until it is over or waits for one of
them; then the first goes on. Whatever two actions can do to each other with locks shows in one of these orders: a deadlock, an update that is lost.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from sqlalchemy import event, make_url

from ls_expert_plugin.storage.unit_of_work import Database

T = TypeVar("T")
PATIENCE_S = 60.0
POLL_S = 0.001
LOCKS = r"^\s*(INSERT|UPDATE|DELETE)\b|\bFOR (NO KEY )?(UPDATE|KEY SHARE|SHARE)\b|advisory"


@dataclass
class Order:
    """What came of one order. ``deadlocks``: how often the database ended one of the two; ``errors``: what each raised in the end."""

    halted_after: int
    is_over: bool = False
    waited: bool = False
    deadlocks: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def unexpected(self, *expected: type[Exception]) -> list[Exception]:
        """Errors of other kinds than these."""
        return [one for one in self.errors if not isinstance(one, expected)]


def find_deadlocks_soon(store: Database) -> None:
    """Have PostgreSQL look for a deadlock after 20 ms instead of a second, on connections made from now on."""

    @event.listens_for(store.engine, "connect")
    def _soon(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '20ms'")
        connection.commit()


def at_each_statement(
    store: Database, prepare: Callable[[], T], act: Callable[[T], object], beside: Callable[[T], object], after: str = LOCKS
) -> Iterator[tuple[T, Order]]:
    """For each statement of ``act`` that ``after`` is found in, a case of its own and what came of it. ``store`` is on PostgreSQL."""
    number = 1
    while True:
        case = prepare()
        order = run_order(store, lambda case=case: act(case), lambda case=case: beside(case), number, after)  # type: ignore[misc]  # bound now
        if order.is_over:
            return
        yield case, order
        number += 1


def run_order(store: Database, act: Callable[[], object], beside: Callable[[], object], halted_after: int, after: str = LOCKS) -> Order:
    """Halt ``act`` after that many of its statements, from 1, while ``beside`` goes as far as it can. ``is_over``: it has fewer.

    Those count that ``after`` is found in: those that take a lock, or, where an update may be lost, those that read what it is about.
    """
    order = Order(halted_after)
    first, second = _Side(act, order.errors), _Side(beside, order.errors)
    halted, go_on = threading.Event(), threading.Event()
    seen, last = 0, ""

    def on_statement(connection: Any, _cursor: Any = None, statement: str = "", *_: Any) -> None:
        """Before a statement, or (without one) before the commit: the last one is over, with all the locks it took."""
        nonlocal seen, last
        if threading.get_ident() == second.ident:
            second.backend = connection.connection.dbapi_connection.info.backend_pid
        if threading.get_ident() != first.ident:
            return
        if last and re.search(after, last, re.IGNORECASE | re.DOTALL):
            seen += 1
            if seen == halted_after:
                halted.set()
                assert go_on.wait(PATIENCE_S)
        last = statement

    with _listening(store, "before_cursor_execute", on_statement), _listening(store, "commit", on_statement), _listening(
        store, "handle_error", lambda context: order.deadlocks.append(str(context.statement)) if _is_deadlock(context) else None
    ):
        first.start()
        _until(lambda: halted.is_set() or first.over.is_set(), "the first one hangs")
        if not halted.is_set():
            order.is_over = True
            first.join()
            return order
        second.start()
        with psycopg.connect(make_url(str(store.engine.url)).set(drivername="postgresql").render_as_string(), autocommit=True) as watch:
            _until(lambda: second.over.is_set() or _waits(watch, second.backend), "the second one neither ends nor waits")
        order.waited = not second.over.is_set()
        go_on.set()
        first.join()
        second.join()
    return order


class _Side:
    """One action in a thread."""

    def __init__(self, action: Callable[[], object], errors: list[Exception]) -> None:
        self.over, self.backend, self.ident = threading.Event(), 0, 0
        self._action, self._errors = action, errors
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "one of the two hangs"

    def _run(self) -> None:
        self.ident = threading.get_ident()
        try:
            self._action()
        except Exception as problem:  # noqa: BLE001  # the test looks at it
            self._errors.append(problem)
        finally:
            self.over.set()


def _waits(watch: psycopg.Connection[Any], backend: int) -> bool:
    """Whether this process of the server waits for a lock that another holds."""
    row = watch.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", (backend,)).fetchone()
    return bool(backend and row and row[0])


def _is_deadlock(context: Any) -> bool:
    return getattr(context.original_exception, "sqlstate", None) == "40P01"


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / POLL_S)):
        if holds():
            return
        pause.wait(POLL_S)
    raise AssertionError(otherwise)


@contextmanager
def _listening(store: Database, name: str, listener: Callable[..., object]) -> Iterator[None]:
    event.listen(store.engine, name, listener)
    try:
        yield
    finally:
        event.remove(store.engine, name, listener)
