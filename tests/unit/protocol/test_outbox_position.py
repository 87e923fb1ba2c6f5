"""Whether a cursor is a place in the outbox that is there now."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ls_expert_plugin.protocol.outbox_position import START, OutboxState, parse, why_not, why_not_join

STATE = OutboxState("e" * 32, "0.10", "0.14")


@pytest.mark.parametrize(("cursor", "epoch", "state", "reason"), [
    ("0.10", "e" * 32, STATE, None), ("0.12", "e" * 32, STATE, None), ("0.14", "e" * 32, STATE, None),
    ("0.9", "e" * 32, STATE, "forgotten"), (START, "e" * 32, STATE, "forgotten"), ("0.15", "e" * 32, STATE, "ahead"), ("1.1", "e" * 32, STATE, "ahead"),
    ("0.12", "f" * 32, STATE, "epoch"), ("0.12", "e" * 32, None, "epoch"),
    ("0.12", "e" * 32, OutboxState("e" * 32, "0.10", "0.14", is_same_database=False), "database"),
])
def test_a_reader_goes_on_only_between_what_was_forgotten_and_what_was_handed_out(
    cursor: str, epoch: str, state: OutboxState | None, reason: str | None
) -> None:
    """Everything else is another log than the one that was read."""
    assert why_not(cursor, epoch, state) == reason


@pytest.mark.parametrize(("cursor", "newest", "state", "reason"), [
    (START, "0.7", OutboxState("e", START, START), None),  # nobody has read yet
    ("0.7", "0.7", OutboxState("e", START, START), None),  # read before there were epochs
    ("0.8", "0.7", OutboxState("e", START, START), "ahead"),  # and Label Studio was restored before it got them
    (START, "0.7", OutboxState("e", "0.5", "0.5"), "forgotten"),  # a new service beside a Label Studio that another has read
    ("0.5", "0.7", OutboxState("e", "0.5", "0.5"), None),  # joined, and the answer was lost
    (START, "0.7", OutboxState("e", START, "0.5"), "forgotten"),
    (START, "0.7", OutboxState("e", START, START, is_same_database=False), "database"),
])
def test_who_knows_of_no_epoch_joins_only_where_nothing_is_missing(cursor: str, newest: str, state: OutboxState, reason: str | None) -> None:
    """From the start of what nobody has read, or where a reader of an older version is."""
    assert why_not_join(cursor, newest, state) == reason


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6))
def test_a_reader_that_is_never_restored_is_never_refused(places: list[tuple[int, int]]) -> None:
    """However far it was handed out, wherever it stopped before forgetting."""
    handed = forgotten = START
    for txid, number in sorted(places):
        cursor = forgotten
        assert why_not(cursor, "e", OutboxState("e", forgotten, handed)) is None
        handed = f"{txid}.{number}"
        assert why_not(handed, "e", OutboxState("e", forgotten, handed)) is None
        forgotten = handed
    assert parse(handed) == sorted(places)[-1]
