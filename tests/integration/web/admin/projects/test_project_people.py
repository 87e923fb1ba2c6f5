"""The people of a project: who has access, who waits for a place, and who lacks a single rule."""

from __future__ import annotations

import pytest

from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.project_pages import portal_with_projects
from tests.support.clients.portal import CANDIDATE, MANAGER, Portal

PATH = "/admin/projects/5/people"


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """One place for level 3: Cora has it, Eve waits, Dan (level 2) lacks that rule; Ada has applied for Law."""
    portal = portal_with_projects(sqlite_store)
    portal.asks(5, "Leases", Requirement("law", minimum_level=3, max_experts=1))
    portal.member(22, "Eve Reed", domain="law", level=4)
    portal.browser(CANDIDATE).send("/domains/law/interest")
    return portal


def test_tabs_say_who_has_access_who_waits_and_who_almost_has_it(portal: Portal) -> None:
    """With the place in line and the rule that is missing; somebody who lacks more is in none of them."""
    manager = portal.browser(MANAGER)
    access, waiting, almost = (manager.page(f"{PATH}{tab}") for tab in ("", "?tab=waiting", "?tab=almost"))
    assert "Cora Vale" in access and "Eve Reed" not in access and 'Waiting <span class="number">1</span>' in access
    assert "Eve Reed" in waiting and 'data-label="Place in line" class="number">1<' in waiting and "Cora Vale" not in waiting
    assert "Dan Moss" in almost and "Level 3 or higher" in almost and "Level 2" in almost and "Ada Quill" not in almost and "Eve Reed" not in almost
    assert "Ada Quill" in manager.page("/admin/projects/3/people?tab=almost"), "verification is all that she lacks there"
    assert "Nobody waits for a place." in manager.page("/admin/projects/3/people?tab=waiting") and "Cora Vale" in manager.page(f"{PATH}?tab=zzz")


def test_people_of_a_project_are_downloaded(portal: Portal) -> None:
    """All three in one table, for managers."""
    lines = portal.browser(MANAGER).get(f"{PATH}/csv").text.splitlines()
    assert [line.split(",")[0] + ": " + line.split(",")[2] for line in lines[1:]] == ["Cora Vale: Has access", "Eve Reed: Waiting", "Dan Moss: Almost"]
    assert "Place 1 in line" in lines[2] and "Missing: Level 3 or higher" in lines[3]
    assert portal.browser(CANDIDATE).get(f"{PATH}/csv").status_code == 403 and portal.browser(MANAGER).get("/admin/projects/99/people/csv").status_code == 404
