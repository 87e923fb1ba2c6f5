"""Time series of vetting by week: who became interested, interviewed and decided on, and how many were verified at its end. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ls_expert_plugin.storage.repositories.operations.overview import StatusMove
from ls_expert_plugin.web.charts import Chart, by_week

WEEKS = 26
_WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True)
class Week:
    """One week from Monday, in UTC: what happened in it; ``verified``: how many were at its end."""

    begins: dt.date
    interest: int
    interviews: int
    decisions: int
    verified: int


def first_monday(now: dt.datetime, weeks: int = WEEKS) -> dt.date:
    """Where the first of so many weeks begins; the last is the one that ``now`` is in."""
    today = now.astimezone(dt.timezone.utc).date()
    return today - dt.timedelta(days=today.weekday()) - (weeks - 1) * _WEEK


def weekly(moves: Iterable[StatusMove], verified_now: int, now: dt.datetime, weeks: int = WEEKS) -> tuple[Week, ...]:
    """The weeks, oldest first. Numbers of verified people are reckoned back from those of today."""
    first = first_monday(now, weeks)
    interest, interviews, decisions, gained = Counter[int](), Counter[int](), Counter[int](), Counter[int]()
    for move in moves:
        place = (move.day - first).days // 7
        interest[place] += move.count * (move.to == "interested")
        interviews[place] += move.count * (move.to == "assessing")
        decisions[place] += move.count * (move.was == "in_review" and move.to in ("verified", "declined"))
        gained[place] += move.count * ((move.to == "verified") - (move.was == "verified"))
    found: list[Week] = []
    verified = verified_now
    for place in reversed(range(weeks)):
        found.append(Week(first + place * _WEEK, interest[place], interviews[place], decisions[place], max(0, verified)))
        verified -= gained[place]
    return tuple(reversed(found))


def charts(weeks: Sequence[Week]) -> tuple[Chart, ...]:
    """A picture for each number."""
    return (
        by_week("Applications", [(week.begins, week.interest) for week in weeks]),
        by_week("Interviews completed", [(week.begins, week.interviews) for week in weeks]),
        by_week("Decisions", [(week.begins, week.decisions) for week in weeks]),
        by_week("Verified people, in all", [(week.begins, week.verified) for week in weeks], "line"),
    )
