"""How tests of races run: few examples, the same every time, with a line to repeat one that failed; and schedules that the test controls."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from sqlalchemy import event

from ls_expert_plugin.errors import LabelStudioUnreachable
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.routing.values import Membership, ProjectRules
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.servers.label_studio import SHARED_SECRET
from tests.support.servers.service_database import sqlite_with_tables

Sent = Callable[[], int]
T = TypeVar("T")


def few(examples: int) -> Any:
    """Settings for a property that is dear to try."""
    return settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


class Network(ExtensionClient):
    """The real client on a bad network. ``weather`` says what becomes of each request, the last word of it for all that follow:

    "fine"; "lost": it never arrives; "answer lost": it does, and nobody knows; "late": it arrives when ``deliver`` says so.
    """

    def __init__(self, label_studio_url: str) -> None:
        super().__init__(label_studio_url, SHARED_SECRET, timeout_s=30)
        self.weather = ["fine"]
        self._late: list[Sent] = []

    def push(self, memberships: Any) -> int:
        rows: list[Membership] = list(memberships)
        return self._through(lambda: super(Network, self).push(rows))

    def push_projects(self, rules: Any) -> int:
        rows: list[ProjectRules] = list(rules)
        return self._through(lambda: super(Network, self).push_projects(rows))

    def deliver(self, chance: random.Random, *, all_of_it: bool = False) -> None:
        """One of the late requests arrives, whichever; it may arrive again."""
        if all_of_it:
            chance.shuffle(self._late)
            for send in self._late:
                send()
        elif self._late:
            chance.choice(self._late)()

    def _through(self, send: Sent) -> int:
        weather = self.weather.pop(0) if len(self.weather) > 1 else self.weather[0]
        if weather == "late":
            self._late.append(send)
        if weather == "answer lost":
            send()
        if weather != "fine":
            raise LabelStudioUnreachable(f"The request is {weather}.")
        return send()


@contextmanager
def interrupted(store: Database, number: int, change: Callable[[], object]) -> Iterator[list[bool]]:
    """Have ``change`` committed by somebody else right before the ``number``-th transaction, from 1, that begins in ``store``.

    The list says for each transaction that began whether it was that one. It is the database's own edge: nothing of the product is replaced.
    """
    began: list[bool] = []
    changing = False

    def on_checkout(*_: Any) -> None:
        nonlocal changing
        if changing:  # what ``change`` itself begins
            return
        began.append(len(began) + 1 == number)
        if began[-1]:
            changing = True
            try:
                change()
            finally:
                changing = False

    event.listen(store.engine, "checkout", on_checkout)  # a unit takes one connection, and then says BEGIN on it
    try:
        yield began
    finally:
        event.remove(store.engine, "checkout", on_checkout)


def at_each_gap(folder: Path, prepare: Callable[[Database], T], act: Callable[[T], object], change: Callable[[T], object]) -> Iterator[T]:
    """For each transaction that ``act`` begins, a case of its own in which ``change`` came right before it; the case, to be looked at.

    Every order in which the two can come to be written, from ``change`` first to ``change`` right before the last transaction of ``act``.
    """
    number, is_over = 0, False
    while not is_over:
        number += 1
        with closing(Database(sqlite_with_tables(folder / f"gap-{number}.sqlite3"))) as store:
            case = prepare(store)
            with interrupted(store, number, lambda case=case: change(case)) as began:  # type: ignore[misc]  # bound now
                act(case)
            is_over = not any(began)
            if not is_over:
                yield case
    assert number > 1, "nothing was begun, so nothing could come in between"
