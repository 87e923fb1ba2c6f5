"""Assigned tasks: in a project that shows no others, experts see, and are given, what is assigned to them or begun by them; counting stays stock's."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.label_studio.enforcement.response.test_redaction import ACTION
from tests.support.clients.labelling import RESULT, annotate, expert_of, listed_tasks, next_task
from tests.support.servers.label_studio import LabelStudio, Member

ABSENT = 987654
SOON_S = 2


def _status(member: Member, task: int) -> int:
    return int(member.http.get(f"/api/tasks/{task}/").status_code)


@dataclass(frozen=True)
class Dealt:
    """An "assigned" project of four tasks: the first two assigned to the expert, the third to a colleague, who has worked on it, the last to nobody."""

    project: int
    tasks: list[int]
    expert: Member
    colleague: Member
    canary: str
    ids: dict[str, int]

    @property
    def own(self) -> list[int]:
        """The two tasks that are assigned to the expert."""
        return self.tasks[:2]


@pytest.fixture
def dealt(label_studio: LabelStudio) -> Dealt:
    """On the colleague's task: an annotation, a draft, a prediction, all with a canary; it is in the task of nobody too."""
    canary = f"canary{uuid.uuid4().hex[:8]}"
    project = label_studio.new_project(
        "Dealt out", ["one", "two", f"three {canary}", f"four {canary}"], maximum_annotations=3, sampling="Sequential sampling",
    )
    tasks = label_studio.task_ids(project)
    expert, colleague = expert_of(label_studio, project), expert_of(label_studio, project)
    label_studio.push_rules(project, assignment="assigned", shows_others_work=True)
    label_studio.assign(expert.id, project, *tasks[:2])
    label_studio.assign(colleague.id, project, tasks[2])
    text = [*RESULT, {"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [canary]}}]
    ids = {
        "annotation": int(colleague.http.post(f"/api/tasks/{tasks[2]}/annotations/", json={"result": text}).json()["id"]),
        "draft": int(colleague.http.post(f"/api/tasks/{tasks[2]}/drafts", json={"result": text}).json()["id"]),
        "prediction": int(label_studio.admin.post("/api/predictions/", json={"task": tasks[2], "result": text}).json()["id"]),
    }
    return Dealt(project, tasks, expert, colleague, canary, ids)


@pytest.mark.database
def test_a_task_that_is_not_assigned_is_like_one_that_does_not_exist(label_studio: LabelStudio, dealt: Dealt) -> None:
    """Its address, annotations, drafts, files and parts named in bodies, by every way in: 404, with the same words."""
    ids, own = dealt.ids, dealt.own[0]
    unassigned = dealt.tasks[2]
    calls: list[tuple[str, str, int, dict[str, Any] | None]] = [
        *(("GET", path, unassigned, None) for path in (
            "/api/tasks/{}/", "/api/tasks/{}/annotations/", "/api/tasks/{}/drafts", f"/api/tasks/{{}}/?project={dealt.project}",
            f"/api/tasks/?project={dealt.project}&task={{}}",
        )),
        ("POST", "/api/tasks/{}/annotations/", unassigned, {"result": RESULT}), ("POST", "/api/tasks/{}/drafts", unassigned, {"result": RESULT}),
        *((method, "/api/annotations/{}/", ids["annotation"], {"result": RESULT} if method != "GET" else None) for method in ("GET", "PATCH", "DELETE")),
        *((method, "/api/drafts/{}/", ids["draft"], {"result": RESULT} if method != "GET" else None) for method in ("GET", "PATCH", "DELETE")),
    ]
    named = (("task", unassigned), ("parent_annotation", ids["annotation"]), ("parent_prediction", ids["prediction"]))
    for way, http in dealt.expert.ways_in().items():
        for method, path, number, body in calls:
            hidden, absent = (http.request(method, path.format(one), json=body) for one in (number, ABSENT))
            assert (hidden.status_code, _plain(hidden.text)) == (404, _plain(absent.text)), (way, method, path, hidden.text)
        for key, number in named:
            hidden, absent = (http.post(f"/api/tasks/{own}/drafts", json={"result": RESULT, key: one}) for one in (number, ABSENT))
            assert (hidden.status_code, _plain(hidden.text)) == (404, _plain(absent.text)), (way, key, hidden.text)


def _plain(text: str) -> str:
    return json.dumps({name: value for name, value in json.loads(text).items() if name != "id"})


@pytest.mark.database
def test_nothing_of_an_unassigned_task_is_in_any_list(label_studio: LabelStudio, dealt: Dealt) -> None:
    """Tasks and totals, tabs, filters, selections, actions, history, counts of the project: only one's own, by every way in."""
    p, own = dealt.project, dealt.own
    tab = label_studio.admin.post("/api/dm/views/", json={"project": p, "data": {"title": "All"}}).json()["id"]
    look = {"filter": "filter:tasks:data.text", "operator": "contains", "type": "String", "value": dealt.canary}
    asked = quote(json.dumps({"filters": {"conjunction": "or", "items": [look]}, "ordering": ["-tasks:completed_at"]}))
    picked = quote(json.dumps({"selectedItems": {"all": False, "included": dealt.tasks}}))
    for way, http in dealt.expert.ways_in().items():
        for query, expected in (("", own), ("&fields=all", own), (f"&query={asked}", []), (f"&query={picked}", own), ("&ordering=-id", own)):
            answer = http.get(f"/api/tasks/?project={p}{query}")
            assert sorted(task["id"] for task in answer.json()["tasks"]) == expected, (way, query)
            assert (answer.json()["total"], answer.json()["total_annotations"], answer.json()["total_predictions"]) == (len(expected), 0, 0), (way, query)
            assert dealt.canary not in answer.text
        assert sorted(task["id"] for task in http.get(f"/api/tasks/?view={tab}").json()["tasks"]) == own, way
        assert http.post(ACTION.format(p=p), json={"selectedItems": {"all": False, "included": [dealt.tasks[2]]}}).status_code == 404, way
        assert http.get(f"/api/projects/{p}/next/").json()["id"] in own, way
        assert {item["taskId"] for item in http.get(f"/api/projects/{p}/label-stream-history/").json()} <= set(own), way
        for address in (f"/api/projects/{p}/", f"/api/dm/project/?project={p}"):
            numbers = http.get(address).json()
            assert numbers.get("task_number", numbers.get("task_count")) == len(own) and numbers.get("total_annotations_number", 0) == 0, (way, address)
        listed = {one["id"]: one["task_number"] for one in http.get("/api/projects/?page_size=1000").json()["results"]}
        assert listed == {p: len(own)}, way
    everything = label_studio.admin.get(f"/api/tasks/?project={p}").json()
    assert (everything["total"], everything["total_annotations"], everything["total_predictions"]) == (4, 1, 1)


@pytest.mark.database
def test_the_queue_gives_what_is_assigned_and_ends_with_it(label_studio: LabelStudio, dealt: Dealt) -> None:
    """One after the other; then there is nothing, though the project has tasks left. Whoever has nothing assigned is given nothing."""
    for task in dealt.own:
        assert next_task(dealt.expert, dealt.project) == task
        annotate(dealt.expert, task)
    assert next_task(dealt.expert, dealt.project) is None
    newcomer = expert_of(label_studio, dealt.project)
    assert (listed_tasks(newcomer, dealt.project), next_task(newcomer, dealt.project)) == ([], None)
    assert newcomer.http.get(f"/api/projects/{dealt.project}/").json()["task_number"] == 0


@pytest.mark.database
def test_an_assignment_counts_until_its_end_and_not_a_moment_longer(label_studio: LabelStudio, dealt: Dealt) -> None:
    """Nothing has to run for it: the date is part of the query. An older revision brings nothing back."""
    newcomer, task = expert_of(label_studio, dealt.project), dealt.tasks[3]
    now = dt.datetime.now(dt.timezone.utc)
    label_studio.assign(newcomer.id, dealt.project, task, until=(now - dt.timedelta(seconds=1)).isoformat())
    assert (_status(newcomer, task), listed_tasks(newcomer, dealt.project), next_task(newcomer, dealt.project)) == (404, [], None)
    label_studio.assign(newcomer.id, dealt.project, task, until=(now + dt.timedelta(hours=1)).isoformat())
    assert (_status(newcomer, task), listed_tasks(newcomer, dealt.project)) == (200, [task])
    label_studio.assign(newcomer.id, dealt.project, task, active=False)
    assert (_status(newcomer, task), listed_tasks(newcomer, dealt.project)) == (404, [])


@pytest.mark.database
def test_work_that_was_begun_stays_with_its_task(label_studio: LabelStudio, dealt: Dealt) -> None:
    """An annotation or a draft of one's own keeps that task, and no other; being barred takes it, and coming back gives it again."""
    expert, project, (first, second) = dealt.expert, dealt.project, dealt.own
    annotate(expert, first)
    label_studio.assign(expert.id, project, first, second, active=False)
    assert (listed_tasks(expert, project), _status(expert, first), _status(expert, second)) == ([first], 200, 404)
    label_studio.assign(expert.id, project, second)
    assert expert.http.post(f"/api/tasks/{second}/drafts", json={"result": RESULT}).status_code == 201
    label_studio.assign(expert.id, project, second, active=False)
    assert listed_tasks(expert, project) == [first, second]
    label_studio.assign(expert.id, project, second, first, active=False, barred=True)
    assert (listed_tasks(expert, project), _status(expert, first), _status(expert, second)) == ([], 404, 404)
    label_studio.assign(expert.id, project, second)
    assert (listed_tasks(expert, project), _status(expert, second)) == ([second], 200)
    assert label_studio.admin.get(f"/api/tasks/{first}/").json()["total_annotations"] == 1  # nothing of it is lost


def test_whatever_the_rule_is_called_but_open_it_closes(label_studio: LabelStudio, dealt: Dealt) -> None:
    """A word of a later service shows no more tasks, and "open" shows all."""
    for word in ("automatic", "anything"):
        label_studio.push_rules(dealt.project, assignment=word)
        assert listed_tasks(dealt.expert, dealt.project) == dealt.own
    label_studio.push_rules(dealt.project)
    assert listed_tasks(dealt.expert, dealt.project) == dealt.tasks


def test_specialties_count_besides(label_studio: LabelStudio) -> None:
    """Where the project routes by task too, an assigned task of another specialty stays hidden."""
    project = label_studio.new_project("Both", [{"data": {"text": "a", "specialty": "a"}}, {"data": {"text": "b", "specialty": "b"}}])
    tasks = label_studio.task_ids(project)
    expert = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    label_studio.push(expert.id, project, specialties=["a"])
    label_studio.push_rules(project, assignment="assigned", specialty_field="data.specialty")
    assert listed_tasks(expert, project) == []
    label_studio.assign(expert.id, project, *tasks)
    assert (listed_tasks(expert, project), _status(expert, tasks[1])) == ([tasks[0]], 404)


def test_a_lock_ends_with_the_assignment_unless_work_was_begun(label_studio: LabelStudio, dealt: Dealt) -> None:
    """A task that was taken back is free for others at once."""
    expert, project, (first, second) = dealt.expert, dealt.project, dealt.own
    assert next_task(expert, project) == first
    assert label_studio.admin.get(f"/api/tasks/{first}/").json()["is_labeled"] is False
    assert _locks(label_studio, first) == [expert.id]
    label_studio.assign(expert.id, project, first, active=False)
    assert _locks(label_studio, first) == []
    assert next_task(expert, project) == second
    expert.http.post(f"/api/tasks/{second}/drafts", json={"result": RESULT})
    held = _locks(label_studio, second)
    label_studio.assign(expert.id, project, second, active=False)
    assert _locks(label_studio, second) == held


def _locks(label_studio: LabelStudio, task: int) -> list[int]:
    import sqlite3

    query = f"SELECT user_id FROM tasks_tasklock WHERE task_id = {task} ORDER BY user_id"  # noqa: S608  # a number
    if label_studio.on_postgresql:
        with label_studio.database() as connection:
            return [row[0] for row in connection.execute(query)]
    with sqlite3.connect(label_studio.database_url.removeprefix("sqlite:///")) as connection:
        return [row[0] for row in connection.execute(query)]


def test_files_are_those_of_assigned_tasks(label_studio: LabelStudio) -> None:
    """An upload that only an unassigned task names is not there, also when the task is of one's own project."""
    project = label_studio.new_project("Album", [])
    names = []
    for word in ("mine", "theirs"):
        made = label_studio.admin.post(f"/api/projects/{project}/import?commit_to_project=false", files={"file": (f"{word}.txt", word)}).json()
        names.append(label_studio.admin.get(f"/api/import/file-upload/{made['file_upload_ids'][0]}").json()["file"].removeprefix("/data/"))
    label_studio.admin.post(f"/api/projects/{project}/import", json=[{"text": f"/data/{name}"} for name in names]).raise_for_status()
    tasks = label_studio.task_ids(project)
    expert = expert_of(label_studio, project)
    label_studio.push_rules(project, assignment="assigned")
    assert [expert.http.get(f"/data/{name}").status_code for name in names] == [404, 404]
    label_studio.assign(expert.id, project, tasks[0])
    assert [expert.http.get(f"/data/{name}").status_code for name in names] == [200, 404]
