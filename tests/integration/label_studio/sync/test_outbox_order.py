"""The outbox on PostgreSQL while others write: by a schedule, step for step, with transactions that stay open as long as the test says.

Ids are given before the commit, so a row can become visible after a later one. Whoever reads by cursor must not step over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from tests.support.servers.label_studio import LabelStudio

pytestmark = [pytest.mark.database, pytest.mark.parametrize("label_studio", ["postgresql"], indirect=True)]
# Users that nobody is: roles are plain rows, and writing one is told.
FIRST, SECOND, THIRD, FROM_ANOTHER_CLUSTER = 1_700_000_001, 1_700_000_002, 1_700_000_003, 1_700_000_004


class Writer:
    """Somebody in a transaction of their own."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def write(self, user_id: int) -> None:
        """Something the outbox tells; not committed yet."""
        self._connection.execute("INSERT INTO ls_expert_role (user_id, role, updated_at) VALUES (%s, 'expert', now())", [user_id])

    def begin(self) -> None:
        """Takes its number among the transactions, and writes nothing that is told."""
        self._connection.execute("SELECT pg_current_xact_id()")

    def commit(self) -> None:
        self._connection.commit()

    def give_up(self) -> None:
        self._connection.rollback()


@pytest.fixture
def writers(label_studio: LabelStudio) -> Iterator[tuple[Writer, Writer]]:
    """Two of them; what they have left behind is taken away."""
    with ExitStack() as stack:
        slow, quick = (stack.enter_context(label_studio.database()) for _ in range(2))
        yield Writer(slow), Writer(quick)
        slow.rollback()
        quick.rollback()
        quick.execute("DELETE FROM ls_expert_role WHERE user_id IN (%s, %s, %s)", [FIRST, SECOND, THIRD])


class Reader:
    """Reads on from its cursor, as the service does."""

    def __init__(self, label_studio: LabelStudio) -> None:
        self._label_studio, self.cursor = label_studio, label_studio.cursor()

    def read(self) -> list[int]:
        """Whose events are new."""
        answer = self._label_studio.service.get("/outbox", params={"after": self.cursor}).json()
        self.cursor = answer["cursor"]
        return [event["ls_user_id"] for event in answer["events"]]

    def forget(self) -> None:
        """Acknowledge all that was read."""
        self._label_studio.service.post("/outbox/forget", json={"through": self.cursor}).raise_for_status()


def test_what_is_committed_later_is_not_stepped_over(label_studio: LabelStudio, writers: tuple[Writer, Writer]) -> None:
    """One writes and stays open, another writes and is done, somebody reads and forgets: the first is told as soon as it is done."""
    slow, quick = writers
    reader = Reader(label_studio)
    slow.write(FIRST)
    quick.write(SECOND)
    quick.commit()
    assert reader.read() == []
    reader.forget()
    slow.commit()
    assert reader.read() == [FIRST, SECOND]
    assert reader.read() == []


def test_who_begins_early_and_writes_late_is_told_in_its_place(label_studio: LabelStudio, writers: tuple[Writer, Writer]) -> None:
    """The id of its row is the larger one and its transaction the older: in the order of the transactions nothing is lost."""
    slow, quick = writers
    reader = Reader(label_studio)
    slow.begin()
    quick.write(SECOND)
    quick.commit()
    assert reader.read() == []
    slow.write(FIRST)
    slow.commit()
    assert reader.read() == [FIRST, SECOND]


def test_who_gives_up_holds_nobody_back_any_more(label_studio: LabelStudio, writers: tuple[Writer, Writer]) -> None:
    """Nothing is told of what was not committed, and what waited for it is."""
    slow, quick = writers
    reader = Reader(label_studio)
    slow.write(FIRST)
    quick.write(SECOND)
    quick.commit()
    assert reader.read() == []
    slow.give_up()
    assert reader.read() == [SECOND]


def test_what_was_done_before_is_told_while_somebody_writes(label_studio: LabelStudio, writers: tuple[Writer, Writer]) -> None:
    """A transaction that stays open holds back only what came after its beginning."""
    slow, quick = writers
    reader = Reader(label_studio)
    quick.write(FIRST)
    quick.commit()
    slow.write(SECOND)
    assert reader.read() == [FIRST]
    quick.write(THIRD)
    quick.commit()
    assert reader.read() == []
    slow.commit()
    assert reader.read() == [SECOND, THIRD]


def test_forgetting_keeps_what_was_not_read(label_studio: LabelStudio, writers: tuple[Writer, Writer]) -> None:
    """The smaller id of a later transaction stays, when the older transaction with the larger id is forgotten."""
    slow, quick = writers
    reader = Reader(label_studio)
    slow.begin()
    quick.write(SECOND)
    slow.write(FIRST)
    slow.commit()
    assert reader.read() == [FIRST]
    reader.forget()
    quick.commit()
    assert reader.read() == [SECOND]


def test_what_a_cluster_that_counted_further_has_numbered_is_told_in_a_new_epoch(label_studio: LabelStudio) -> None:
    """Restored into a new cluster, whose transactions count from the beginning, rows would wait for years; they come first, under the ids they had."""
    with label_studio.database() as connection:
        row = connection.execute(
            "INSERT INTO ls_expert_outbox (txid, kind, user_id, created_at) VALUES (1000000000000000, 'role_changed', %s, now()) RETURNING id",
            [FROM_ANOTHER_CLUSTER],
        ).fetchone()
        connection.commit()
    assert row is not None and label_studio.events("999999999999999.0") == []
    label_studio.service.post("/outbox/epoch", json={"after": None}).raise_for_status()
    reader = Reader(label_studio)
    assert label_studio.events(f"0.{row[0] - 1}")[0]["id"] == f"1000000000000000.{row[0]}"
    reader.forget()
    assert label_studio.events() == []
