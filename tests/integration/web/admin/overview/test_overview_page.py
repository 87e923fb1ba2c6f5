"""A manager's first page: who waits, what ends, projects that lack something, what runs, and the weeks behind."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from sqlalchemy import event

from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.repositories.operations.instances import Instance
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.values import Status
from tests.support.builders.vetting_samples import NOW
from tests.support.clients.portal import CANDIDATE, MANAGER, Browser, Portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal with nothing in it."""
    return Portal(sqlite_store)


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """The manager's browser."""
    return portal.browser(MANAGER)


def _add(portal: Portal, number: int, status: Status, days_ago: int = 0, ends_in: int | None = None) -> None:
    """Somebody whose verification got this status so many days ago."""
    then = NOW - dt.timedelta(days=days_ago)
    with portal.store.begin() as unit:
        person = members.joined(unit, 100 + number, f"p{number}@example.org", f"Person {number}", "expert", then)
        added = unit.verifications.add(person.id, "law", "interested", then)
        if status != "interested":
            until = NOW + dt.timedelta(days=ends_in) if ends_in is not None else None
            unit.verifications.change(added.id, status, actor_person_id=None, reason="", now=then, valid_until_utc=until)


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))


def test_managers_land_here_and_candidates_at_home(portal: Portal) -> None:
    """Whoever comes from Label Studio without a page in mind; a page that was asked for stays the one."""
    assert portal.browser().sign_in(MANAGER).headers["Location"] == "/admin"
    assert portal.browser().sign_in(MANAGER, "/profile").headers["Location"] == "/profile"
    assert portal.browser().sign_in(CANDIDATE).headers["Location"] == "/"
    assert portal.browser(CANDIDATE).get("/admin").status_code == portal.browser(CANDIDATE).get("/admin/weeks.csv").status_code == 403


def test_an_empty_page_says_so(manager: Browser) -> None:
    """Nothing to do is said in words; a worker that never ran is told of."""
    text = _text(manager.page("/admin"))
    for words in ("Nobody is waiting.", "Nothing expires soon.", "There is no project yet.", "Not running", "In sync", "Not set up"):
        assert words in text


def test_who_waits_longest_comes_first(portal: Portal, manager: Browser) -> None:
    """With how long, and a link to the dossier; five are listed, all are counted."""
    for number in range(7):
        _add(portal, number, "in_review", days_ago=number)
    page = manager.page("/admin")
    assert "7 waiting for review" in _text(page)
    assert re.findall(r"Person (\d)</a>", page) == ["6", "5", "4", "3", "2"] and "for 6 days" in page
    assert manager.get(re.findall(r'href="(/admin/review/\d+)"', page)[0]).status_code == 200


def test_what_ends_within_thirty_days(portal: Portal, manager: Browser) -> None:
    """Neither what ends later nor what has ended, nor somebody who is gone."""
    for number, days in enumerate((29, 31, -1, 5)):
        _add(portal, number, "verified", days_ago=3, ends_in=days)
    _add(portal, 9, "verified", days_ago=3, ends_in=5)
    with portal.store.begin() as unit:
        unit.people.mark_gone(109, NOW)
    page = manager.page("/admin")
    assert "2 verifications expire within 30 days" in _text(page) and re.findall(r"Person (\d)</a>", page) == ["3", "0"]


def test_projects_that_lack_experts_or_pre_labels(portal: Portal, manager: Browser) -> None:
    """Only among those with requirements; the others are counted as managers' own."""
    portal.member(20, "Cora Vale", domain="law")
    portal.asks(5, "Leases", Requirement("law"))
    portal.asks(6, "Loans", Requirement("law", minimum_level=5))
    portal.project(7, "Drafts")
    portal.browser(20).send("/consent/matching", agreed="yes", version="1")
    portal.routing.refresh(20)
    with portal.store.begin() as unit:
        unit.ml_projects.switch(6, PredictorSpec("some-model", "prelabel.v2"), NOW)
    text = _text(manager.page("/admin"))
    assert "1 without experts Loans" in text and "1 without pre-labels Leases" in text
    assert "2 projects have requirements; 1 has none" in text


def test_what_runs_and_what_does_not(portal: Portal, manager: Browser) -> None:
    """A worker's last sign of life, and when Label Studio was last compared."""
    with portal.store.begin() as unit:
        unit.instances.heartbeat(Instance("a", "worker", "host", "c", {}, "url"), NOW - dt.timedelta(seconds=30))
        unit.scheduled_jobs.sent("reconcile", NOW - dt.timedelta(minutes=4))
    text = _text(manager.page("/admin"))
    assert "Worker Running Last heard from less than a minute ago" in text and "last compared 4 minutes ago" in text


def test_changes_that_wait_for_label_studio_are_told_of(portal: Portal, manager: Browser) -> None:
    """While it does not answer, the page does not say that all is in sync."""
    portal.routing.answers = False
    portal.member(20, "Cora Vale", domain="law")
    portal.browser(20).send("/consent/matching", agreed="yes", version="1")
    portal.asks(5, "Leases", Requirement("law"))
    assert "Label Studio Behind" in _text(manager.page("/admin"))


@pytest.mark.database
def test_the_weeks_behind_as_pictures_table_and_file(store: Database) -> None:
    """One set of numbers in all three, by days in UTC on every database."""
    portal = Portal(store)
    _add(portal, 1, "in_review", days_ago=8)
    _add(portal, 2, "verified", days_ago=1, ends_in=100)
    manager = portal.browser(MANAGER)
    page = manager.page("/admin")
    assert page.count('role="img"') == 4 and "<details" in page and 'aria-label="Applications by week: ' in page
    response = manager.get("/admin/weeks.csv")
    rows = list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))
    assert rows[0] == ["Week of", "Applications", "Interviews completed", "Decisions", "Verified people at its end"] and len(rows) == 27
    assert sum(int(row[1]) for row in rows[1:]) == 2 and rows[-1][4] == "1"
    assert page.count('<th scope="row">') == 26


def test_the_number_of_questions_does_not_grow(portal: Portal, manager: Browser) -> None:
    """However many people and projects there are."""
    asked: list[str] = []
    event.listen(portal.store.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    manager.page("/admin")
    few = len(asked)
    for number in range(12):
        _add(portal, number, "in_review", days_ago=number)
        _add(portal, 20 + number, "verified", ends_in=number + 1)
        portal.asks(number + 1, f"Project {number}", Requirement("law"))
    asked.clear()
    manager.page("/admin")
    # Lists are asked for only where their count is not nought.
    assert len(asked) <= few + 3


def test_a_slash_too_many_leads_to_the_page(portal: Portal, manager: Browser) -> None:
    """With the query; never to another site, and programs' addresses stay exact."""
    for path in ("/admin", "/admin/review", "/admin/people", "/profile"):
        response = manager.get(f"{path}/?q=a%20b")
        assert (response.status_code, response.headers["Location"]) == (308, f"{path}?q=a%20b")
    for path in ("/nothing-here/", "/api/v1/projects/", "/admin//", "/sign-out/"):
        assert manager.get(path).status_code == 404, path
    for path in ("//evil.example/", "//admin/"):
        there = manager.client.get("/", environ_overrides={"PATH_INFO": path}).headers.get("Location", "")
        assert not there.startswith("//") and "evil" not in there, path
