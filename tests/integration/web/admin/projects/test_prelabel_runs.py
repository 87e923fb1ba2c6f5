"""Pre-labels of several projects at once: begun together, each with a result of its own."""

from __future__ import annotations

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.project_pages import portal_with_projects
from tests.support.clients.portal import CANDIDATE, MANAGER, Browser, Portal

PATH = "/admin/projects/prelabel-runs"


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """Two projects; only one has a domain."""
    portal = portal_with_projects(sqlite_store)
    portal.jobs.clear()
    return portal


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """The manager's browser."""
    return portal.browser(MANAGER)


def test_runs_are_begun_for_a_selection_and_each_says_what_became_of_it(portal: Portal, manager: Browser) -> None:
    """One that goes on already is left alone, and that is said; the page follows those that go on, and tells how each ended."""
    assert "Select at least one project first." in manager.page(manager.send(f"{PATH}/choose").headers["Location"])
    form = manager.send(f"{PATH}/choose", id=["3"], ids="4").text
    assert "Pre-labels of 2 projects" in form and 'value="3,4"' in form and "2 of them are not connected" in form
    assert manager.send(PATH, ids="3", step="run", only_missing="yes").status_code == 303
    assert manager.send(PATH, ids="3,4", step="run").status_code == 303
    assert portal.jobs == [("prelabel", {"run_id": 1}), ("prelabel", {"run_id": 2})]
    page = manager.page(PATH)
    assert "Running on all tasks of 1 project." in page and "1 project is being worked on already." in page
    assert page.count('id="run-') == 2 and page.count("data-follow") == 3 and "busy with 2 projects" in page
    with portal.store.begin() as unit:
        run = unit.prelabel_runs.take(1, portal.now)
        assert run is not None and run.only_missing
        unit.prelabel_runs.tell(run, portal.now, tasks=1200, made=1100, empty=60, failed=40)
        unit.prelabel_runs.end(run, "failed", "The endpoint does not answer.", portal.now)
    page = manager.page(PATH)
    assert "1,100 pre-labels of 1,200 tasks, 60 without suggestion, 40 failed" in page and "The endpoint does not answer." in page
    assert page.index("Feedback") < page.index("Clauses"), "what goes on comes first"
    lines = manager.get(f"{PATH}/csv").text.splitlines()
    assert len(lines) == 3 and ",1200,1100,60,40,The endpoint does not answer.," in lines[2]


def test_metrics_are_calculated_for_a_selection(portal: Portal, manager: Browser) -> None:
    """Once at a time for each; no model is asked for them."""
    manager.send(PATH, ids="3,4", step="metrics")
    manager.send(PATH, ids="3", step="metrics")
    assert portal.jobs == [("prelabel_figures", {"ls_project_id": number}) for number in (4, 3)] or len(portal.jobs) == 2
    with portal.store.begin() as unit:
        kept = unit.prelabel_figures.of(3)
        assert kept is not None and kept.ask_tasks == 0
        unit.prelabel_figures.put(3, {}, portal.now)
    page = manager.page(PATH)
    assert page.count(">Calculating<") == 1 and "#figures" in page


def test_runs_of_many_are_for_managers(portal: Portal) -> None:
    """Neither looked at nor begun."""
    expert = portal.browser(CANDIDATE)
    assert {expert.get(PATH).status_code, expert.get(f"{PATH}/csv").status_code, expert.send(PATH, ids="3").status_code,
            expert.send(f"{PATH}/choose", ids="3").status_code} == {403} and not portal.jobs
