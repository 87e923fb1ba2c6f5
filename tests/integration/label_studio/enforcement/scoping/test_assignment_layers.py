"""Each of the three layers by itself on tasks of one's own project that are not assigned: what it stops, and what it cannot.

As ``test_layers.py`` does it for somebody else's project.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients.in_process import Call, Others, make, ways_in
from tests.support.clients.labelling import RESULT
from tests.support.servers.label_studio import LabelStudio

LAYERS = ("gate", "rows", "objects")
WAYS = ("session", "legacy token")
# By name: method, address with {kind} for the id of what is on the unassigned task, body.
ATTACKS: Mapping[str, tuple[str, str, Mapping[str, object]]] = {
    "list of tasks": ("GET", "/api/tasks/?project={project}&fields=all", {}),
    "tasks of a tab": ("GET", "/api/tasks/?view={view}", {}),
    "next task": ("GET", "/api/projects/{project}/next/", {}),
    "task": ("GET", "/api/tasks/{task}/", {}),
    "annotations of a task": ("GET", "/api/tasks/{task}/annotations/", {}),
    "annotate": ("POST", "/api/tasks/{task}/annotations/", {"json": {"result": RESULT}}),
    "begin a draft": ("POST", "/api/tasks/{task}/drafts", {"json": {"result": RESULT}}),
    "annotation": ("GET", "/api/annotations/{annotation}/", {}),
    "change annotation": ("PATCH", "/api/annotations/{annotation}/", {"json": {"result": RESULT}}),
    "file": ("GET", "/data/{file}", {}),
}
# What a layer cannot stop alone.
LETS_THROUGH: Mapping[str, set[str]] = {
    "none": set(ATTACKS),
    # Which tasks are in a list, and which one the queue gives, is the second layer's.
    "gate": {"list of tasks", "tasks of a tab", "next task"},
    # Views that look a task, an annotation or a file up for themselves.
    "rows": {"annotations of a task", "annotate", "begin a draft", "annotation", "change annotation", "file"},
    # Lists, and views that check no object.
    "objects": {"list of tasks", "tasks of a tab", "next task", "annotations of a task", "begin a draft", "file"},
}


@dataclass(frozen=True)
class Dealt:
    """A project of two tasks, assigned to nobody, the first with a colleague's work; the canary is in all of it."""

    canary: str
    names: Mapping[str, Any]
    identities: Mapping[str, Mapping[str, Any]]
    others: Others


@pytest.fixture(scope="module")
def dealt(label_studio: LabelStudio) -> Dealt:
    """The expert is a member and has nothing assigned; others' work is shown there, so that an annotation is hidden by its task alone."""
    canary = f"canary{uuid.uuid4().hex[:12]}"
    project = label_studio.new_project("Dealt", [], maximum_annotations=3)
    made = label_studio.admin.post(
        f"/api/projects/{project}/import?commit_to_project=false", files={"file": (f"{canary}.txt", f"{canary} content")}
    ).json()
    upload = label_studio.admin.get(f"/api/import/file-upload/{made['file_upload_ids'][0]}").json()["file"].removeprefix("/data/")
    label_studio.admin.post(f"/api/projects/{project}/import", json=[{"text": f"{canary} /data/{upload}"}, {"text": f"{canary} second"}]).raise_for_status()
    first, _ = label_studio.task_ids(project)
    expert = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    label_studio.push(expert.id, project)
    text = [*RESULT, {"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [canary]}}]
    annotation = label_studio.admin.post(f"/api/tasks/{first}/annotations/", json={"result": text}).json()["id"]
    tab = label_studio.admin.post("/api/dm/views/", json={"project": project, "data": {"title": "All"}}).json()["id"]
    label_studio.push_rules(project, assignment="assigned", shows_others_work=True)
    names = {"project": project, "task": first, "annotation": annotation, "view": tab, "file": upload}
    return Dealt(canary, names, {f"expert, {way}": shown for way, shown in ways_in(expert).items()}, Others([expert.id], []))


@pytest.mark.parametrize("layer", ["none", *LAYERS])
def test_what_a_layer_stops_by_itself(label_studio: LabelStudio, dealt: Dealt, tmp_path: Path, layer: str) -> None:
    """By browser and by token alike: everything but what is listed; without any layer all of it succeeds, so they are attacks."""
    calls = [
        Call(f"expert, {way}", method, address.format(**dealt.names), options, is_undone=True)
        for way in WAYS for method, address, options in ATTACKS.values()
    ]
    answers, _ = make(
        label_studio, tmp_path, dealt.identities, calls, canary=dealt.canary, others=dealt.others, explains=True, settings_module=f"layer_{layer}",
    )
    for start, way in zip(range(0, len(calls), len(ATTACKS)), WAYS, strict=True):
        told = list(zip(ATTACKS, answers[start:start + len(ATTACKS)], strict=True))
        print(f"{layer}, {way}: " + ", ".join(f"{name} {answer.status}{'' if answer.was_stopped else ' through'}" for name, answer in told))
        assert {name for name, answer in told if not answer.was_stopped} == LETS_THROUGH[layer]


def test_every_attack_is_stopped_by_some_layer_alone() -> None:
    """Each is stopped by at least one layer that stands alone."""
    assert set.intersection(*(LETS_THROUGH[layer] for layer in LAYERS)) == set()
