"""Whose answers to control tasks are counted, and when; what Label Studio compares is in ``tests/integration/label_studio/api/test_control_tasks.py``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from ls_expert_plugin.errors import LabelStudioUnreachable
from ls_expert_plugin.ls_client.values import OutboxEvent
from ls_expert_plugin.outbox_consumer.control_tasks import FAILURES_IN_A_ROW, PEOPLE_AT_A_TIME, count_control_answers
from ls_expert_plugin.storage.tables import ControlCountRow
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_case import at_once

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.timezone.utc)
MINUTE = dt.timedelta(minutes=1)
PROJECT = 3


class Counting:
    """Label Studio's end: who was asked about, in order; ``slow`` people's calls end with a time-out."""

    def __init__(self, slow: Sequence[int] = ()) -> None:
        self.slow, self.asked = set(slow), list[int]()
        self.now = NOW

    def control_answers(self, ls_user_ids: Sequence[int], latest: int, *, timeout_s: float) -> list[tuple[int, int, int, int]]:
        """Ten answers each, nine right."""
        self.asked.extend(ls_user_ids)
        if self.slow & set(ls_user_ids):
            raise LabelStudioUnreachable("ReadTimeout")
        return [(one, PROJECT, 10, 9) for one in ls_user_ids]

    def run(self, store: Database, after: dt.timedelta = dt.timedelta(0)) -> list[int]:
        """Who is asked about in a round that begins so much later."""
        self.now += after
        self.asked.clear()
        count_control_answers(store, self, lambda: self.now)  # type: ignore[arg-type]  # all of the client that is called
        return list(self.asked)


def _verified(store: Database, number: int) -> None:
    with store.begin() as unit:
        unit.projects.heard_of(PROJECT, "P", NOW)
        for who in range(1, number + 1):
            person = unit.people.save(who, f"{who}@example.org", "", "expert", NOW)
            verification = unit.verifications.add(person.id, "law", "interested", NOW)
            if who % 10:  # the tenth is not verified
                unit.verifications.change(verification.id, "verified", actor_person_id=None, reason="", now=NOW)


def _works(store: Database, who: int, at: dt.datetime) -> None:
    with store.begin() as unit:
        unit.events.keep([OutboxEvent(f"0.{who}{at.timestamp()}", "annotation_created", who, PROJECT, 1, 1, False, at, None, None)])


def test_everybody_is_counted_whoever_takes_too_long(sqlite_store: Database) -> None:
    """Those who are asked about in one call with a slow one wait; all others are counted, and next time it begins with others."""
    _verified(sqlite_store, 22)
    counting = Counting(slow=[1])
    assert counting.run(sqlite_store) == [who for who in range(1, 23) if who % 10]
    with sqlite_store.read() as unit:
        counted = {who for who in range(1, 23) if unit.control.waiting(NOW + MINUTE, NOW - dt.timedelta(days=1), 100).count(who) == 0}
    assert counted == set(range(6, 23)) | {10, 20}
    _works(sqlite_store, 21, counting.now + 2 * MINUTE)
    assert counting.run(sqlite_store, 10 * MINUTE) == [1, 2, 3, 4, 5, 21], "those that wait, then whoever has worked since"


def test_who_has_not_worked_is_counted_once_a_day(sqlite_store: Database) -> None:
    """A ground truth that came later changes their count, too."""
    _verified(sqlite_store, 3)
    counting = Counting()
    assert counting.run(sqlite_store) == [1, 2, 3]
    assert counting.run(sqlite_store, 30 * MINUTE) == []
    _works(sqlite_store, 2, counting.now)
    assert counting.run(sqlite_store, MINUTE) == [2]
    assert counting.run(sqlite_store, 10 * MINUTE) == [2], "the clocks may differ by minutes: once more"
    assert counting.run(sqlite_store, 10 * MINUTE) == []
    assert counting.run(sqlite_store, dt.timedelta(days=1)) == [1, 3, 2]


def test_a_label_studio_that_never_answers_is_not_asked_for_everybody(sqlite_store: Database) -> None:
    """Three calls that fail in a row end the round, and the worker says so; the next one begins with the others."""
    _verified(sqlite_store, 30)
    counting = Counting(slow=range(1, 31))
    for _ in range(2):
        with pytest.raises(LabelStudioUnreachable):
            counting.run(sqlite_store, MINUTE)
        assert len(counting.asked) == FAILURES_IN_A_ROW * PEOPLE_AT_A_TIME
    assert counting.asked[0] == 17


@pytest.mark.database
def test_two_workers_that_count_at_once_do_not_stand_in_each_others_way(store: Database) -> None:
    """Neither fails, and there is one count for each person and project."""
    _verified(store, 9)
    ended = at_once(*(lambda: Counting().run(store) for _ in range(2)))
    assert all(isinstance(one, list) for one in ended), ended
    with store.read() as unit:
        counted = unit.session.execute(select(ControlCountRow.ls_user_id, ControlCountRow.answers, ControlCountRow.right)).all()
        assert sorted(counted) == [(who, 10, 9) for who in range(1, 10)]
        assert unit.control.waiting(NOW + MINUTE, NOW - dt.timedelta(days=1), 100) == ()
