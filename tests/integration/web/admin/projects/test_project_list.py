"""What projects ask for, set in the pages: one, many, with a preview, and back again."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from ls_expert_plugin.routing.sync.connection_state import address_of
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.project_pages import LAW, asked, hidden, inside, portal_with_projects, preview
from tests.support.clients.portal import MANAGER, OTHER, Browser, Portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """Two domains; Cora (level 4, Contracts) and Dan (level 2) are verified in Law; a project of Law, and one that asks for nothing."""
    return portal_with_projects(sqlite_store)


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """The manager's browser."""
    return portal.browser(MANAGER)


def test_the_list_says_what_each_asks_for_and_who_is_in(portal: Portal, manager: Browser) -> None:
    """In words, with the number of experts and of places."""
    portal.asks(5, "Leases", Requirement("law", specialties=("tenancy",), minimum_level=3, languages=("de",), max_experts=2))
    portal.asks(6, "Pairs", Requirement("law", max_experts=1))
    page = manager.page("/admin/projects")
    for words in ("Verified in Law; specialty Tenancy; level 3 or higher; works in German; at most 2 experts at a time.",
                  "Not routed: managers only.", ">0 of 2<", ">1 of 1<", ">2<", ">Full</span>"):
        assert words in page, words
    portal.asks(3, "Clauses", Requirement("law", minimum_level=3))
    page = manager.page("/admin/projects?q=clauses")
    assert ">1<" in page and ">2<" not in page, "who has lost access is not counted"
    portal.now += dt.timedelta(days=300)
    assert ">0<" in portal.browser(MANAGER).page("/admin/projects?q=clauses"), "nor whose date has passed"


def test_projects_without_a_requirement_read_as_the_setting_says(sqlite_store: Database) -> None:
    """Where such projects are shown to everybody, no page says that they are hidden."""
    portal = Portal(sqlite_store, LS_EXPERT_PROJECTS_WITHOUT_REQUIREMENT="shown")
    portal.project(3, "Clauses")
    for path in ("/admin/projects", "/admin/projects/3"):
        page = portal.browser(MANAGER).page(path)
        assert "every expert sees it" in page and "only managers see it" not in page and "no expert sees it" not in page


def test_thousands_of_projects_are_searched_and_turned_by_pages(portal: Portal, manager: Browser) -> None:
    """Fifty at a time, by words of the title, by domain, by the lack of one."""
    with portal.store.begin() as unit:
        for number in range(100, 230):
            unit.projects.heard_of(number, f"Batch {number}", portal.now)
    page = manager.page("/admin/projects")
    assert page.count('name="id"') == 50 and "1–50 of 132 projects" in page and "Previous" not in page
    last = manager.page("/admin/projects?page=3")
    assert last.count('name="id"') == 32 and "101–132 of 132 projects" in last and ">Next<" not in last
    found = manager.page("/admin/projects?q=batch+22")
    assert found.count('name="id"') == 11 and "Clauses" not in found and 'value="batch 22"' in found, "batch 122 and 220 to 229"
    assert 'value="3"' in manager.page("/admin/projects?domain=law") and 'value="4"' not in manager.page("/admin/projects?domain=law")
    assert "Feedback" in manager.page("/admin/projects?domain=-&q=feed") and "No project matches." in manager.page("/admin/projects?q=zzz")


@pytest.mark.parametrize("path", ["/admin/projects", "/admin/people", "/admin/projects/3/people", "/more-projects"])
def test_long_lists_ask_the_database_a_few_times(portal: Portal, path: str) -> None:
    """Ten times the rows are the same number of questions."""
    def questions() -> int:
        from sqlalchemy import event

        browser = portal.browser(MANAGER if path.startswith("/admin") else 20)
        count = []
        listener = lambda *_: count.append(1)  # noqa: E731
        event.listen(portal.store.engine, "before_cursor_execute", listener)
        browser.page(path)
        event.remove(portal.store.engine, "before_cursor_execute", listener)
        return len(count)

    few = questions()
    for number in range(30, 70):
        portal.member(number, f"Eve {number}", domain="law")
        portal.asks(number, f"Batch {number}", Requirement("law", minimum_level=5 if number % 2 else None))
    assert questions() == few < 20


