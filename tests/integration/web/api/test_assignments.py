"""Assignments over HTTP: preview, assigning, what is in force, taking back; for managers alone, all or nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.storage.unit_of_work import Database
from tests.integration.web.api.test_routing import fill
from tests.support.builders.vetting_samples import NOW
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Browser, Portal

ADDRESS = "/api/v1/projects/3/assignments"


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """Two experts in a project of five tasks, one of which the first has begun."""
    portal = fill(Portal(sqlite_store))
    portal.routing.apply({3: TargetState(Requirement("law"), Rules(assignment="assigned"))})
    portal.extension.project_tasks[3] = [
        {"ls_task_id": n, "made_at": NOW.isoformat(), "overlap": 1, "specialty": "", "begun_by": [CANDIDATE] if n == 1 else [], "done_by": []}
        for n in range(1, 6)
    ]
    return portal


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """Signed in."""
    return portal.browser(MANAGER)


def _send(browser: Browser, address: str, body: Any) -> Any:
    return browser.client.post(address, json=body, headers={"X-CSRFToken": browser.token()})


def _in_force(browser: Browser) -> list[tuple[int, int]]:
    return [(one["user"], one["task"]) for one in browser.client.get(ADDRESS).get_json()["assignments"]]


def test_tasks_are_previewed_assigned_and_taken_back(portal: Portal, manager: Browser) -> None:
    """A preview changes nothing; what is assigned reaches Label Studio; what is begun is kept."""
    body = {"people": ["ada@example.org", OTHER]}
    seen = _send(manager, f"{ADDRESS}/preview", body)
    assert seen.status_code == 200 and _in_force(manager) == [] and portal.extension.assignments == {}
    assert seen.get_json()["by_person"] == [{"user": CANDIDATE, "tasks": 2}, {"user": OTHER, "tasks": 2}]  # the begun one has whom it wants
    done = _send(manager, ADDRESS, body).get_json()
    assert done["assigned"] == seen.get_json()["assigned"] and done["label_studio_knows"] is True
    assert _in_force(manager) == [(CANDIDATE, 2), (CANDIDATE, 4), (OTHER, 3), (OTHER, 5)]
    assert {pair for pair, row in portal.extension.assignments.items() if row["active"]} == set(_in_force(manager))
    portal.extension.project_tasks[3][1]["begun_by"] = [CANDIDATE]
    back = _send(manager, f"{ADDRESS}/take-back", {"people": [CANDIDATE]}).get_json()
    assert (back["taken_back"], back["kept"]) == ([{"user": CANDIDATE, "task": 4}], [{"user": CANDIDATE, "task": 2}])
    assert _send(manager, f"{ADDRESS}/take-back", {"begun_too": True}).get_json()["kept"] == [] and _in_force(manager) == []
    assert not any(row["active"] for row in portal.extension.assignments.values())
    assert portal.routing.reconcile().differences == ()


def test_an_end_is_kept_and_ends(portal: Portal, manager: Browser) -> None:
    """Until then and no longer; the sweep tells Label Studio."""
    until = NOW + dt.timedelta(hours=1)
    assert _send(manager, ADDRESS, {"people": [OTHER], "tasks": [2], "until": until.isoformat()}).status_code == 200
    assert portal.extension.assignments[OTHER, 2]["valid_until_utc"] == until.isoformat() and _in_force(manager) == [(OTHER, 2)]
    portal.now = until
    assert _in_force(manager) == [] and portal.routing.catch_up()
    assert portal.extension.assignments[OTHER, 2]["active"] is False


@pytest.mark.parametrize(("body", "said"), [
    ({"people": []}, "people"), ({"tasks": [1]}, "people"), ({"people": ["nobody@example.org"]}, "nobody, or more than one"),
    ({"people": [MANAGER]}, "has no access"), ({"people": [OTHER], "tasks": [1, 99]}, "no task 99"), ({"people": [OTHER], "tasks": ["1"]}, "tasks"),
    ({"people": [OTHER], "at_most": 0}, "at_most"), ({"people": [OTHER], "until": "2020-01-01T00:00:00Z"}, "future"),
    ({"people": [OTHER], "until": "tomorrow"}, "until"), ({"people": [OTHER], "task": [1]}, "task"), ([], ""), (None, ""),
])
def test_nothing_is_assigned_where_anything_is_wrong(portal: Portal, manager: Browser, body: Any, said: str) -> None:
    """400, with a sentence; nothing has changed."""
    answer = _send(manager, ADDRESS, body)
    assert answer.status_code == 400 and said in answer.get_data(as_text=True), answer.get_data(as_text=True)
    assert _in_force(manager) == [] and portal.extension.assignments == {}


def test_experts_neither_see_nor_make_assignments(portal: Portal, manager: Browser) -> None:
    """403 on every call, also for one's own."""
    expert = portal.browser(CANDIDATE)
    assert expert.client.get(ADDRESS).status_code == 403
    for part in ("", "/preview", "/take-back"):
        assert _send(expert, ADDRESS + part, {"people": [CANDIDATE]}).status_code == 403
    assert _send(manager, "/api/v1/projects/99/assignments", {"people": [OTHER]}).status_code == 404
    assert manager.client.get("/api/v1/projects/99/assignments").status_code == 404


def test_who_leaves_and_what_is_deleted_holds_nothing(portal: Portal, manager: Browser) -> None:
    """Their tasks are free for others; Label Studio is told."""
    _send(manager, ADDRESS, {"people": [CANDIDATE, OTHER]})
    with portal.store.begin() as unit:
        unit.people.mark_gone(CANDIDATE, portal.now)
    portal.routing.catch_up()
    assert {who for who, _ in _in_force(manager)} == {OTHER}
    assert not portal.extension.assignments[CANDIDATE, 2]["active"]
    with portal.store.begin() as unit:
        unit.projects.gone(3, portal.now)
    portal.routing.push_once()
    assert not any(row["active"] for row in portal.extension.assignments.values())


def test_a_newer_row_in_label_studio_is_put_right(portal: Portal, manager: Browser) -> None:
    """Edited by hand, or of another service: found, and outbid."""
    _send(manager, ADDRESS, {"people": [OTHER], "tasks": [2]})
    portal.extension.assignments[OTHER, 2] |= {"active": False, "revision": 70}
    portal.extension.assignments[CANDIDATE, 5] = {**portal.extension.assignments[OTHER, 2], "ls_user_id": CANDIDATE, "ls_task_id": 5, "active": True}
    found = portal.routing.reconcile()
    assert sorted((one.kind, one.ls_user_id, one.ls_task_id) for one in found.differences) == [("extra", CANDIDATE, 5), ("stale", OTHER, 2)]
    assert found.corrected == 2 and portal.extension.assignments[OTHER, 2]["active"] and not portal.extension.assignments[CANDIDATE, 5]["active"]
    assert portal.routing.reconcile().differences == ()
