"""Inside one's own project: one's own work, nobody else's and nobody's name; and Label Studio counts as it always does."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.servers.label_studio import ADMIN_EMAIL, LabelStudio, Member

LABELS = """<View><Text name="text" value="$text"/><Choices name="topic" toName="text"><Choice value="A"/><Choice value="B"/></Choices>
<TextArea name="note" toName="text"/></View>"""
ACTION = "/api/dm/actions/?project={p}&id=next_task"
# Each is tried as a filter and, with either sign, as an order.
HIDDEN_COLUMNS = (
    "annotations_results", "annotations_ids", "annotators", "updated_by", "avg_lead_time", "draft_exists", "comment_authors",
    "annotations__completed_by__email", "annotations__result",
)


def result(note: str) -> list[dict[str, Any]]:
    return [
        {"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}},
        {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": [note]}},
    ]


@dataclass(frozen=True)
class Shared:
    """A project in which the expert and a colleague have both annotated and drafted, and what the colleague wrote there."""

    project: int
    tasks: list[int]
    expert: Member
    colleague: Member
    canary: str
    own: str


def sign_up(label_studio: LabelStudio, name: str) -> Member:
    member = label_studio.sign_up(f"{name}-{uuid.uuid4().hex[:8]}@test.example")
    member.http.patch(f"/api/users/{member.id}/", json={"first_name": f"First{name}", "last_name": f"Last{name}"}).raise_for_status()
    return member


@pytest.fixture
def shared(label_studio: LabelStudio) -> Shared:
    """Two experts at overlap 2."""
    return share_work(label_studio)


def share_work(label_studio: LabelStudio) -> Shared:
    """A new project with two new people in it, and what they did there."""
    canary, own = f"canary{uuid.uuid4().hex[:8]}", f"own{uuid.uuid4().hex[:8]}"
    project = label_studio.new_project("Shared work", ["one", "two", "three"], label_config=LABELS, maximum_annotations=2)
    expert, colleague = sign_up(label_studio, "expert"), sign_up(label_studio, canary)
    tasks = label_studio.task_ids(project)
    for member, note in ((colleague, canary), (expert, own)):
        label_studio.push(member.id, project)
        made = member.http.post(f"/api/tasks/{tasks[0]}/annotations/", json={"result": result(note), "lead_time": 5})
        assert made.status_code == 201 and note in made.text
        drafted = member.http.post(f"/api/tasks/{tasks[1]}/drafts", json={"result": result(f"{note}-draft"), "lead_time": 5})
        assert drafted.status_code == 201 and note in drafted.text
    return Shared(project, tasks, expert, colleague, canary, own)


def _readable(shared: Shared) -> list[str]:
    p, t, d = shared.project, shared.tasks[0], shared.tasks[1]
    return [
        *(f"/api/tasks/{task}/{query}" for task in (t, d) for query in (
            "", f"?project={p}", "?annotations_stub=true", "?review=true",
        )),
        *(f"/api/tasks/?project={p}&{query}" for query in ("", "fields=all", "fields=task_only", "fields=all&review=true")),
        f"/api/tasks/{t}/annotations/",
        f"/api/tasks/{d}/drafts", f"/api/projects/{p}/", "/api/projects/", "/api/projects/counts/", "/api/projects/?include=created_by,id",
        f"/api/projects/{p}/next/", f"/api/projects/{p}/label-stream-history/", f"/api/dm/project/?project={p}", f"/api/dm/columns/?project={p}",
        f"/api/dm/views/?project={p}", f"/api/dm/actions/?project={p}", f"/api/users/?project={p}", "/api/current-user/whoami",
        f"/projects/{p}/data", "/projects/", "/user/account",
    ]


def test_nothing_of_a_colleague_reaches_an_expert_by_any_way_in(label_studio: LabelStudio, shared: Shared) -> None:
    """What a colleague wrote, their name and address, and the owner's address are in no answer."""
    assert shared.canary in label_studio.admin.get(f"/api/tasks/{shared.tasks[0]}/").text, "the manager sees it, so it is there to be seen"
    for way, http in shared.expert.ways_in().items():
        for path in _readable(shared):
            answer = http.get(path)
            signed_in = path.startswith("/api/") or way in ("session", "JWT")  # pages open by these two alone
            assert answer.status_code == 200 or (not signed_in and answer.status_code == 302), (way, path, answer.text[:300])
            for secret in (shared.canary, shared.colleague.email, ADMIN_EMAIL):
                assert secret not in answer.text, (way, path)
        taken = http.post(ACTION.format(p=shared.project), json={})
        assert taken.status_code == 200 and shared.canary not in taken.text, way


