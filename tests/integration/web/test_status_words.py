"""Statuses on pages, in the API and on the command line: each says what the catalogue says, and nothing else. E-mails: ``unit/notifications``."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import get_args

import pytest

from ls_expert_plugin.cli.routing.explain import lines
from ls_expert_plugin.routing.explanation.access_report import verdict_on
from ls_expert_plugin.routing.explanation.lookup import find_subject
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.lifecycle.status_catalogue import CATALOGUE, label, text_of
from ls_expert_plugin.vetting.values import Status
from tests.support.builders.vetting_samples import NOW, WORK
from tests.support.clients.portal import CANDIDATE, MANAGER, Browser, Portal

LABELS = {text.label for text in CATALOGUE.values()}


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal, with a candidate who has consented and filled in their profile."""
    portal = Portal(sqlite_store)
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/work/new", **WORK)
    browser.send("/domains/law/interest")
    return portal


def _badges(page: str) -> list[str]:
    """The badges of a page: on these pages every one of them is a status."""
    return re.findall(r'<span class="badge [a-z]+">([^<]*)</span>', page)


def _head(browser: Browser, path: str) -> str:
    """The badge beside the heading."""
    return _badges(browser.page(path).partition('<p class="lead">')[2].partition("</p>")[0])[0]


def test_before_and_while_somebody_applies_the_card_says_how_far_they_are(sqlite_store: Database) -> None:
    """Not started; then what is lacking."""
    browser = Portal(sqlite_store).browser(CANDIDATE)
    assert _badges(browser.page("/")) == ["Not started"]
    browser.send("/domains/law/interest")
    assert _badges(browser.page("/")) == ["Interest noted"]
    browser.send("/consent/matching", agreed="yes", version="1")
    assert _badges(browser.page("/")) == ["Profile incomplete"]
    browser.send("/profile/work/new", **WORK)
    assert _badges(browser.page("/")) == ["Interest noted"]


def test_pages_of_candidates_and_managers_word_each_status_alike(portal: Portal) -> None:
    """Home, result, people, one person and the dossier, in every status there is."""
    mine, manager = portal.browser(CANDIDATE), portal.browser(MANAGER)
    mine.send("/domains/law/interview")
    with portal.store.read() as unit:
        (verification,) = unit.verifications.of(1)
    for status in get_args(Status):
        with portal.store.begin() as unit:
            unit.verifications.change(verification.id, status, actor_person_id=None, reason="", now=NOW)
        shown = {
            "home": _badges(mine.page("/")), "result": [_head(mine, "/domains/law/result")], "people": _badges(manager.page("/admin/people")),
            "person": _badges(manager.page("/admin/people/1")), "dossier": [_head(manager, f"/admin/review/{verification.id}")],
        }
        assert shown == dict.fromkeys(shown, [label(status)]), status
        words = text_of(status)
        assert f"{words.explanation} {words.next_step}" in html.unescape(mine.page("/domains/law/result")), "what it means and what comes next"
        has_form = status in ("in_review", "more_asked", "verified", "suspended")
        assert has_form or words.reviewer_step in html.unescape(manager.page(f"/admin/review/{verification.id}"))


def test_the_api_and_the_command_line_word_each_status_as_the_pages_do(portal: Portal) -> None:
    """What a manager is told of somebody who asks for a project: at a terminal, in JSON and on the page, in every status there is."""
    manager = portal.browser(MANAGER)
    portal.asks(3, "Clauses", Requirement("law"))
    for status in get_args(Status):
        until = NOW + dt.timedelta(days=9) if status == "verified" else None
        with portal.store.begin() as unit:
            unit.verifications.change(1, status, actor_person_id=None, reason="", now=NOW, valid_until_utc=until)
        answer = manager.get(f"/api/v1/explain?user={CANDIDATE}&project=3").get_json()
        with portal.store.read() as unit:
            subject = find_subject(unit, str(CANDIDATE), "3", NOW)
        printed = list(lines(subject, verdict_on(subject, portal.routing.explain, portal.packs)))[1]
        assert [one["found"] for one in answer["rules"] if one["rule"] == "domain"] == [label(status)]
        assert printed.partition(": ")[2].partition(",")[0] == label(status)
        assert re.search(rf'data-label="Found">{label(status)}[:<]', manager.page("/admin/projects/3/people/1")), status


def test_a_status_can_be_looked_for_by_each_of_its_labels_once(portal: Portal) -> None:
    """The list of people offers what badges say, and finds whoever bears it."""
    manager = portal.browser(MANAGER)
    choice = manager.page("/admin/people").partition('id="standing"')[2].partition("</select>")[0]
    choices = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', choice)[1:]
    assert sorted(words for _, words in choices) == sorted(LABELS - {"Not started", "Profile incomplete"})
    value = dict((words, value) for value, words in choices)["In review"]
    for status in ("assessing", "in_review"):
        with portal.store.begin() as unit:
            unit.verifications.change(1, status, actor_person_id=None, reason="", now=NOW)  # type: ignore[arg-type]
        assert _badges(manager.page(f"/admin/people?standing={value}")) == ["In review"]
