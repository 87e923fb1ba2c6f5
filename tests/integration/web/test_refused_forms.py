"""A session that ends while somebody writes: nothing typed is lost, with scripts and without."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.clients.portal import CANDIDATE, OTHER, Portal, state_of
from tests.support.clients.window import Window, opened

TYPED = {"employer": "Quill & Partners", "title": "Associate", "description": "Leases, for the most part.\nSome litigation."}


@pytest.fixture
def window(sqlite_store: Database, openai_server: Any, browser: Browser) -> Iterator[Window]:
    """Everything running, in a browser, with consent given."""
    with opened(sqlite_store, openai_server, browser) as window:
        for who in (CANDIDATE, OTHER):
            window.portal.browser(who).send("/consent/matching", agreed="yes", version="1")
        yield window


@pytest.mark.parametrize("ends", ["session", "cookies"])
def test_the_refusal_shows_what_was_typed_and_leads_back(sqlite_store: Database, ends: str) -> None:
    """Without scripts: "Your session has expired", my words to be copied, and a button that ends at the form."""
    portal = Portal(sqlite_store)
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    if ends == "session":
        portal.now += dt.timedelta(hours=9)
    else:
        browser.client.delete_cookie("ls_expert_session")
    refused = browser.send("/profile/work/new?suggestion=1", **TYPED)
    assert refused.status_code == (401 if ends == "session" else 400)
    assert "<h1>Your session has expired</h1>" in refused.text and "Quill &amp; Partners" in refused.text and "Leases, for the most part.\nSome" in refused.text
    link = re.search(r'href="(/sign-in[^"]+)">Sign in again<', refused.text)
    assert link is not None
    there = browser.get(link[1].replace("&amp;", "&")).headers["Location"]
    back = browser.client.get("/enter", query_string={"token": portal.handoff(CANDIDATE, state_of(there))})
    assert back.headers["Location"] == "/profile/work/new?suggestion=1"
    with portal.store.read() as unit:
        assert unit.claims.of(1) == ()


def test_a_page_from_before_signing_in_again_says_so(sqlite_store: Database) -> None:
    """Signed in again in another tab: the old tab's form is refused with its text, and opens again by one click."""
    browser = Portal(sqlite_store).browser(CANDIDATE)
    old = browser.token()
    browser.sign_in(CANDIDATE)
    refused = browser.client.post("/profile/work/new", data={**TYPED, "csrf_token": old})
    assert refused.status_code == 400 and "<h1>This page is out of date</h1>" in refused.text and "Quill &amp; Partners" in refused.text
    assert 'href="/profile/work/new">Open the form again</a>' in refused.text


def test_only_what_was_saved_is_told_as_saved(sqlite_store: Database) -> None:
    """The page's script forgets a draft when the service says that it is saved, and for nothing else."""
    browser = Portal(sqlite_store).browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    assert "ls_expert_saved" not in str(browser.send("/profile/skill/new", name="").headers)
    assert "ls_expert_saved=%2Fprofile%2Fskill%2Fnew" in str(browser.send("/profile/skill/new", name="Contracts").headers)


def _type(page: Page) -> None:
    page.get_by_label("Employer").fill(TYPED["employer"])
    page.get_by_label("Job title").fill(TYPED["title"])
    page.get_by_label("What you did").fill(TYPED["description"])
    page.get_by_label("Start date").fill("2014-06")


def _kept(page: Page) -> int:
    return int(page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('ls-expert:form:')).length"))


def test_signing_in_again_brings_the_text_back_into_the_form(window: Window) -> None:
    """Save after the session has ended, sign in with one click: everything stands in the form, is saved, and then nothing of it is kept."""
    page = window.page("/profile/work/new")
    _type(page)
    page.get_by_label("I currently work here").check()
    window.portal.now += dt.timedelta(hours=9)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Your session has expired")).to_be_visible()
    expect(page.get_by_text("it is back in the form once you have signed in")).to_be_visible()
    page.get_by_role("link", name="Sign in again").click()
    expect(page.get_by_text("What you typed before is back")).to_be_visible()
    expect(page.get_by_label("Employer")).to_have_value(TYPED["employer"])
    expect(page.get_by_label("What you did")).to_have_value(TYPED["description"])
    expect(page.get_by_label("I currently work here")).to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Added to your profile.")).to_be_visible()
    assert _kept(page) == 0
    page.goto(f"{window.url}/profile/work/new")
    expect(page.get_by_label("Employer")).to_have_value("")


def test_a_draft_is_nobody_elses(window: Window) -> None:
    """Who signs in next on the same computer, and who signs out, leaves nothing of mine behind; what I discard is gone."""
    page = window.page("/profile/work/new")
    _type(page)
    page.reload()
    expect(page.get_by_label("Employer")).to_have_value(TYPED["employer"])
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("Employer")).to_have_value("")
    assert _kept(page) == 0
    _type(page)
    page.context.clear_cookies()
    window.who["is"] = OTHER
    page.goto(f"{window.url}/profile/work/new")
    expect(page.get_by_text("Ben Ochre", exact=False).first).to_be_attached()
    expect(page.get_by_label("Employer")).to_have_value("")
    assert _kept(page) == 0
    _type(page)
    page.locator("summary", has_text="Signed in as Ben Ochre").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out of the portal")).to_be_visible()
    assert _kept(page) == 0
    assert window.complaints == []
