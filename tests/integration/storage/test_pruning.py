"""Tables that would grow for ever: rolled up and deleted, without losing what is shown of them."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from ls_expert_plugin.llm.port import ModelCall
from ls_expert_plugin.storage.llm_call_log import StoredCallLog
from ls_expert_plugin.storage.pruning import prune
from ls_expert_plugin.storage.repositories.operations.llm_usage import Used
from ls_expert_plugin.storage.tables import ModelCallRow
from ls_expert_plugin.storage.unit_of_work import Database

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.timezone.utc)
DAY = dt.timedelta(days=1)


def _call(store: Database, at: dt.datetime, subject: str = "project 7 v1", tokens: int | None = 100, outcome: str = "ok", purpose: str = "p") -> None:
    StoredCallLog(store, lambda: at).record(ModelCall(
        purpose, "m", "1", "", tokens_in=tokens, tokens_out=10 if tokens else None, duration_ms=9, attempts=1, outcome=outcome, subject=subject,
    ))


@pytest.mark.database
def test_sums_of_calls_are_the_same_before_and_after_they_are_rolled_up(store: Database) -> None:
    """By day in UTC, by subject; those of other projects and purposes apart. Rolling up twice changes nothing, and old calls are gone then."""
    midnight = NOW.replace(hour=0)
    for days in (0, 1, 40):
        _call(store, NOW - days * DAY)
        _call(store, NOW - days * DAY, tokens=None, outcome="failed")
        _call(store, NOW - days * DAY, subject="project 70 v1")
        _call(store, NOW - days * DAY, purpose="q")
    _call(store, midnight)
    _call(store, midnight - dt.timedelta(microseconds=1), subject="project 7 v0")

    def shown() -> tuple[list[Used], list[Used]]:
        with store.read() as unit:
            return unit.usage.by_day(NOW - 60 * DAY, "p", "project 7 "), unit.usage.by_day(NOW - DAY, "p")

    before = shown()
    today, yesterday = NOW.date(), (NOW - DAY).date()
    assert before[0] == [
        Used(today, "project 7 v1", 3, 1, 200, 20), Used(yesterday, "project 7 v0", 1, 0, 100, 10), Used(yesterday, "project 7 v1", 2, 1, 100, 10),
        Used((NOW - 40 * DAY).date(), "project 7 v1", 2, 1, 100, 10),
    ]
    assert [one.subject for one in before[1] if one.day == today] == ["project 7 v1", "project 70 v1"]
    for _ in range(2):
        prune(store, NOW, model_call_days=31, prelabel_score_days=31)
        assert shown() == before
    with store.read() as unit:
        assert unit.session.scalar(select(func.count()).select_from(ModelCallRow).where(ModelCallRow.at_utc < NOW - 31 * DAY)) == 0
        assert unit.session.scalar(select(func.count()).select_from(ModelCallRow)) == 10


def test_a_day_is_rolled_up_when_nothing_more_of_it_is_to_come(sqlite_store: Database) -> None:
    """Just after midnight a call of the evening before may still be on its way; an hour later it is not."""
    midnight = NOW.replace(hour=0)
    _call(sqlite_store, midnight - dt.timedelta(seconds=1))
    prune(sqlite_store, midnight + dt.timedelta(minutes=59), model_call_days=31, prelabel_score_days=31)
    _call(sqlite_store, midnight - dt.timedelta(seconds=1))
    prune(sqlite_store, midnight + dt.timedelta(minutes=61), model_call_days=31, prelabel_score_days=31)
    with sqlite_store.read() as unit:
        assert [(one.day, one.calls) for one in unit.usage.by_day(NOW - 2 * DAY, "p")] == [((NOW - DAY).date(), 2)]