def test_experts_change_no_project(portal: Portal) -> None:
    """Neither one nor many, nor by undoing, comparing or looking."""
    expert = portal.browser(OTHER)
    for path in ("/admin/projects/3", "/admin/projects/many", "/admin/projects/undo", "/admin/projects/compare", "/admin/projects/connect", "/admin/projects"):
        assert expert.send(path, step="save", ids="3", change=["domain"], previous="{}").status_code == 403
    for path in ("/admin/projects/3", "/admin/projects/3/people", "/admin/projects/3/people/1", "/admin/people/1", "/admin/projects/csv"):
        response = expert.get(path)
        assert response.status_code == 403 and "Clauses" not in response.text and "Cora" not in response.text
    assert asked(portal, 3) == LAW


def test_a_project_that_is_not_there_says_so(portal: Portal, manager: Browser) -> None:
    """A link to a project that was deleted."""
    assert manager.get("/admin/projects/99").status_code == 404
    assert manager.get("/admin/projects/99/people").status_code == 404
    assert manager.get("/admin/projects/99/people/1").status_code == 404
    assert manager.send("/admin/projects/99", step="preview").status_code == 404


def test_label_studio_is_compared_on_demand(portal: Portal, manager: Browser) -> None:
    """What somebody edited there is said and put right; when it does not answer, that is said."""
    manager.send("/admin/projects/compare")
    assert "Label Studio has exactly what it should" in manager.page("/admin/projects")
    portal.extension.memberships[20, 3]["active"] = False
    del portal.extension.memberships[21, 3]
    manager.send("/admin/projects/compare")
    assert "1 missing, 1 out of date. Label Studio is right again." in manager.page("/admin/projects")
    assert inside(portal, 3) == {20, 21}
    portal.routing.answers = False
    manager.send("/admin/projects/compare")
    assert "nothing was compared" in manager.page("/admin/projects")


def test_the_list_is_filtered_by_what_needs_doing(portal: Portal, manager: Browser) -> None:
    """Not routed, without experts, full, not connected; and searched within that."""
    portal.asks(5, "Leases", Requirement("law", minimum_level=5))
    portal.asks(6, "Pairs", Requirement("law", max_experts=1))
    with portal.store.begin() as unit:
        unit.project_connections.put(3, address_of(portal.settings), "", portal.now)

    def shown(query: str) -> set[int]:
        return {int(one) for one in re.findall(r'name="id" value="(\d+)"', manager.page(f"/admin/projects?{query}"))}

    assert shown("show=not_routed") == {4} and shown("show=no_experts") == {5} and shown("show=full") == {6}
    assert shown("show=not_connected") == {5, 6} and shown("show=not_connected&q=pairs") == {6} and shown("show=zzz") == {3, 4, 5, 6}


def test_tasks_left_are_asked_of_label_studio(portal: Portal, manager: Browser) -> None:
    """Of the projects on the page; where it does not answer, the list is there all the same."""
    portal.extension.tasks[3] = (1200, 1150)
    assert ">1,150</td>" in manager.page("/admin/projects") and ">no tasks</td>" in manager.page("/admin/projects")
    portal.routing.answers = False
    page = manager.page("/admin/projects")
    assert "Clauses" in page and "1,150" not in page and "so the tasks left are not shown" in page