def test_own_work_is_all_there(shared: Shared) -> None:
    """One's annotation and draft, whole, with one's own name, and the number of all annotations as Label Studio counts it."""
    http, t, d = shared.expert.http, shared.tasks[0], shared.tasks[1]
    task = http.get(f"/api/tasks/{t}/").json()
    assert [annotation["result"] for annotation in task["annotations"]] == [result(shared.own)]
    assert shared.expert.email in task["annotations"][0]["created_username"]
    assert (task["annotators"], task["total_annotations"], task["data"]) == ([shared.expert.id], 2, {"text": "one"})
    assert [draft["result"] for draft in http.get(f"/api/tasks/{d}/").json()["drafts"]] == [result(f"{shared.own}-draft")]
    assert [draft["result"] for draft in http.get(f"/api/tasks/{d}/drafts").json()] == [result(f"{shared.own}-draft")]
    listed = http.get(f"/api/tasks/?project={shared.project}&fields=all").json()
    assert (listed["total"], listed["total_annotations"]) == (3, 2)
    whole = next(task for task in listed["tasks"] if task["id"] == t)
    assert [annotation["completed_by"] for annotation in whole["annotations"]] == [shared.expert.id]


def test_experts_cannot_search_by_other_peoples_work(label_studio: LabelStudio, shared: Shared) -> None:
    """Filters and orders on columns made of other people's work are refused, wherever they stand; others work."""
    http, p = shared.expert.http, shared.project
    for column in HIDDEN_COLUMNS:
        look = {"filter": f"filter:tasks:{column}", "operator": "contains", "type": "String", "value": shared.canary}
        nested = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": 0, "child_filter": look}
        for asked in (
            {"filters": {"conjunction": "and", "items": [look]}}, {"filters": {"conjunction": "and", "items": [nested]}},
            {"ordering": [f"tasks:{column}"]}, {"ordering": [f"-tasks:{column}"]}, {"ordering": [f"tasks:-{column}"]},
        ):
            for method, path, body in (
                ("GET", f"/api/tasks/?project={p}&query={quote(json.dumps(asked))}", None), ("GET", f"/api/tasks/?project={p}", asked),
                ("POST", ACTION.format(p=p), asked), ("GET", f"/api/projects/{p}/next/", asked),
                ("POST", f"/api/dm/views/?project={p}", {"project": p, "data": asked}),
            ):
                # A tab that the page could not show is refused as such, before what it searches by is looked at.
                refused = (400, 403) if "/views/" in path else (403,)
                assert http.request(method, path, json=body).status_code in refused, (column, method, path, body)
    # A manager's tab that does so is neither listed nor opened.
    look = {"filter": "filter:tasks:annotations_results", "operator": "contains", "type": "String", "value": shared.canary}
    tab = label_studio.admin.post("/api/dm/views/", json={"project": p, "data": {"filters": {"conjunction": "and", "items": [look]}}}).json()["id"]
    assert http.get(f"/api/tasks/?view={tab}").status_code == 403
    assert http.get(f"/api/dm/views/{tab}/").status_code == 404
    assert tab not in [view["id"] for view in http.get(f"/api/dm/views/?project={p}").json()]
    assert label_studio.admin.get(f"/api/tasks/?view={tab}").json()["total"] == 1
    by_data = {"filters": {"conjunction": "and", "items": [{**look, "filter": "filter:tasks:data.text", "value": "tw"}]}, "ordering": ["-tasks:id"]}
    found = http.get(f"/api/tasks/?project={p}&query={quote(json.dumps(by_data))}")
    assert [task["data"]["text"] for task in found.json()["tasks"]] == ["two"]


@pytest.mark.parametrize("overlap", [1, 2, 3])
def test_label_studio_counts_as_it_always_does(label_studio: LabelStudio, overlap: int) -> None:
    """With three experts: a task is labelled at its overlap and not before, nobody gets it twice, and counters say so."""
    project = label_studio.new_project(f"Counting at {overlap}", ["one", "two"], maximum_annotations=overlap, sampling="Sequential sampling")
    experts = [sign_up(label_studio, f"counted{number}") for number in range(3)]
    tasks = label_studio.task_ids(project)
    done = dict.fromkeys(tasks, 0)
    for expert in experts:
        label_studio.push(expert.id, project)
        open_tasks = [task for task in tasks if done[task] < overlap]
        while open_tasks:
            # Stock's rule: of those open to this person one that others have worked on most, else the first in order.
            most = max(done[task] for task in open_tasks)
            candidates = [task for task in open_tasks if done[task] == most] if most and overlap > 1 else open_tasks[:1]
            expected = expert.http.get(f"/api/projects/{project}/next/").json()["id"]
            assert expected in candidates
            open_tasks.remove(expected)
            assert expert.http.post(f"/api/tasks/{expected}/annotations/", json={"result": result("x")[:1]}).status_code == 201
            done[expected] += 1
            for http in (label_studio.admin, expert.http):
                task = http.get(f"/api/tasks/{expected}/").json()
                assert (task["total_annotations"], task["is_labeled"], task["overlap"]) == (done[expected], done[expected] == overlap, overlap)
        assert expert.http.get(f"/api/projects/{project}/next/").status_code == 404
    assert done == dict.fromkeys(tasks, overlap)
    for http in (label_studio.admin, experts[0].http):
        counted = http.get(f"/api/projects/{project}/").json()
        numbers = ("task_number", "total_annotations_number", "num_tasks_with_annotations", "finished_task_number", "skipped_annotations_number")
        assert [counted[name] for name in numbers] == [2, 2 * overlap, 2, 2, 0]
