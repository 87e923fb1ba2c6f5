"""The stepper and the home page before they are drawn."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest

from ls_expert_plugin.ls_client.values import TaskProgress
from ls_expert_plugin.routing.service import ProjectView
from ls_expert_plugin.vetting.lifecycle.withdrawal import may_withdraw
from ls_expert_plugin.vetting.values import Status, StatusChange, Verification
from ls_expert_plugin.web.candidate import home_page, stepper
from ls_expert_plugin.web.candidate.home_page import Card, HomePage
from ls_expert_plugin.web.candidate.progress import standing
from ls_expert_plugin.web.pagination import cut
from tests.support.builders.vetting_samples import NOW, pack

DAY = dt.timedelta(days=1)
NO_PROJECTS = home_page.Projects(None, (), cut([], None), 0, "")


def _history(*statuses: str) -> tuple[StatusChange, ...]:
    """A change a day, from nothing on."""
    return tuple(StatusChange(was, to, "", "", NOW + number * DAY) for number, (was, to) in enumerate(zip(("", *statuses), statuses, strict=False)))


@pytest.mark.parametrize(("history", "submitted", "decided"), [
    (_history("interested"), None, None), (_history("interested", "interviewing", "assessing", "in_review"), 2, None),
    (_history("interested", "interviewing", "assessing", "in_review", "verified"), 2, 4),
    (_history("interested", "interviewing", "assessing", "in_review", "more_asked", "in_review"), 5, None),
    (_history("interested", "interviewing", "assessing", "in_review", "declined", "interested"), None, None),
    (_history("interested", "assessing", "in_review", "verified", "suspended", "verified"), 1, 3),
])
def test_dates_are_those_of_the_present_try(history: tuple[StatusChange, ...], submitted: int | None, decided: int | None) -> None:
    """Handed over when reviewers got it last, decided when they said yes or no; a suspension that is lifted is no decision of the application."""
    dates = stepper.review_dates(history)
    assert (dates.submitted_at_utc, dates.decided_at_utc) == tuple(None if one is None else NOW + one * DAY for one in (submitted, decided))


def test_few_decisions_tell_no_usual_wait() -> None:
    """Five are enough; the median lets one long case be."""
    assert stepper.usual_wait([DAY] * 4) is None
    assert stepper.usual_wait([DAY, DAY, 2 * DAY, 3 * DAY, 90 * DAY]) == 2 * DAY


@pytest.mark.parametrize(("hours", "words"), [(0, "about an hour"), (1.4, "about an hour"), (5, "about 5 hours"), (35, "about 35 hours"), (71, "about 3 days")])
def test_a_wait_is_told_in_round_words(hours: float, words: str) -> None:
    """Nobody reads minutes of a wait of days."""
    assert stepper.about(dt.timedelta(hours=hours)) == words


def test_only_what_is_undecided_can_be_withdrawn() -> None:
    """From applying until a decision."""
    assert {one for one in get_args(Status) if may_withdraw(one)} == {"interested", "interviewing", "assessing", "in_review", "more_asked"}


def _card(domain: str, status: Status | None) -> Card:
    own = Verification(1, 1, domain, status, None, "", 1, NOW) if status else None
    where = standing(own, has_consent=True, has_entries=True, has_projects=True, now=NOW)
    return Card(pack(id=domain, title=domain.title()), own, status, where)


def test_what_is_begun_stands_above_what_is_not() -> None:
    """A reviewer's question first, then what I can do, then what I wait for, then what is over; one domain has the page's primary action."""
    statuses: list[tuple[str, Status | None]] = [
        ("a", None), ("b", "in_review"), ("c", "declined"), ("d", "interviewing"), ("e", "withdrawn"), ("f", "more_asked"), ("g", "verified"),
    ]
    page = HomePage(tuple(_card(*one) for one in statuses), NO_PROJECTS)
    assert [card.pack.id for card in page.of("begun")] == ["f", "d", "b", "c"]
    assert [card.pack.id for card in page.of("other")] == ["a", "e"] and page.is_verified
    assert page.primary == "f" and HomePage(page.cards[:2], NO_PROJECTS).primary == "", "of what one waits for nothing is primary"


def test_the_project_to_go_on_with_has_tasks_left() -> None:
    """That of the latest work, unless it is done; where nothing is known, it still is."""
    projects = [ProjectView(number, f"P{number}", "law", f"/projects/{number}/data") for number in (1, 2, 3)]
    shown = home_page.found_projects(projects, {"law": "Law"}, "", None)

    def current(progress: dict[int, tuple[int, int]], last: int | None) -> int | None:
        told = {number: TaskProgress(number, *counts) for number, counts in progress.items()}
        found = home_page.projects_part(projects, shown, {"law": "Law"}, told, last, "").current
        return found.project.ls_project_id if found else None

    assert current({}, None) == 1 and current({}, 3) == 3 and current({}, 99) == 1
    assert current({3: (5, 0), 1: (2, 0)}, 3) == 2 and current({1: (1, 0), 2: (1, 0), 3: (1, 0)}, 3) is None
