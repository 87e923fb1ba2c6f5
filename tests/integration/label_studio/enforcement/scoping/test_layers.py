"""Each of the three layers by itself, on a real Label Studio with the other two taken out: what it stops, and what it cannot.

The attacks are an expert's, on somebody else's project, by browser and by token, and each is taken back. Without any layer all
of them succeed. What one layer lets through is in its line; no attack is in all three.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.adversarial.crawl import RESULT
from tests.support.adversarial.scene import EXPERT, Scene
from tests.support.clients.in_process import Call, make
from tests.support.servers.label_studio import LabelStudio

LAYERS = ("gate", "rows", "objects")
WAYS = ("session", "legacy token")
_CHOICE = {"json": {"result": RESULT}}
# By name: method, address with {kind} for the id of the foreign one, options.
ATTACKS: Mapping[str, tuple[str, str, Mapping[str, object]]] = {
    "list of projects": ("GET", "/api/projects/?page_size=1000", {}),
    "project": ("GET", "/api/projects/{project}/", {}),
    "next task": ("GET", "/api/projects/{project}/next/", {}),
    "project in the Data Manager": ("GET", "/api/dm/project/?project={project}", {}),
    "tabs": ("GET", "/api/dm/views/?project={project}", {}),
    "tab": ("GET", "/api/dm/views/{view}/", {}),
    "list of tasks": ("GET", "/api/tasks/?project={project}", {}),
    "tasks of a tab": ("GET", "/api/tasks/?view={view}", {}),
    "task": ("GET", "/api/tasks/{task}/", {}),
    "annotations of a task": ("GET", "/api/tasks/{task}/annotations/", {}),
    "annotation": ("GET", "/api/annotations/{annotation}/", {}),
    "prediction": ("GET", "/api/predictions/{prediction}/", {}),
    "predictions": ("GET", "/api/predictions/?project={project}", {}),
    "export": ("GET", "/api/projects/{project}/export?exportType=JSON", {}),
    "file of a snapshot": ("GET", "/api/projects/{project}/exports/{export}/download", {}),
    "address in a bucket": ("GET", "/tasks/{task}/resolve/?fileuri={bucket}", {}),
    "snapshot": ("GET", "/api/projects/{project}/exports/{export}", {}),
    "file": ("GET", "/data/{file}", {}),
    "S3 storages": ("GET", "/api/storages/s3/?project={project}", {}),
    "S3 storage": ("GET", "/api/storages/s3/{s3importstorage}", {}),
    "local files": ("GET", "/api/storages/localfiles/{localfilesimportstorage}", {}),
    "Azure target": ("GET", "/api/storages/export/azure/{azureblobexportstorage}", {}),
    "ML backends": ("GET", "/api/ml/?project={project}", {}),
    "ML backend": ("GET", "/api/ml/{mlbackend}", {}),
    "web hooks": ("GET", "/api/webhooks/?project={project}", {}),
    "web hook": ("GET", "/api/webhooks/{webhook}/", {}),
    "labels": ("GET", "/api/label_links/?project={project}", {}),
    "members": ("GET", "/api/organizations/1/memberships?page_size=1000", {}),
    "people": ("GET", "/api/users/", {}),
    "rename project": ("PATCH", "/api/projects/{project}/", {"json": {"title": "Taken over"}}),
    "delete project": ("DELETE", "/api/projects/{project}/", {}),
    "delete tasks": ("POST", "/api/dm/actions/?project={project}&id=delete_tasks", {"json": {"selectedItems": {"all": True, "excluded": []}}}),
    "delete task": ("DELETE", "/api/tasks/{task}/", {}),
    "annotate": ("POST", "/api/tasks/{task}/annotations/", _CHOICE),
    "change annotation": ("PATCH", "/api/annotations/{annotation}/", _CHOICE),
    "delete annotation": ("DELETE", "/api/annotations/{annotation}/", {}),
    "change draft": ("PATCH", "/api/drafts/{annotationdraft}/", _CHOICE),
    "change tab": ("PATCH", "/api/dm/views/{view}/", {"json": {"data": {"title": "Taken"}}}),
    "predict": ("POST", "/api/predictions/", {"json": {"task": "{task}", "result": RESULT}}),
    "change web hook": ("PATCH", "/api/webhooks/{webhook}/", {"json": {"is_active": False}}),
    "delete storage": ("DELETE", "/api/storages/s3/{s3importstorage}", {}),
    "a colleague's annotation": ("GET", "/api/annotations/{colleague}/", {}),
    "change a colleague's annotation": ("PATCH", "/api/annotations/{colleague}/", _CHOICE),
    "later address": ("GET", "/api/later/{project}/", {}),
    "later address that looks past managers": ("GET", "/api/later/{project}/plain/", {}),
    "later address without a name": ("GET", "/later/{project}/", {}),
}
# What a layer cannot stop alone.
LETS_THROUGH: Mapping[str, set[str]] = {
    "none": set(ATTACKS),
    # The list is an expert's to ask for; which projects are in it is the second layer's.
    "gate": {"list of projects"},
    # Views that keep a queryset from when they were imported; other people's work in one's own project; what belongs to the
    # organization; what looks past the managers.
    "rows": {
        "annotation", "S3 storage", "local files", "Azure target", "ML backend", "members", "people", "annotate", "change annotation",
        "delete annotation", "change draft", "delete storage", "a colleague's annotation", "change a colleague's annotation",
        "later address that looks past managers", "later address without a name",
    },
    # Lists, and views that check no object.
    "objects": {
        "list of projects", "tabs", "tab", "annotations of a task", "predictions", "web hooks", "web hook", "labels", "members", "people",
        "change tab", "predict", "change web hook", "later address", "later address that looks past managers", "later address without a name",
    },
}


@pytest.mark.parametrize("layer", ["none", *LAYERS])
def test_what_a_layer_stops_by_itself(label_studio: LabelStudio, scene: Scene, tmp_path: Path, layer: str) -> None:
    """By browser and by token alike: everything but what is listed, and that shows the attack to be a real one."""
    through = _let_through(label_studio, scene, tmp_path, layer)
    for way in WAYS:
        assert through[way] == LETS_THROUGH[layer], way


def test_every_attack_is_stopped_by_some_layer_alone() -> None:
    """None needs two of them; most are stopped by two or three."""
    assert set.intersection(*(LETS_THROUGH[layer] for layer in LAYERS)) == set()


def _let_through(label_studio: LabelStudio, scene: Scene, folder: Path, layer: str) -> dict[str, set[str]]:
    """By way in, the attacks that showed a canary or changed a row."""
    bucket = base64.b64encode(scene.foreign.bucket.encode()).decode()
    names = {**scene.foreign.ids, "colleague": scene.colleague["annotation"], "file": scene.foreign.upload, "bucket": bucket}
    calls = [
        Call(f"{EXPERT}, {way}", method, address.format(**names), _filled(options, names), is_undone=True)
        for way in WAYS for method, address, options in ATTACKS.values()
    ]
    answers, _ = make(
        label_studio, folder, scene.identities, calls, canary=scene.canary, others=scene.others, explains=True,
        settings_module=f"layer_{layer}",
    )
    told = list(zip(ATTACKS, calls[:len(ATTACKS)], answers[:len(ATTACKS)], answers[len(ATTACKS):], strict=True))
    for name, call, by_session, by_token in told:
        print(f"{layer}: {name}: {call.method} {call.address}: {by_session.status} {by_token.status} {'' if by_session.was_stopped else 'through'}")
    return {
        way: {name for name, _, *both in told if not both[number].was_stopped} for number, way in enumerate(WAYS)
    }


def _filled(options: Mapping[str, object], names: Mapping[str, object]) -> Mapping[str, object]:
    body = options.get("json")
    if not isinstance(body, dict):
        return options
    return {**options, "json": {key: value.format(**names) if isinstance(value, str) else value for key, value in body.items()}}
