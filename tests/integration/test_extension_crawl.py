"""An expert tries every address of a real Label Studio, in every way, on somebody else's project full of canaries."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ls_expert_plugin.label_studio.allowed import ALLOWED
from tests.crawl import ABSENT, ENDING, KEYS, Pattern, addresses, filters, methods, queries, worth_crawling
from tests.label_studio import LabelStudio, Member

pytestmark = pytest.mark.crawl
INSIDE = Path(__file__).parents[1] / "inside"
WRITING = ("POST", "PUT", "PATCH", "DELETE")
RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]


@dataclass(frozen=True)
class Scene:
    """An expert in a project of their own, and a foreign one in which every field holds the canary."""

    expert: Member
    own: dict[str, int]
    foreign: dict[str, int]
    file: str
    canary: str
    patterns: list[Pattern]


@pytest.fixture(scope="module")
def scene(label_studio: LabelStudio) -> Iterator[Scene]:
    """Two projects with one of everything."""
    if label_studio.on_postgresql:
        pytest.skip("minutes of crawling: what is refused is decided before any database, so it is run on SQLite only")
    canary = f"canary{uuid.uuid4().hex[:12]}"
    expert = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    other = label_studio.sign_up(f"{canary}@test.example")
    own = _furnish(label_studio, label_studio.new_project("The expert's own", ["one", "two"]), expert, "plain")
    foreign = _furnish(label_studio, label_studio.new_project(canary, [f"{canary} text"], show_instruction=True), other, canary)
    filled = label_studio.run_inside(
        INSIDE / "canaries.py", canary=canary, project_id=foreign["project"], task_id=foreign["task"], user_id=other.id
    )
    made = filled["made"]
    print("not filled with canaries:", json.dumps(filled["skipped"], indent=1))
    for kind, model in {
        "webhook": "Webhook", "ml": "MLBackend", "export": "Export", "import": "ProjectImport", "reimport": "ProjectReimport",
        "label_link": "LabelLink", "label": "Label", "storage": "S3ImportStorage",
    }.items():
        if model in made:
            foreign[kind] = made[model]
    wanted = {"Webhook", "MLBackend", "S3ImportStorage", "View", "FileUpload", "Prediction", "LabelLink"}
    assert wanted <= set(made), (wanted - set(made), sorted(made))
    patterns = [Pattern(**pattern) for pattern in label_studio.run_inside(INSIDE / "addresses.py")]
    file = label_studio.admin.get(f"/api/import/file-upload/{foreign['upload']}").json()["file"].removeprefix("/data/")
    assert label_studio.admin.get(f"/data/{file}").text == f"{canary} content"
    yield Scene(expert, own, foreign, file, canary, patterns)


def _furnish(label_studio: LabelStudio, project: int, member: Member, word: str) -> dict[str, int]:
    """One annotation, draft, prediction, upload and tab; the ids by kind."""
    label_studio.push(member.id, project)
    admin, task = label_studio.admin, label_studio.task_ids(project)[0]

    def made(answer: httpx.Response) -> Any:
        answer.raise_for_status()
        return answer.json()

    text = [*RESULT, {"from_name": "topic", "to_name": "text", "type": "textarea", "value": {"text": [f"{word} result"]}}]
    ids = {
        "project": project, "task": task, "person": member.id, "organization": 1,
        "annotation": made(member.http.post(f"/api/tasks/{task}/annotations/", json={"result": text}))["id"],
        "draft": made(member.http.post(f"/api/tasks/{task}/drafts", json={"result": text}))["id"],
        "prediction": made(admin.post("/api/predictions/", json={"task": task, "result": text, "model_version": f"{word} version"}))["id"],
        "view": made(admin.post("/api/dm/views/", json={"project": project, "data": {"title": f"{word} tab", **filters("data.text", word)}}))["id"],
    }
    upload = made(admin.post(f"/api/projects/{project}/import?commit_to_project=false", files={"file": ("known-name.txt", f"{word} content")}))
    ids["upload"] = upload["file_upload_ids"][0]
    return ids


def _state(label_studio: LabelStudio, scene: Scene) -> Any:
    return label_studio.run_inside(INSIDE / "state.py", project_id=scene.foreign["project"], user_id=scene.foreign["person"])


def test_every_allowed_name_is_in_the_live_resolver(scene: Scene) -> None:
    """A name with a typing error, or one that Label Studio has dropped, allows nothing and should not be listed."""
    live = {pattern.key for pattern in scene.patterns}
    assert sorted(set(ALLOWED) - live) == [], f"allowed: {sorted(ALLOWED)}"


def test_no_address_shows_or_changes_anything_of_a_foreign_project(label_studio: LabelStudio, scene: Scene) -> None:
    """Every pattern, every method, every way in: no canary in any answer, and every foreign row as it was."""
    before = _state(label_studio, scene)
    assert scene.canary in json.dumps(before)
    found: list[str] = []
    for way, http in scene.expert.ways_in().items():
        for pattern in worth_crawling(scene.patterns):
            if pattern.name in ENDING:
                continue
            tried = methods(pattern, way, pattern.key in ALLOWED)
            for address, method in ((a, m) for a in addresses(pattern, scene.foreign, scene.file) for m in tried):
                body = {"project": scene.foreign["project"], "title": "overwritten", "result": RESULT}
                headers = {"Accept": "text/html"} if way == "session" else {}
                found += _ask(scene, http, method, address, headers=headers, json=body if method in WRITING else None)
        assert http.get("/api/projects/").status_code == 200, f"{way} ended before the crawl did"
    assert found == []
    assert _state(label_studio, scene) == before


def test_no_id_in_a_query_or_a_body_reaches_a_foreign_project(label_studio: LabelStudio, scene: Scene) -> None:
    """On every address that experts may call, with objects of their own: a foreign id answers as one that does not exist."""
    before = _state(label_studio, scene)
    http, found = scene.expert.ways_in()["JWT"], list[str]()
    for pattern in worth_crawling(scene.patterns):
        rule = ALLOWED.get(pattern.key)
        if rule is None or not pattern.key.startswith(("projects:", "data_manager:", "tasks:")):
            continue
        address = next(addresses(pattern, scene.own, scene.file))
        for method in sorted(rule.methods & {"GET", "POST", "PATCH"}):
            # Of those that read, these read a body as well.
            places = ("json", "data") if method != "GET" else ("params", "json") if "dm" in address or "tasks" in address else ("params",)
            for (key, kind), place in itertools.product(KEYS, places):
                found += _compare(scene, http, method, address, place, key, kind)
        for query in queries(scene.canary):
            found += _ask(scene, http, "GET", address, params={"project": scene.own["project"], **query})
    assert found == []
    assert _state(label_studio, scene) == before


def test_an_address_of_a_foreign_object_answers_as_one_that_does_not_exist(scene: Scene) -> None:
    """Same status, same body, on every address that experts may call."""
    http, differ = scene.expert.ways_in()["JWT"], list[str]()
    for pattern in worth_crawling(scene.patterns):
        rule = ALLOWED.get(pattern.key)
        if rule is None or not re.search("<(int:)?pk>", pattern.route):
            continue
        hidden, absent = (
            next(addresses(pattern, ids, scene.file)) for ids in (scene.foreign, dict.fromkeys(scene.foreign, ABSENT))
        )
        for method in sorted(rule.methods):
            answers = [http.request(method, address) for address in (hidden, absent)]
            if _comparable(answers[0], scene.foreign) != _comparable(answers[1], scene.foreign):
                differ.append(f"{method} {hidden}: {[answer.text[:80] for answer in answers]}")
    assert differ == []


def test_a_body_is_looked_into_however_it_is_written(label_studio: LabelStudio, scene: Scene) -> None:
    """JSON, forms, another charset, a body with a GET: a foreign id in it is found, and one's own goes through."""
    address, foreign = f"/api/annotations/{scene.own['annotation']}/", scene.foreign
    http = scene.expert.ways_in()["JWT"]
    assert http.patch(address, data={"task": scene.own["task"]}).status_code == 200
    assert http.patch(address, data={"task": foreign["task"]}).status_code == 404
    assert http.patch(address, files={"task": (None, str(foreign["task"]))}).status_code == 404
    hidden = {"headers": {"Content-Type": "application/json; charset=utf-7"}, "content": f'+AHs-"task": {foreign["task"]}+AH0-'}
    assert http.patch(address, **hidden).status_code == 404
    assert http.request("GET", "/api/tasks/", json={"view": foreign["view"]}).status_code == 404
    assert http.patch(address, json={"completed_by": foreign["person"]}).status_code == 404
    assert label_studio.admin.get(address).json()["task"] == scene.own["task"]


