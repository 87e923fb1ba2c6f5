"""Routing by task: inside one's own project experts see, and are given, the tasks of their specialties; counting stays stock's."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.label_studio.enforcement.response.test_redaction import ACTION
from tests.support.clients.labelling import RESULT, annotate, expert_of, listed_tasks, next_task
from tests.support.servers.label_studio import LabelStudio, Member

ABSENT = 987654
NUMBERS = (
    "task_number", "total_annotations_number", "total_predictions_number", "num_tasks_with_annotations", "finished_task_number",
    "skipped_annotations_number", "useful_annotation_number", "ground_truth_number",
)
TASK_NUMBERS = ("is_labeled", "overlap", "total_annotations", "cancelled_annotations", "total_predictions")


def _task(name: str, *specialty: Any, canary: str = "") -> dict[str, Any]:
    """A task whose field holds this specialty; without one the field is absent."""
    return {"data": {"text": f"{name}{canary}", **({"specialty": specialty[0]} if specialty else {})}}


def _project(
    label_studio: LabelStudio, tasks: list[dict[str, Any]], *, field: str = "data.specialty", without: bool = False, **settings: Any,
) -> tuple[int, list[int]]:
    settings = {"sampling": "Sequential sampling", **settings}
    project = label_studio.new_project("Routed by task", tasks, **settings)
    label_studio.push_rules(project, specialty_field=field, shows_tasks_without_specialty=without)
    return project, label_studio.task_ids(project)


@pytest.mark.database
@pytest.mark.parametrize("without", [False, True])
def test_the_field_is_compared_as_people_would(label_studio: LabelStudio, without: bool) -> None:
    """Case and blanks around it do not matter, in any script; numbers, lists and objects are no specialty; nothing is nobody's or everybody's."""
    mine = ["cardio", "CARDIO", " Cardio\t\n", "kardiologie für äste", "KARDIOLOGIE FÜR ÄSTE", "\u00a0Kardiologie fÜr ÄsTe", "ПЕдиАтрия"]
    absent = [None, "", "  \n"]
    others = ["cardio2", "car dio", "neuro", ["cardio"], {"cardio": "cardio"}, 5, True, False, 0, "5", "null", "true", "%", "c_rdio", "'; --"]
    tasks = [*(_task(f"m{n}", value) for n, value in enumerate(mine)), *(_task(f"a{n}", value) for n, value in enumerate(absent)), _task("absent"),
             *(_task(f"o{n}", value) for n, value in enumerate(others))]
    project, ids = _project(label_studio, tasks, without=without)
    expected = len(mine) + (len(absent) + 1 if without else 0)
    assert listed_tasks(expert_of(label_studio, project, ["Cardio ", "kardiologie FÜR Äste", "педиатриЯ", ""]), project) == ids[:expected]
    assert listed_tasks(expert_of(label_studio, project), project) == (ids[len(mine):expected] if without else [])


@pytest.mark.database
def test_the_field_may_lie_deeper_and_in_the_meta_data(label_studio: LabelStudio) -> None:
    """Names on the way are names, also where they look like numbers; what is not there is nothing."""
    tasks = [
        {"data": {"text": "1"}, "meta": {"field": {"of-law": {"7": "Tax"}}}}, {"data": {"text": "2"}, "meta": {"field": {"of-law": ["tax"] * 9}}},
        {"data": {"text": "3"}, "meta": {"field": "tax"}}, {"data": {"text": "4"}, "meta": {}}, {"data": {"text": "5"}},
        {"data": {"text": "6"}, "meta": {"field": {"of-law": {"7": "penal"}}}},
    ]
    project, ids = _project(label_studio, tasks, field="meta.field.of-law.7")
    expert = expert_of(label_studio, project, ["tax"])
    assert listed_tasks(expert, project) == ids[:1]
    label_studio.push_rules(project, specialty_field="meta.field.of-law.7", shows_tasks_without_specialty=True)
    assert listed_tasks(expert, project) == ids[:5]
    label_studio.push_rules(project)
    assert listed_tasks(expert, project) == ids


@dataclass(frozen=True)
class Routed:
    """A project with a task of the expert's specialty and one of a colleague's; both have worked on everything of theirs."""

    project: int
    own: int
    hidden: int
    expert: Member
    colleague: Member
    canary: str
    ids: dict[str, int]


@pytest.fixture
def routed(label_studio: LabelStudio) -> Routed:
    """On the hidden task: annotations of both (the expert's from before the rule), a draft of each, a prediction, all with a canary."""
    canary = f"canary{uuid.uuid4().hex[:8]}"
    project = label_studio.new_project("Two fields", [_task("mine", "A"), _task("theirs", "B", canary=canary)], maximum_annotations=3)
    own, hidden = label_studio.task_ids(project)
    expert, colleague = expert_of(label_studio, project), expert_of(label_studio, project)
    text = [*RESULT, {"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [canary]}}]
    ids = {}
    for name, member in (("own", expert), ("theirs", colleague)):
        assert next_task(member, project) is not None
        ids[f"{name} annotation"] = annotate(member, hidden, result=text)
        ids[f"{name} draft"] = member.http.post(f"/api/tasks/{hidden}/drafts", json={"result": text}).json()["id"]
    ids["prediction"] = label_studio.admin.post("/api/predictions/", json={"task": hidden, "result": text}).json()["id"]
    label_studio.push_rules(project, specialty_field="data.specialty", shows_others_work=True)
    label_studio.push(expert.id, project, specialties=["a"])
    label_studio.push(colleague.id, project, specialties=["b"])
    return Routed(project, own, hidden, expert, colleague, canary, ids)


@pytest.mark.database
def test_a_task_of_another_specialty_is_like_one_that_does_not_exist(label_studio: LabelStudio, routed: Routed) -> None:
    """Its address, its annotations and drafts, one's own on it included, by every way in: 404, with the same words."""
    ids, own = routed.ids, routed.own
    calls: list[tuple[str, str, int, dict[str, Any] | None]] = [
        *(("GET", path, routed.hidden, None) for path in (
            "/api/tasks/{}/", "/api/tasks/{}/annotations/", "/api/tasks/{}/drafts", f"/api/tasks/{{}}/?project={routed.project}",
        )),
        ("POST", "/api/tasks/{}/annotations/", routed.hidden, {"result": RESULT}), ("POST", "/api/tasks/{}/drafts", routed.hidden, {"result": RESULT}),
        *((method, "/api/annotations/{}/", ids[f"{whose} annotation"], {"result": RESULT} if method != "GET" else None)
          for method, whose in itertools.product(("GET", "PATCH", "PUT", "DELETE"), ("own", "theirs"))),
        *((method, "/api/drafts/{}/", ids[f"{whose} draft"], {"result": RESULT} if method != "GET" else None)
          for method, whose in itertools.product(("GET", "PATCH", "PUT", "DELETE"), ("own", "theirs"))),
        ("POST", "/api/annotations/{}/convert-to-draft", ids["own annotation"], {}),
        ("GET", f"/api/tasks/?project={routed.project}&task={{}}", routed.hidden, None),
    ]
    named = (("task", routed.hidden), ("parent_annotation", ids["own annotation"]), ("parent_prediction", ids["prediction"]))
    before = label_studio.admin.get(f"/api/tasks/{routed.hidden}/").json()
    for way, http in routed.expert.ways_in().items():
        for method, path, number, body in calls:
            hidden, absent = (http.request(method, path.format(one), json=body) for one in (number, ABSENT))
            assert (hidden.status_code, _plain(hidden.text)) == (404, _plain(absent.text)), (way, method, path, hidden.text)
        for key, number in named:
            hidden, absent = (http.post(f"/api/tasks/{own}/drafts", json={"result": RESULT, key: one}) for one in (number, ABSENT))
            assert (hidden.status_code, _plain(hidden.text)) == (404, _plain(absent.text)), (way, key, hidden.text)
    after = label_studio.admin.get(f"/api/tasks/{routed.hidden}/").json()
    for name in ("annotations", "total_annotations", "is_labeled", "updated_at"):
        assert _ages_out(after[name]) == _ages_out(before[name]), name


def _plain(text: str) -> str:
    return json.dumps({name: value for name, value in json.loads(text).items() if name != "id"})


def _ages_out(value: Any) -> Any:
    return [{name: item for name, item in one.items() if name != "created_ago"} for one in value] if isinstance(value, list) else value


def test_nothing_of_a_task_of_another_specialty_is_in_any_list(label_studio: LabelStudio, routed: Routed) -> None:
    """Tasks and their totals, tabs, filters, selections, actions, history: only one's own, by every way in; also where others' work is shown."""
    p = routed.project
    tab = label_studio.admin.post("/api/dm/views/", json={"project": p, "data": {"title": "All"}}).json()["id"]
    look = {"filter": "filter:tasks:data.specialty", "operator": "contains", "type": "String", "value": "B"}
    asked = quote(json.dumps({"filters": {"conjunction": "or", "items": [look, {**look, "operator": "not_contains"}]}, "ordering": ["-tasks:completed_at"]}))
    picked = quote(json.dumps({"selectedItems": {"all": False, "included": [routed.hidden, routed.own]}}))
    for way, http in routed.expert.ways_in().items():
        for query, expected in (
            ("", [routed.own]), ("&fields=all", [routed.own]), (f"&query={asked}", [routed.own]), (f"&query={picked}", [routed.own]),
            ("&ordering=-id&review=true", [routed.own]),
        ):
            answer = http.get(f"/api/tasks/?project={p}{query}")
            assert [task["id"] for task in answer.json()["tasks"]] == expected, (way, query)
            assert (answer.json()["total"], answer.json()["total_annotations"], answer.json()["total_predictions"]) == (1, 0, 0), (way, query)
            assert routed.canary not in answer.text
        assert [task["id"] for task in http.get(f"/api/tasks/?view={tab}").json()["tasks"]] == [routed.own], way
        taken = http.post(ACTION.format(p=p), json={"selectedItems": {"all": False, "included": [routed.hidden]}})
        assert taken.status_code == 404, way
        assert http.get(f"/api/projects/{p}/next/").json()["id"] == routed.own, way
        assert {item["taskId"] for item in http.get(f"/api/projects/{p}/label-stream-history/").json()} <= {routed.own}, way
    everything = label_studio.admin.get(f"/api/tasks/?project={p}").json()
    assert (everything["total"], everything["total_annotations"], everything["total_predictions"]) == (2, 2, 1)


def test_history_forgets_tasks_that_are_not_theirs_any_more_and_remembers_them_again(label_studio: LabelStudio) -> None:
    """The label stream's way back leads to no dead end, and nothing is lost when the specialty returns."""
    project, (first, second) = _project(label_studio, [_task("1", "A"), _task("2", "B")])
    expert = expert_of(label_studio, project, ["a", "b"])
    for task in (first, second):
        assert next_task(expert, project) == task
        annotate(expert, task)

    def history() -> list[int]:
        return [item["taskId"] for item in expert.http.get(f"/api/projects/{project}/label-stream-history/").json()]

    assert history() == [first, second]
    label_studio.push(expert.id, project, specialties=["B"])
    assert history() == [second]
    label_studio.push(expert.id, project, specialties=["A", "B"])
    assert history() == [first, second]


# Two is between the ends.
OVERLAPS = [2, *(pytest.param(ends, marks=pytest.mark.release("the same steps with another overlap")) for ends in (1, 3))]
SAMPLINGS = ("Sequential sampling", "Uniform sampling", "Uncertainty sampling")


@pytest.mark.parametrize(("sampling", "overlap"), [*((sampling, 1) for sampling in SAMPLINGS), *((sampling, 2) for sampling in SAMPLINGS)])
def test_next_serves_only_tasks_of_ones_specialties(label_studio: LabelStudio, sampling: str, overlap: int) -> None:
    """In every order of sampling, with predictions, ground truth and work begun by others: all of theirs, once, and then no more."""
    project, ids = _project(
        label_studio, [_task(str(n), "ABC"[n % 3]) for n in range(9)], sampling=sampling, maximum_annotations=overlap,
        model_version="v1", annotator_evaluation_enabled=True, show_overlap_first=True,
    )
    for number, task in enumerate(ids):
        label_studio.admin.post("/api/predictions/", json={"task": task, "result": RESULT, "score": number / 10, "model_version": "v1"}).raise_for_status()
    # Begun by others and true: what the queue would serve first, were it not of another specialty.
    label_studio.admin.post(f"/api/tasks/{ids[2]}/annotations/", json={"result": RESULT, "ground_truth": True}).raise_for_status()
    expert = expert_of(label_studio, project, ["a"])
    served = []
    while (task := next_task(expert, project)) is not None:
        assert next_task(expert, project) == task, "their lock brings them back to it"
        annotate(expert, task)
        served.append(task)
    assert sorted(served) == ids[0::3]
    assert expert.http.post(ACTION.format(p=project), json={}).status_code == 404


def test_a_task_already_taken_is_not_served_on_when_the_specialty_is_gone(label_studio: LabelStudio) -> None:
    """Locked by me, postponed by me, skipped by me: none of the ways back leads to it; the lock is free for others at once."""
    project, (first, second, third) = _project(label_studio, [_task(str(n), "A") for n in range(3)], skip_queue="REQUEUE_FOR_ME")
    expert, colleague = expert_of(label_studio, project, ["A"]), expert_of(label_studio, project, ["A"])
    assert expert.http.post(f"/api/tasks/{second}/drafts", json={"result": RESULT, "was_postponed": True}).status_code == 201
    annotate(expert, third, was_cancelled=True)
    assert next_task(expert, project) == first
    assert next_task(colleague, project) == second, "the first is taken"
    label_studio.push(expert.id, project, specialties=["B"])
    assert next_task(expert, project) is None
    annotate(colleague, second)
    assert next_task(colleague, project) == first, "the lock was released"
    annotate(colleague, first)
    assert next_task(colleague, project) is None, "a skip comes back to who skipped"
    label_studio.push(expert.id, project, specialties=["A"])
    assert next_task(expert, project) == third
    assert [draft["was_postponed"] for draft in expert.http.get(f"/api/tasks/{second}/drafts").json()] == [True], "drafts stay"


def test_a_new_rule_takes_locks_with_the_tasks(label_studio: LabelStudio) -> None:
    """Who was at work on a task that is not theirs by the new rule no longer keeps it from those whose it is."""
    project = label_studio.new_project("Ruled later", [_task("1", "A")])
    (task,) = label_studio.task_ids(project)
    expert, colleague = expert_of(label_studio, project, ["B"]), expert_of(label_studio, project, ["A"])
    assert (next_task(expert, project), next_task(colleague, project)) == (task, None)
    label_studio.push_rules(project, specialty_field="data.specialty")
    assert (next_task(expert, project), next_task(colleague, project)) == (None, task)


def _work(label_studio: LabelStudio, project: int, tasks: list[int], people: list[Member], overlap: int) -> Iterator[tuple[Any, ...]]:
    """Everybody in turn: some tasks done, one skipped, one drafted; after each step Label Studio's numbers, as a manager sees them."""
    steps = [(0, 0, {}), (2, 0, {}), (1, 1, {}), (2, 1, {"was_cancelled": True}), (0, 2, {}), (2, 2, {}), (2, 3, {}), (1, 3, {"was_cancelled": True})]
    for who, which, body in steps:
        before = label_studio.admin.get(f"/api/tasks/{tasks[which]}/").json()
        if before["is_labeled"] and overlap == 1:
            continue  # nobody would be given it
        number = annotate(people[who], tasks[which], **body)
        people[who].http.patch(f"/api/annotations/{number}/", json={"result": RESULT}).raise_for_status()
        counted = label_studio.admin.get(f"/api/projects/{project}/").json()
        rows = label_studio.admin.get(f"/api/tasks/?project={project}").json()["tasks"]
        assert [row["id"] for row in rows] == tasks
        yield (*(counted[name] for name in NUMBERS), *([row[name] for name in TASK_NUMBERS] for row in rows))


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_label_studio_counts_exactly_as_without_us(label_studio: LabelStudio, overlap: int) -> None:
    """Experts of A, of B and of both in a routed project; managers, for whom it is stock, the same in a twin: equal numbers at each step."""
    tasks = [_task("1", "A"), _task("2", "B"), _task("3", "A"), _task("4", "B")]
    routed, ids = _project(label_studio, tasks, maximum_annotations=overlap)
    twin = label_studio.new_project("Twin", tasks, maximum_annotations=overlap, sampling="Sequential sampling")
    experts = [expert_of(label_studio, routed, names) for names in (("a",), ("b",), ("a", "b"))]
    managers = [label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example") for _ in experts]
    label_studio.service.put("/roles", json={"roles": [{"ls_user_id": one.id, "role": "manager"} for one in managers]}).raise_for_status()
    pairs = zip(
        _work(label_studio, routed, ids, experts, overlap), _work(label_studio, twin, label_studio.task_ids(twin), managers, overlap), strict=True,
    )
    steps = 0
    for ours, stock in pairs:
        assert ours == stock, f"after step {steps}"
        steps += 1
    assert steps >= 4


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_the_queue_gives_each_task_to_as_many_as_it_needs(label_studio: LabelStudio, overlap: int) -> None:
    """With experts of A, of B and of both taking turns: nobody gets a foreign task, none is given out too often, and all are done at the end."""
    specialties = [("a",), ("b",), ("a", "b"), ("A",), ("B",), ("b", "a")]
    project, ids = _project(label_studio, [_task(str(n), "AB"[n % 2]) for n in range(4)], maximum_annotations=overlap)
    people = [(expert_of(label_studio, project, names), "".join(names).upper()) for names in specialties]
    done = dict.fromkeys(ids, 0)
    busy = True
    while busy:
        # Everybody takes one before anybody submits: locks and annotations together never exceed the overlap.
        held = [(member, task, names) for member, names in people if (task := next_task(member, project)) is not None]
        for task in ids:
            assert sum(1 for _, one, _ in held if one == task) + done[task] <= overlap, "given out too often"
        for member, task, names in held:
            assert "AB"[ids.index(task) % 2] in names
            annotate(member, task)
            done[task] += 1
        busy = bool(held)
    assert done == dict.fromkeys(ids, overlap)
    assert all(label_studio.admin.get(f"/api/tasks/{task}/").json()["is_labeled"] for task in ids)


def test_numbers_of_a_routed_project_tell_of_ones_own_tasks_alone(label_studio: LabelStudio) -> None:
    """Tasks and the length of the queue are counted among one's own; what counts everybody's work says nothing. Managers see all."""
    project, ids = _project(label_studio, [_task(str(n), "AB"[n % 3 == 0]) for n in range(9)])
    expert, other = expert_of(label_studio, project, ["B"]), expert_of(label_studio, project, ["A"])
    annotate(other, ids[1])
    annotate(expert, ids[0])
    found = [
        expert.http.get(f"/api/projects/{project}/").json(), expert.http.get(f"/api/dm/project/?project={project}").json(),
        *(row for row in expert.http.get("/api/projects/").json()["results"] if row["id"] == project),
    ]
    for seen in found:
        assert [seen[name] for name in ("task_number", "task_count", "queue_total") if name in seen] and len(seen) > 3
        assert all(seen[name] == 3 for name in ("task_number", "task_count", "queue_total") if name in seen), seen
        assert not any(seen.get(name) for name in NUMBERS if name != "task_number"), seen
        assert seen.get("queue_done", 0) <= 1
    counts = [row for row in expert.http.get("/api/projects/counts/").json()["results"] if row["id"] == project]
    assert [row["task_number"] for row in counts] == [3]
    assert label_studio.admin.get(f"/api/projects/{project}/").json()["task_number"] == 9