def test_a_selection_stays_on_all_pages(portal: Portal, manager: Browser) -> None:
    """Ticked on one page, there on the next and after a search; what is unticked goes; all that match are selected at once."""
    with portal.store.begin() as unit:
        for number in range(100, 230):
            unit.projects.heard_of(number, f"Batch {number}", portal.now)
    second = manager.send("/admin/projects", id=["100", "101"], step="page:2").text
    assert "51–100 of 132" in second and hidden(second)["ids"][-1] == "100,101" and "(2)" in second
    first = manager.send("/admin/projects", ids="100,101", id=["150"], step="page:1").text
    assert 'value="100" checked' in first and 'value="101" checked' in first and hidden(first)["ids"][-1] == "150"
    found = manager.send("/admin/projects", ids="100,150", step="search", q="clauses").text
    assert hidden(found)["ids"][-1] == "100,150" and "1</strong> project found" in found
    everything = manager.send("/admin/projects", ids="150,999", q="batch", step="select_all").text
    assert "(130)" in everything and "Select all 130" not in everything
    assert "(130)" not in manager.send("/admin/projects", ids="150", q="batch", step="clear").text


def test_the_list_is_downloaded_as_it_was_searched(portal: Portal, manager: Browser) -> None:
    """All that match, not the page alone."""
    portal.extension.tasks[3] = (12, 5)
    table = manager.get("/admin/projects/csv?q=clauses")
    assert table.mimetype == "text/csv" and table.text.splitlines()[1].startswith("3,Clauses,law,Verified in Law.,2,,12,5,not connected")
    assert "Feedback" not in table.text and "Feedback" in manager.get("/admin/projects/csv").text


def test_a_project_that_gets_a_domain_is_connected(portal: Portal, manager: Browser) -> None:
    """Saved on the page, it waits for the worker, which is told; one that had a domain is left alone."""
    portal.jobs.clear()
    page = preview(portal, manager, 4, domain="law").text
    saved = manager.send("/admin/projects/4", **{**hidden(page), "step": "save"}).text
    assert "Connecting 1 project" in saved and portal.jobs == [("connect", {})]
    listed = manager.page("/admin/projects")
    assert ">Connecting</span>" in listed and 'id="connection-4" data-follow' in listed and ">Not connected</span>" in listed
    page = preview(portal, manager, 4, domain="law", max_experts="5").text
    assert "Connecting" not in manager.send("/admin/projects/4", **{**hidden(page), "step": "save"}).text and len(portal.jobs) == 1


def test_projects_are_connected_from_the_list(portal: Portal, manager: Browser) -> None:
    """One or those selected; what failed says why and can be tried again; without a token that is said at once."""
    portal.jobs.clear()
    assert manager.send("/admin/projects/connect", only="3").headers["Location"] == "/admin/projects" and portal.jobs == [("connect", {})]
    with portal.store.begin() as unit:
        assert unit.project_connections.waiting(9) == (3,)
        unit.project_connections.put(3, "", "Label Studio answered 403.", portal.now)
    page = manager.page("/admin/projects")
    assert "Connecting 1 project." in page and "Label Studio answered 403." in page and ">Try again<" in page
    manager.send("/admin/projects/connect", id=["3", "4"])
    assert "1 without a domain is left out." in manager.page("/admin/projects")
    manager.send("/admin/projects/connect", id=["4"])
    assert "Only projects with a domain are connected." in manager.page("/admin/projects")
    with portal.store.begin() as unit:
        unit.project_connections.put(3, "http://elsewhere", "", portal.now)
    assert ">Not connected<" in manager.page("/admin/projects"), "what it was connected with is not where we are today"


def test_without_a_token_connecting_says_so(sqlite_store: Database) -> None:
    """And nothing is handed to the worker."""
    portal = portal_with_projects(sqlite_store, LS_EXPERT_LABEL_STUDIO_TOKEN="")
    portal.jobs.clear()
    portal.browser(MANAGER).send("/admin/projects/connect", only="3")
    assert not portal.jobs and "LS_EXPERT_LABEL_STUDIO_TOKEN: not set." in portal.browser(MANAGER).page("/admin/projects")
