"""The tabs of the review queue: order, and which candidate comes next."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.vetting.review.queue import tabs
from ls_expert_plugin.vetting.review.queue.tabs import QueueItem, Tab
from ls_expert_plugin.vetting.review.values import Assignment
from ls_expert_plugin.vetting.values import Person, Verification
from tests.support.builders.vetting_samples import NOW

ME, OTHER = Person(1, 1, "me@example.org", "Me", "manager"), Person(2, 2, "other@example.org", "Other", "manager")


def _row(number: int, days: int, *, domain: str = "law", tab: Tab = "new", has_it: Person | None = None, person: Person | None = None) -> QueueItem:
    since = NOW - dt.timedelta(days=days)
    verification = Verification(number, 10 + number, domain, "in_review", None, "", 1, since, since)
    who = person or Person(10 + number, 10 + number, f"{number}@example.org", "", "expert")
    return QueueItem(tab, verification, who, since, Assignment(has_it, NOW) if has_it else None)


def _ids(rows: tuple[QueueItem, ...]) -> list[int]:
    return [one.verification.id for one in rows]


def test_the_longest_waiting_come_first_or_by_domain_and_then_so() -> None:
    """Domains sort by the titles that people read."""
    rows = [_row(1, 1), _row(2, 5, domain="zoology"), _row(3, 3)]
    titles = {"law": "Law", "zoology": "Animals"}
    assert _ids(tabs.ordered(rows, "waiting", str)) == [2, 3, 1] and _ids(tabs.ordered(rows, "domain", titles.__getitem__)) == [2, 3, 1]
    assert _ids(tabs.ordered(rows, "domain", str)) == [3, 1, 2]


def test_the_next_candidate_is_one_that_i_could_decide_about_now() -> None:
    """Not my own, not what somebody else has taken, not what waits for the candidate; after a decided one the first is next."""
    rows = [
        _row(1, 9), _row(2, 8, has_it=OTHER), _row(3, 7, has_it=ME), _row(4, 6, tab="candidate"), _row(5, 5, person=ME), _row(6, 4, tab="appeals"),
    ]
    def around(verification_id: int) -> list[int | None]:
        return [one.verification.id if one else None for one in tabs.neighbours(rows, ME.id, verification_id)]
    assert around(1) == [None, 3] and around(3) == [1, 6] and around(6) == [3, None] and around(99) == [None, 1]
    assert tabs.neighbours((), ME.id, 1) == (None, None)