def test_experts_do_not_set_the_standard(scene: Scene) -> None:
    """The mark for ground truth is refused; saying that there is none is not."""
    address, http = f"/api/annotations/{scene.own['annotation']}/", scene.expert.ways_in()["JWT"]
    assert http.patch(address, json={"ground_truth": True}).status_code == 403
    assert http.patch(address, data={"ground_truth": "on"}).status_code == 403
    answer = http.patch(address, json={"ground_truth": False})
    assert (answer.status_code, answer.json()["ground_truth"]) == (200, False)


def _ask(scene: Scene, http: httpx.Client, method: str, address: str, **options: Any) -> list[str]:
    """What is wrong with the answer, if anything: a canary in it, or that the server broke."""
    answer = http.request(method, address, follow_redirects=False, **options)
    everything = " ".join([answer.text, *answer.headers.values()]).lower()
    if scene.canary in everything and scene.canary not in str(answer.request.url):
        return [f"canary in {method} {address} {options}: {everything[max(0, everything.index(scene.canary) - 60):][:120]}"]
    return [f"{answer.status_code} {method} {address} {options}"] if answer.status_code >= 500 else []


def _compare(scene: Scene, http: httpx.Client, method: str, address: str, place: str, key: str, kind: str) -> list[str]:
    """Ask twice, with the foreign id and with one that does not exist; what is wrong, if anything."""
    own = {"project": scene.own["project"]} if key != "project" and "/api/dm/" in address else {}
    answers = []
    for number in (scene.foreign[kind], ABSENT):
        named = {key: number}
        options: dict[str, Any] = {"params": {"id": "next_task", **own}} if "actions" in address else {"params": own}
        if place == "params":
            options["params"] = {**options["params"], **named}
        else:
            options[place] = {**({"result": json.dumps(RESULT) if place == "data" else RESULT} if method != "GET" else {}), **own, **named}
        answers.append(http.request(method, address, follow_redirects=False, **options))
    problem = [f"canary in {method} {address} {place} {key}" for answer in answers if scene.canary in answer.text.lower()]
    hidden, absent = answers
    if hidden.status_code != absent.status_code or (absent.status_code >= 400 and _comparable(hidden, scene.foreign) != _comparable(absent, scene.foreign)):
        problem.append(f"{method} {address} {place} {key}: {hidden.status_code} {hidden.text[:150]} / {absent.status_code} {absent.text[:150]}")
    return problem


def _comparable(answer: httpx.Response, ids: dict[str, int]) -> tuple[int, str]:
    """Status and body, without the number of this very error and without the ids that were asked for."""
    body = re.sub(r'"id": ?"[0-9a-f-]{36}"', "", answer.text)
    return answer.status_code, re.sub(rf"\b({'|'.join(map(str, sorted({ABSENT, *ids.values()}, reverse=True)))})\b", "N", body)
