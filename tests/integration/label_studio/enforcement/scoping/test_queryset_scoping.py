"""Layer 2 by itself: every manager that Label Studio reads through, asked for the rows of somebody else's project."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import ls_expert_plugin
from tests.support.adversarial.scene import EXPERT, Scene
from tests.support.clients.in_process import INSIDE
from tests.support.servers.label_studio import LabelStudio

pytestmark = pytest.mark.database

# Managers that show rows of every project, and why that tells nobody anything.
_BEHIND = "no list of these is given out: they are read behind a row that the layer hides"
NOT_NARROWED: Mapping[str, str] = {
    **{f"{kind}ExportStorageLink.objects": _BEHIND for kind in ("AzureBlob", "GCS", "LocalFiles", "Redis", "S3")},
    "MLBackendPredictionJob.objects": _BEHIND, "MLBackendTrainJob.objects": _BEHIND, "WebhookAction.objects": _BEHIND,
}


def _listed() -> list[str]:
    """The managers that the extension names, read from its list of them: Django is not here."""
    folder = Path(next(iter(ls_expert_plugin.__path__))) / "label_studio"
    for path in sorted(folder.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and function.name == "narrow_managers":
                loop = next(node for node in ast.walk(function) if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple))
                return [ast.unparse(pair.elts[0]) for pair in loop.iter.elts]  # type: ignore[attr-defined]
    raise AssertionError("no list of managers in the extension")


# By name here too: one that is taken out of the list is asked all the same.
MANAGERS = sorted({"ProjectManager", "TaskManager", "PreparedTaskManager", "AnnotationManager", "AnnotationDraftManager", *_listed()})


@pytest.fixture(scope="module")
def told(label_studio: LabelStudio, scene: Scene) -> Mapping[str, Mapping[str, Any]]:
    """By manager, how many rows there are of the expert's own project and of the foreign one, and how many it shows to whom."""
    people = {EXPERT: scene.own.ids["user"], "manager": label_studio.admin.get("/api/current-user/whoami").json()["id"], "nobody": None}
    found: Mapping[str, Mapping[str, Any]] = label_studio.run_inside(
        INSIDE / "managers.py", people=people, own=scene.own.ids["project"], foreign=scene.foreign.ids["project"]
    )
    return found


@pytest.mark.parametrize("manager", MANAGERS)
def test_each_manager_hides_other_projects(told: Mapping[str, Mapping[str, Any]], manager: str) -> None:
    """An expert gets the rows of their own project, all of them, and none of the other, though there are some."""
    asked = {name: one for name, one in told.items() if manager in one["classes"]}
    assert asked, f"no model has a {manager}"
    for name, one in asked.items():
        own, foreign = one["plain"]
        assert foreign and own, f"{name}: nothing there to be hidden or shown"
        assert one["shown"][EXPERT] == ([0, 0] if name.endswith(" of the foreign") else [own, 0]), name


def test_no_other_manager_shows_a_foreign_project(told: Mapping[str, Mapping[str, Any]]) -> None:
    """Plain managers and related ones of every model that belongs to a project, the ones of a later Label Studio included."""
    assert {name for name, one in told.items() if one["shown"][EXPERT][1]} == set(NOT_NARROWED)
    assert len([name for name, one in told.items() if one["plain"][1]]) > 50


def test_what_is_ones_own_is_shown_by_all_of_them(told: Mapping[str, Mapping[str, Any]]) -> None:
    """To an expert the rows of their project, to a manager every row."""
    of_own = {name: one for name, one in told.items() if not name.endswith(" of the foreign")}
    assert {name for name, one in of_own.items() if one["shown"][EXPERT][0] != one["plain"][0]} == set()
    of_all = {name: one for name, one in told.items() if not name.startswith("Project.") or name in ("Project.objects", "Project.all_objects")}
    assert {name for name, one in of_all.items() if one["shown"]["manager"] != one["plain"]} <= {"TaskLock.objects"}


def test_nobody_is_shown_nothing(told: Mapping[str, Mapping[str, Any]]) -> None:
    """A request whose caller cannot be told sees no project."""
    assert {name for name, one in told.items() if any(one["shown"]["nobody"])} == set(NOT_NARROWED)
