"""The history of what a project asks for: who changed what, and any version put back through the preview."""

from __future__ import annotations

import pytest

from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Author, Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.project_pages import LAW, asked, hidden, inside, portal_with_projects, preview
from tests.support.clients.portal import CANDIDATE, MANAGER, Browser, Portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """Cora (level 4) and Dan (level 2) are verified in Law; project 3 asks for Law."""
    return portal_with_projects(sqlite_store)


def _change(portal: Portal, manager: Browser, **fields: str) -> None:
    page = preview(portal, manager, 3, **fields).text
    assert manager.send("/admin/projects/3", **{**hidden(page), "step": "save"}).status_code == 200


def test_each_change_is_kept_with_who_made_it_and_can_be_taken_back_later(portal: Portal) -> None:
    """Three changes later the first version is put back: previewed, with who gains access; that is a change of its own."""
    manager = portal.browser(MANAGER)
    for fields in ({"minimum_level": "3"}, {"max_experts": "7"}, {"mode": "invited", "invited": "20"}):
        _change(portal, manager, **fields)
    portal.routing.apply({3: TargetState(Requirement("law", minimum_level=5))}, author=Author("api"))
    page = manager.page("/admin/projects/3/history")
    assert page.count("boss@example.org, in the portal") == 3 and ">through the API<" in page
    assert page.index("through the API") < page.index("in the portal") and 'href="/admin/projects/3/history"' in manager.page("/admin/projects/3")
    versions = hidden(page)["previous"]
    assert len(versions) == 5 and '"invited": [20]' in versions[0], "the first is from when the project was made"
    looked = manager.send("/admin/projects/undo", previous=versions[3], step="preview")
    assert "2 people gain access" in looked.text and asked(portal, 3) == Requirement("law", minimum_level=5), "looking changes nothing"
    assert manager.send("/admin/projects/undo", **{**hidden(looked.text), "step": "save"}).status_code == 200
    assert asked(portal, 3) == LAW and inside(portal, 3) == {20, 21}
    assert len(hidden(manager.page("/admin/projects/3/history"))["previous"]) == 6


def test_a_history_can_be_downloaded_and_is_for_managers(portal: Portal) -> None:
    """A line for each part that changed; a project that is not there has none."""
    manager, expert = portal.browser(MANAGER), portal.browser(CANDIDATE)
    _change(portal, manager, minimum_level="3", max_experts="7")
    lines = manager.get("/admin/projects/3/history/csv").text.splitlines()
    assert any(line.endswith("boss@example.org,portal,Level,not asked for,3 or higher") for line in lines) and len(lines) == 4
    for path in ("/admin/projects/3/history", "/admin/projects/3/history/csv"):
        assert expert.get(path).status_code == 403 and manager.get(path.replace("/3/", "/99/")).status_code == 404
    assert "No change yet." in manager.page("/admin/projects/4/history")


def test_a_history_goes_with_its_project_and_with_people_on_its_lists(portal: Portal) -> None:
    """A project under the same number has none, and who leaves is on no old list."""
    portal.asks(5, "Leases", Requirement("law", mode="invited"), invited=[20, 21])
    portal.routing.apply({5: TargetState(LAW)})
    with portal.store.begin() as unit:
        assert unit.requirement_history.of(5)[0].before.invited == {20, 21}
        unit.people.mark_gone(21, portal.now)
        assert unit.requirement_history.of(5)[0].before.invited == {20}
        unit.projects.gone(5, portal.now)
        assert unit.requirement_history.of(5) == []
