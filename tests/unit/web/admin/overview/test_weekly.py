"""Vetting by week: each change of status is counted once, in its week, and verified people are reckoned back from today's number."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.storage.repositories.operations.overview import StatusMove
from ls_expert_plugin.web.admin.overview.weekly import charts, first_monday, weekly

NOW = dt.datetime(2026, 11, 25, 1, 0, tzinfo=dt.timezone.utc)  # a Wednesday


def test_weeks_begin_on_mondays_in_utc() -> None:
    """The last is the one that it is now, wherever the clock stands."""
    assert first_monday(NOW, 1) == dt.date(2026, 11, 23) and first_monday(NOW, 3) == dt.date(2026, 11, 9)
    sunday_there = dt.datetime(2026, 11, 22, 20, 0, tzinfo=dt.timezone(dt.timedelta(hours=-6)))
    assert first_monday(sunday_there, 1) == dt.date(2026, 11, 23)


def test_each_change_counts_in_its_week() -> None:
    """A resumed verification is no decision, and an appeal is no interview; ended ones are taken off the number of verified people."""
    day = dt.date
    moves = [
        StatusMove(day(2026, 11, 9), "", "interested", 4), StatusMove(day(2026, 11, 15), "declined", "interested", 1),
        StatusMove(day(2026, 11, 16), "interviewing", "assessing", 3), StatusMove(day(2026, 11, 17), "assessing", "in_review", 3),
        StatusMove(day(2026, 11, 22), "in_review", "verified", 2), StatusMove(day(2026, 11, 22), "in_review", "declined", 1),
        StatusMove(day(2026, 11, 23), "verified", "expired", 1), StatusMove(day(2026, 11, 24), "suspended", "verified", 1),
        StatusMove(day(2026, 11, 24), "verified", "revoked", 2), StatusMove(day(2026, 11, 25), "declined", "in_review", 1),
    ]
    weeks = weekly(moves, 10, NOW, 3)
    assert [(week.begins.day, week.interest, week.interviews, week.decisions, week.verified) for week in weeks] == [
        (9, 5, 0, 0, 10), (16, 0, 3, 3, 12), (23, 0, 0, 0, 10),
    ]
    assert [one.title for one in charts(weeks)] == ["Applications", "Interviews completed", "Decisions", "Verified people, in all"]
