"""Tabs of the review queue: what waits, under which tab, in which order, and which candidate comes next. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ls_expert_plugin.vetting.review.queue.waiting import ReviewQueue
from ls_expert_plugin.vetting.review.values import Assignment
from ls_expert_plugin.vetting.values import Interview, Person, Verification

Tab = Literal["new", "candidate", "interview", "appeals", "recheck"]
TABS: Mapping[Tab, str] = {
    "new": "New", "candidate": "Waiting for candidate", "interview": "Human interview", "appeals": "Appeals", "recheck": "Re-review",
}
Sort = Literal["waiting", "domain"]


@dataclass(frozen=True)
class QueueItem:
    """One row of the queue. ``since_utc``: since when it waits; ``until_utc``: when a verification expires unless it is renewed;
    ``interview``: to be held by a person; ``note``: a line about it, or empty.
    """

    tab: Tab
    verification: Verification
    person: Person
    since_utc: dt.datetime
    assigned: Assignment | None
    note: str = ""
    until_utc: dt.datetime | None = None
    interview: Interview | None = None


def items(queue: ReviewQueue) -> tuple[QueueItem, ...]:
    """Every row of every tab, each tab longest waiting first."""
    def has(verification: Verification) -> Assignment | None:
        return queue.assigned.get(verification.id)

    found = [
        QueueItem("appeals" if one.verification.id in queue.appealed else "new", one.verification, one.person, one.since_utc, has(one.verification))
        for one in queue.reviews
    ]
    found += [QueueItem("candidate", one.verification, one.person, one.since_utc, has(one.verification), one.verification.reason) for one in queue.asked]
    found += [
        QueueItem(
            "interview", one.verification, one.person, one.interview.human_asked_at_utc or one.interview.started_at_utc, has(one.verification),
            takeover_words(one.interview), interview=one.interview,
        ) for one in queue.takeovers
    ]
    found += [
        QueueItem("recheck", one.verification, one.person, one.reminder.sent_at_utc, has(one.verification), one.reminder.text, one.reminder.until_utc)
        for one in queue.rechecks
    ]
    return tuple(found)


def takeover_words(interview: Interview) -> str:
    """How far an interview is that a person is to hold."""
    if interview.held_by_person_id is None:
        return "The automated interview is on hold until a reviewer takes over."
    if interview.turns and interview.turns[-1].speaker == "candidate":
        return "A reviewer holds it. The candidate has answered and waits for the next question."
    return "A reviewer holds it. The last question is not answered yet."


def ordered(rows: Sequence[QueueItem], sort: Sort, title: Callable[[str], str]) -> tuple[QueueItem, ...]:
    """Longest waiting first, or by the domain's title and then so; what expires comes in the order of its days."""
    def waits(item: QueueItem) -> tuple[dt.datetime, int]:
        return (item.until_utc or item.since_utc, item.verification.id)

    if sort == "domain":
        return tuple(sorted(rows, key=lambda item: (title(item.verification.domain).casefold(), *waits(item))))
    return tuple(sorted(rows, key=waits))


def neighbours(rows: Sequence[QueueItem], manager_id: int, verification_id: int) -> tuple[QueueItem | None, QueueItem | None]:
    """The candidate before and after this one among those that this manager could decide about now; of one that is decided, the first is next.

    Left out are the manager's own and those that somebody else has taken.
    """
    mine = [
        one for one in ordered(rows, "waiting", str)
        if one.tab in ("new", "appeals") and one.person.id != manager_id and (one.assigned is None or one.assigned.reviewer.id == manager_id)
    ]
    at = next((number for number, one in enumerate(mine) if one.verification.id == verification_id), None)
    if at is None:
        return None, mine[0] if mine else None
    return mine[at - 1] if at else None, mine[at + 1] if at + 1 < len(mine) else None
