"""A name is asked at consent where Label Studio has none; it is personal data, and an account's own name goes before it."""

from __future__ import annotations

import pytest

from ls_expert_plugin.storage.repositories.people.personal_data import Personal
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.privacy import erasure
from ls_expert_plugin.vetting.values import Person
from tests.support.clients.portal import CANDIDATE, Browser, Portal

NAMELESS = 30


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal, with a member whose account has no name."""
    portal = Portal(sqlite_store)
    with portal.store.begin() as unit:
        members.joined(unit, NAMELESS, "nora@example.org", "", "expert", portal.now)
    return portal


@pytest.fixture
def browser(portal: Portal) -> Browser:
    """Theirs."""
    return portal.browser(NAMELESS)


def _person(portal: Portal) -> Person:
    with portal.store.read() as unit:
        person = unit.people.by_ls_user_id(NAMELESS)
    assert person is not None
    return person


def test_my_name_is_asked_for_once_and_used(portal: Portal, browser: Browser) -> None:
    """Beside the consent; pages call me by it, and it is in my data. Who has a name is not asked."""
    assert 'name="name"' in browser.page("/consent") and 'name="name"' not in portal.browser(CANDIDATE).page("/consent")
    assert browser.send("/consent/matching", agreed="yes", version="1", name="  Nora\n Vale ").status_code == 303
    assert "Welcome, Nora Vale" in browser.page("/") and "Nora Vale" in browser.get("/my-data.json").text
    browser.send("/consent/matching/withdraw")
    assert 'name="name"' not in browser.page("/consent")
    browser.send("/consent/matching", agreed="yes", version="1", name="Somebody Else")
    assert _person(portal).name == "Nora Vale"


def test_a_name_that_cannot_be_used_is_said_and_kept_in_the_form(portal: Portal, browser: Browser) -> None:
    """Nothing is agreed to meanwhile; without a tick the name stays in the form, too."""
    refused = browser.send("/consent/matching", agreed="yes", version="1", name="x" * 201)
    assert refused.status_code == 400 and '<a href="#name">Write at most 200 characters.' in refused.text and "<title>Error: " in refused.text
    unticked = browser.send("/consent/matching", name="Nora Vale")
    assert '<a href="#agreed-matching">Tick the box' in unticked.text and 'value="Nora Vale"' in unticked.text
    assert _person(portal).name == ""


def test_a_name_in_label_studio_goes_before_it_and_counts_as_a_rename(portal: Portal, browser: Browser) -> None:
    """What rested on the old name is looked at again; erasure takes both names."""
    browser.send("/consent/matching", agreed="yes", version="1", name="Nora Vale")
    with portal.store.begin() as unit:
        assert members.joined(unit, NAMELESS, "nora@example.org", "", "expert", portal.now).renamed_at_utc is None
        person = members.joined(unit, NAMELESS, "nora@example.org", "Nora Ash", "expert", portal.now)
    assert (person.name, person.renamed_at_utc) == ("Nora Ash", portal.now)
    with portal.store.begin() as unit:
        erasure.ask(unit, person, erasure.ASKED, portal.now)
    with portal.store.read() as unit:
        rows = Personal(unit.session).everything(person.id, NAMELESS)
    assert "Vale" not in str(rows) or rows["person"][0]["own_name"] is None
