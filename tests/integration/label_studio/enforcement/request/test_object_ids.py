"""Every key that an id may be named by, in every way to write it: somebody else's id is found wherever it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import ls_expert_plugin
from tests.support.adversarial.crawl import ABSENT, RESULT
from tests.support.adversarial.scene import EXPERT, Scene
from tests.support.clients.in_process import Answer, Call, make
from tests.support.servers.label_studio import LabelStudio

# By key, what Label Studio reads it as an id of: the name of the model, in lower case.
KEYS: Mapping[str, str] = {
    "project": "project", "project_id": "project", "projects": "project", "view": "view", "tabID": "view", "tab_id": "view",
    "task": "task", "task_id": "task", "tasks": "task", "annotation": "annotation", "annotation_id": "annotation",
    "parent_annotation": "annotation", "prediction": "prediction", "parent_prediction": "prediction",
    "completed_by": "user", "updated_by": "user", "last_created_by": "user", "user": "user",
}
READS, CHANGES, MAKES = ("GET", "/api/projects/{project}/"), ("PATCH", "/api/annotations/{annotation}/"), ("POST", "/api/tasks/{task}/drafts")
# By name: the call it is written into, and how, for the key, an own id and another one.
WAYS_TO_WRITE: Mapping[str, tuple[tuple[str, str], Any]] = {
    "query": (READS, lambda key, own, other: f"?{key}={other}"),
    "query of a change": (CHANGES, lambda key, own, other: f"?{key}={other}"),
    "first in the query": (READS, lambda key, own, other: f"?{key}={other}&{key}={own}"),
    "last in the query": (READS, lambda key, own, other: f"?{key}={own}&{key}={other}"),
    "in the middle of the query": (READS, lambda key, own, other: f"?{key}={own}&{key}={other}&{key}={own}"),
    "first behind one key": (READS, lambda key, own, other: f"?{key}={other},{own}"),
    "last behind one key": (READS, lambda key, own, other: f"?{key}={own},{other}"),
    "with brackets": (READS, lambda key, own, other: f"?{key}[]={other}"),
    "first with brackets": (READS, lambda key, own, other: f"?{key}[]={other}&{key}[]={own}"),
    "last with brackets": (READS, lambda key, own, other: f"?{key}[]={own}&{key}[]={other}"),
    "JSON": (CHANGES, lambda key, own, other: {"json": {key: other}}),
    "JSON to something new": (MAKES, lambda key, own, other: {"json": {key: other, "result": RESULT}}),
    "JSON with a reading call": (READS, lambda key, own, other: {"json": {key: other}}),
    "JSON as a text": (CHANGES, lambda key, own, other: {"json": {key: str(other)}}),
    "JSON with brackets": (CHANGES, lambda key, own, other: {"json": {f"{key}[]": [own, other]}}),
    "first of a list": (CHANGES, lambda key, own, other: {"json": {key: [other, own]}}),
    "last of a list": (CHANGES, lambda key, own, other: {"json": {key: [own, other]}}),
    "in the first of several": (CHANGES, lambda key, own, other: {"json": [{key: other}, {key: own}]}),
    "in the last of several": (CHANGES, lambda key, own, other: {"json": [{key: own}, {key: other}]}),
    **{
        f"{name} {method}": (call, lambda key, own, other, kind=kind, at=at: {kind: {key: {"": other, "first": [other, own], "last": [own, other]}[at]}})
        for method, call, kind, of in (
            ("changing", CHANGES, "form", "form"), ("changing", CHANGES, "multipart", "form with parts"), ("making", MAKES, "form", "form"),
        )
        for at, name in (("", of), ("first", f"first in a {of}"), ("last", f"last in a {of}"))
    },
}
# Ways in which one's own id goes through: the others write it together with itself, or where nothing is to be written.
ALONE = ("query", "query of a change", "JSON", "JSON to something new", "JSON with a reading call", "form changing", "form with parts changing", "form making")


def _declared() -> set[str]:
    """The keys that the extension knows, read from where they are listed: Django is not here."""
    folder = Path(next(iter(ls_expert_plugin.__path__))) / "label_studio"
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "_KEYS":
                return set(ast.literal_eval(node.value))  # type: ignore[arg-type]
    raise AssertionError("no list of keys in the extension")


def test_every_key_of_the_extension_is_tried() -> None:
    """Whoever adds a key adds it here: as what it names, it is tried in every way."""
    assert _declared() <= set(KEYS)


@pytest.fixture(scope="module")
def told(label_studio: LabelStudio, scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str, str], Answer]:
    """By key, way to write it and whose id it is ("foreign", "absent" or "own"), what was answered."""
    asked = dict(_asked(scene))
    answers, _ = make(
        label_studio, tmp_path_factory.mktemp("sources"), scene.identities, list(asked.values()), canary=scene.canary, numbers=scene.numbers,
    )
    return dict(zip(asked, answers, strict=True))


def _asked(scene: Scene) -> Iterator[tuple[tuple[str, str, str], Call]]:
    for key, kind in KEYS.items():
        own = scene.own.ids[kind]
        for way, ((method, address), write) in WAYS_TO_WRITE.items():
            others = {"foreign": scene.foreign.ids[kind], **({"absent": ABSENT} if key == kind else {}), **({"own": own} if way in ALONE else {})}
            for whose, other in others.items():
                written, here = write(key, own, other), address.format(**scene.own.ids)
                of_call = (here + written, {}) if isinstance(written, str) else (here, written)
                yield (key, way, whose), Call(f"{EXPERT}, JWT", method, *of_call, is_undone=True)


@pytest.mark.parametrize("key", KEYS)
def test_an_id_of_others_is_found_however_it_is_written(told: Mapping[tuple[str, str, str], Answer], key: str) -> None:
    """The call answers 404, as with an id of the kind that nothing has; and the canary is in no answer."""
    found = {way: (told[key, way, "foreign"], told[KEYS[key], way, "absent"]) for way in WAYS_TO_WRITE}
    wrong = [
        f"{way}: {foreign.status} {foreign.excerpt} / absent {absent.status}" for way, (foreign, absent) in found.items()
        if foreign.status != 404 or foreign.canary or (foreign.status, foreign.digest) != (absent.status, absent.digest)
    ]
    assert wrong == []


@pytest.mark.parametrize("key", KEYS)
def test_an_id_of_ones_own_goes_through(told: Mapping[tuple[str, str, str], Answer], key: str) -> None:
    """It is the id that is refused, not the key."""
    assert [f"{way}: {told[key, way, 'own'].excerpt}" for way in ALONE if told[key, way, "own"].status in (401, 403, 404)] == []
