"""The manager's pages of people: where everybody stands, roles, and what is open to one person."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.review_pages import candidate_in_review, send_decision
from tests.support.clients.portal import CANDIDATE, CREATOR, MANAGER, OTHER, Browser, Portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal, with a project in the domain."""
    portal = Portal(sqlite_store)
    portal.project(3, "Clauses", "law")
    return portal


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """The manager's browser."""
    return portal.browser(MANAGER)


def test_people_shows_where_everybody_stands(portal: Portal, manager: Browser) -> None:
    """Everybody who is there, with links to their dossiers; a verification past its date is not shown as one."""
    candidate_in_review(portal)
    portal.browser(OTHER)
    send_decision(manager, "verify", valid_until="2026-12-31")
    page = manager.page("/admin/people")
    assert 'href="/admin/review/1"' in page and "Verified" in page and "until 31 December 2026" in page
    assert "Ben Ochre" in page and "None yet" in page
    portal.now += dt.timedelta(days=400)
    assert "Expired" in portal.browser(MANAGER).page("/admin/people")


def test_a_manager_changes_somebodys_role(portal: Portal, manager: Browser) -> None:
    """One click and a confirmation; it counts here at once, and the page says what it means."""
    other = portal.browser(OTHER)
    assert other.get("/admin/people").status_code == 403
    assert "Yes, make them a manager" in manager.page("/admin/people")
    assert manager.send(f"/admin/people/{_person_id(portal, OTHER)}/role", role="manager").status_code == 303
    page = manager.page("/admin/people")
    assert "Ben Ochre is a manager now, and sees all of Label Studio." in page and "Yes, make them an expert" in page
    assert other.get("/admin/people").status_code == 303, "with another role, one signs in again"
    manager.send(f"/admin/people/{_person_id(portal, OTHER)}/role", role="expert")
    assert "Ben Ochre is an expert now" in manager.page("/admin/people")
    other.sign_in(OTHER)
    assert other.get("/admin/people").status_code == 403


def test_a_role_that_cannot_be_changed_says_why(portal: Portal, manager: Browser) -> None:
    """One's own, one that does not exist, a person who is not there, the creator's; and nothing has changed."""
    portal.browser(CREATOR)
    mine, creators = _person_id(portal, MANAGER), _person_id(portal, CREATOR)
    assert f'action="/admin/people/{mine}/role"' not in manager.page("/admin/people")
    own = manager.send(f"/admin/people/{mine}/role", role="expert")
    assert own.status_code == 403 and "Nobody changes their own role" in own.text
    assert manager.send(f"/admin/people/{creators}/role", role="boss").status_code == 400
    assert manager.send("/admin/people/987/role", role="expert").status_code == 404
    manager.send(f"/admin/people/{creators}/role", role="expert")
    assert "Creators stay managers." in manager.page("/admin/people")
    assert portal.browser(CANDIDATE).send(f"/admin/people/{creators}/role", role="expert").status_code == 403
    assert "manager now" not in manager.page("/admin/people") and portal.browser(CREATOR).get("/admin/people").status_code == 200


def test_a_role_stays_when_label_studio_does_not_answer(portal: Portal, manager: Browser) -> None:
    """The page says so, and the person is what they were, there and here."""
    portal.browser(OTHER)
    portal.routing.answers = False
    manager.send(f"/admin/people/{_person_id(portal, OTHER)}/role", role="manager")
    assert "Label Studio did not answer, so Ben Ochre is expert as before." in manager.page("/admin/people")
    assert portal.browser(OTHER).get("/admin/people").status_code == 403


def _person_id(portal: Portal, ls_user_id: int) -> int:
    with portal.store.read() as unit:
        person = unit.people.by_ls_user_id(ls_user_id)
    assert person is not None
    return person.id


def test_people_are_searched_and_turned_by_pages(portal: Portal, manager: Browser) -> None:
    """By name or address, by role, by standing; fifty at a time; a changed role leads back to the same page."""
    for number in range(100, 160):
        portal.member(number, f"Eve {number}", domain="law" if number < 105 else None)
    page = manager.page("/admin/people")
    assert page.count('<th scope="row">') == 50 and "1–50 of 61 people" in page
    assert manager.page("/admin/people?page=2").count('<th scope="row">') == 11
    assert manager.page("/admin/people?q=eve+15").count('<th scope="row">') == 11, "115, and 150 to 159"
    assert manager.page("/admin/people?q=eve101@example").count('<th scope="row">') == 1
    assert manager.page("/admin/people?standing=verified").count('<th scope="row">') == 5
    assert manager.page("/admin/people?role=manager").count('<th scope="row">') == 1
    assert "Nobody matches." in manager.page("/admin/people?q=zzz")
    person = _person_id(portal, 100)
    back = manager.send(f"/admin/people/{person}/role", role="manager", back="/admin/people?q=eve&page=2")
    assert back.headers["Location"] == "/admin/people?q=eve&page=2"
    assert manager.send(f"/admin/people/{person}/role", role="expert", back="//evil.example").headers["Location"] == "/admin/people"


def test_a_persons_page_says_what_is_open_to_them_and_why(portal: Portal, manager: Browser) -> None:
    """Verifications with what was found, projects with rule and end, and a search for any other project."""
    portal.asks(4, "Leases", Requirement("law", minimum_level=5))
    portal.member(20, "Cora Vale", domain="law", level=4, specialties=["contracts"])
    page = manager.page(f"/admin/people/{_person_id(portal, 20)}?q=lea")
    for words in ("Cora Vale", "level 4", "Contracts", "1 project is open to them", "Clauses", "Verified in Law.", "17 September 2026", "Leases", "not open"):
        assert words in page, words
    assert manager.get("/admin/people/987").status_code == 404


def test_who_may_work_on_a_project_and_why(portal: Portal, manager: Browser) -> None:
    """Everybody who is in with rule and end; for anybody else each rule, what is needed, what was found, what is missing."""
    portal.asks(4, "Leases", Requirement("law", specialties=("contracts",), minimum_level=3, max_experts=1))
    portal.member(20, "Cora Vale", domain="law", level=4, specialties=["contracts"])
    portal.member(21, "Dan Moss", domain="law", level=2)
    portal.member(22, "Eve Reed", domain="law", level=5, specialties=["contracts"])
    page = manager.page("/admin/projects/4/people?q=e")
    assert 'aria-current="page">Has access <span class="number">1</span>' in page
    assert "Verified in Law" in page and "17 September 2026" in page and "no access" in page
    cora, dan, eve = (manager.page(f"/admin/projects/4/people/{_person_id(portal, who)}") for who in (20, 21, 22))
    assert "Has access</strong> until 17 September 2026" in cora and "Not met" not in cora and "Has a place" in cora
    assert "2 rules are not met" in dan and "Level 2" in dan and "None of these" in dan and "Level 3 or higher" in dan
    assert "One rule is not met" in eve and "All places are taken" in eve
    boss = manager.page(f"/admin/projects/4/people/{_person_id(portal, MANAGER)}")
    assert "is a manager: Label Studio shows them every project" in boss and "not met" not in boss
    assert manager.get("/admin/projects/4/people/987").status_code == 404
