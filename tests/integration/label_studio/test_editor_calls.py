"""What the editor's page sends for an expert: submit, update, skip and its undoing, postpone, draft; and what it is told when that is refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.integration.label_studio.enforcement.response.test_redaction import Shared, result, share_work
from tests.support.servers.label_studio import LabelStudio, Member

ABSENT = 987654
RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]


@pytest.fixture
def shared(label_studio: LabelStudio) -> Shared:
    """Two experts who have both annotated the first task and drafted on the second, at overlap 2."""
    return share_work(label_studio)


def _body(project: int, **more: Any) -> dict[str, Any]:
    """As ``prepareData`` of the page writes it (Label Studio 1.23.2)."""
    return {"lead_time": 3.2, "result": RESULT, "draft_id": 0, "parent_prediction": None, "parent_annotation": None,
            "started_at": "2026-01-01T00:00:00.000Z", "project": project, **more}


def _new(label_studio: LabelStudio, *texts: str, **settings: Any) -> tuple[Member, int, list[int]]:
    project = label_studio.new_project("Edited", list(texts), sampling="Sequential sampling", **settings)
    expert = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    label_studio.push(expert.id, project)
    return expert, project, label_studio.task_ids(project)


def test_submit_and_update(label_studio: LabelStudio) -> None:
    """With a draft on the way: submitted it is gone, and the update counts nothing twice."""
    expert, project, (task, *_) = _new(label_studio, "one")
    assert expert.http.get(f"/api/projects/{project}/next/").json()["id"] == task
    draft = expert.http.post(f"/api/tasks/{task}/drafts?project={project}", json=_body(project)).json()["id"]
    assert expert.http.patch(f"/api/drafts/{draft}/?project={project}", json=_body(project)).status_code == 200
    made = expert.http.post(f"/api/tasks/{task}/annotations/?project={project}", json=_body(project, draft_id=draft))
    assert made.status_code == 201
    assert expert.http.get(f"/api/drafts/{draft}/").status_code == 404
    on_it = expert.http.post(f"/api/tasks/{task}/annotations/{made.json()['id']}/drafts?project={project}", json=_body(project))
    assert on_it.status_code == 201
    body = _body(project, draft_id=on_it.json()["id"])
    assert expert.http.patch(f"/api/annotations/{made.json()['id']}/?taskID={task}&project={project}", json=body).status_code == 200
    seen = label_studio.admin.get(f"/api/tasks/{task}/").json()
    assert (seen["total_annotations"], seen["is_labeled"], len(seen["annotations"])) == (1, True, 1)


@pytest.mark.parametrize("queue", ["REQUEUE_FOR_ME", "REQUEUE_FOR_OTHERS", "IGNORE_SKIPPED"])
def test_skip(label_studio: LabelStudio, queue: str) -> None:
    """A skip counts as a skip; it comes back to whom the project says."""
    expert, project, (first, second) = _new(label_studio, "one", "two", skip_queue=queue)
    colleague = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    label_studio.push(colleague.id, project)

    def following(member: Member) -> int:
        return int(member.http.get(f"/api/projects/{project}/next/").json()["id"])

    assert following(expert) == first
    assert expert.http.post(f"/api/tasks/{first}/annotations/?project={project}", json=_body(project, was_cancelled=True)).status_code == 201
    seen = label_studio.admin.get(f"/api/tasks/{first}/").json()
    assert (seen["total_annotations"], seen["cancelled_annotations"], seen["is_labeled"]) == (0, 1, queue == "IGNORE_SKIPPED")
    assert following(expert) == second
    assert expert.http.post(f"/api/tasks/{second}/annotations/", json=_body(project)).status_code == 201
    after = {member: member.http.get(f"/api/projects/{project}/next/") for member in (expert, colleague)}
    who = {"REQUEUE_FOR_ME": [expert], "REQUEUE_FOR_OTHERS": [colleague], "IGNORE_SKIPPED": []}[queue]
    assert [member for member, answer in after.items() if answer.status_code == 200 and answer.json()["id"] == first] == who


def test_a_skip_can_be_taken_back_and_nothing_else_deleted(label_studio: LabelStudio) -> None:
    """Both ways in which the page does it; an annotation that is none is not deleted."""
    expert, project, (first, second) = _new(label_studio, "one", "two")
    skips = [
        expert.http.post(f"/api/tasks/{task}/annotations/", json=_body(project, was_cancelled=True)).json()["id"] for task in (first, second)
    ]
    assert expert.http.post(f"/api/tasks/{first}/drafts", json=_body(project)).status_code == 201
    assert expert.http.delete(f"/api/annotations/{skips[0]}/").status_code == 204
    turned = expert.http.post(f"/api/annotations/{skips[1]}/convert-to-draft", json={})
    assert (turned.status_code, turned.json()["result"]) == (201, RESULT)
    for task in (first, second):
        seen = label_studio.admin.get(f"/api/tasks/{task}/").json()
        assert (seen["total_annotations"], seen["cancelled_annotations"], seen["annotations"]) == (0, 0, [])
        assert len(expert.http.get(f"/api/tasks/{task}/drafts").json()) == 1
    kept = expert.http.post(f"/api/tasks/{first}/annotations/", json=_body(project)).json()["id"]
    for method, path in (("DELETE", f"/api/annotations/{kept}/"), ("POST", f"/api/annotations/{kept}/convert-to-draft")):
        refused = expert.http.request(method, path)
        assert (refused.status_code, "cannot delete annotations" in refused.text) == (403, True)
    assert label_studio.admin.get(f"/api/annotations/{kept}/").json()["result"] == RESULT


def test_postpone(label_studio: LabelStudio) -> None:
    """The next task comes first, then the postponed one comes back, with its draft."""
    expert, project, (first, second) = _new(label_studio, "one", "two")
    assert expert.http.get(f"/api/projects/{project}/next/").json()["id"] == first
    assert expert.http.post(f"/api/tasks/{first}/drafts?project={project}", json=_body(project, was_postponed=True)).status_code == 201
    assert expert.http.get(f"/api/projects/{project}/next/").json()["id"] == second
    assert expert.http.post(f"/api/tasks/{second}/annotations/", json=_body(project)).status_code == 201
    back = expert.http.get(f"/api/projects/{project}/next/").json()
    assert (back["id"], back["queue"], [draft["result"] for draft in back["drafts"]]) == (first, "Postponed draft queue", [RESULT])


def test_ground_truth_is_refused_with_a_sentence(shared: Shared) -> None:
    """By JSON and by form; saying that there is none is not refused, and a foreign task in the same body still is not there."""
    t, http = shared.tasks[2], shared.expert.http
    for body in ({"json": {"result": RESULT, "ground_truth": True}}, {"data": {"result": "[]", "ground_truth": "on"}}):
        refused = http.post(f"/api/tasks/{t}/annotations/", **body)
        assert (refused.status_code, refused.json()["detail"]) == (
            403, "Experts cannot mark an annotation as ground truth. A manager of this Label Studio can.",
        )
    made = http.post(f"/api/tasks/{t}/annotations/", json={"result": RESULT, "ground_truth": False})
    assert (made.status_code, made.json()["ground_truth"]) == (201, False)
    assert http.post(f"/api/tasks/{t}/annotations/", json={"task": ABSENT, "result": RESULT, "ground_truth": True}).status_code == 404


def test_a_colleagues_draft_is_like_one_that_is_not_there(label_studio: LabelStudio, shared: Shared) -> None:
    """Named when submitting, by JSON and by forms: the annotation is made, and the draft stays; one's own is used up."""
    theirs = shared.colleague.http.get(f"/api/tasks/{shared.tasks[1]}/drafts").json()[0]["id"]
    mine = shared.expert.http.get(f"/api/tasks/{shared.tasks[1]}/drafts").json()[0]["id"]
    t, http = shared.tasks[1], shared.expert.http
    for place in ("json", "data", "files"):
        answers = []
        for number in (theirs, ABSENT):
            value: Any = RESULT if place == "json" else '[{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]'
            body = {"result": value, "draft_id": number if place == "json" else str(number)}
            if place == "files":
                body = {name: (None, text) for name, text in body.items()}
            answers.append(http.post(f"/api/tasks/{t}/annotations/", **{place: body}))
        kept = [{name: value for name, value in answer.json().items() if name not in ("id", "created_at", "updated_at", "created_ago")} for answer in answers]
        assert [answer.status_code for answer in answers] == [201, 201], (place, answers[0].text)
        assert kept[0] == kept[1] and kept[0]["result"] == RESULT, place
    assert shared.colleague.http.get(f"/api/drafts/{theirs}/").json()["result"] == result(f"{shared.canary}-draft")
    assert http.post(f"/api/tasks/{t}/annotations/", json={"result": RESULT, "draft_id": mine}).status_code == 201
    assert http.get(f"/api/drafts/{mine}/").status_code == 404


def test_work_stays_with_its_task(label_studio: LabelStudio, shared: Shared) -> None:
    """Nobody moves an annotation or a draft, not even between their own tasks and projects; sending what is already so is fine."""
    other = label_studio.new_project("Also mine", ["far"])
    label_studio.push(shared.expert.id, other)
    (far,) = label_studio.task_ids(other)
    hidden = label_studio.task_ids(label_studio.new_project("Not mine", ["hidden"]))[0]
    http, (t, d, _) = shared.expert.http, shared.tasks
    annotation = next(one["id"] for one in http.get(f"/api/tasks/{t}/annotations/").json())
    draft = http.get(f"/api/tasks/{d}/drafts").json()[0]["id"]
    for path, home in ((f"/api/annotations/{annotation}/", t), (f"/api/drafts/{draft}/", d)):
        for body in ({"task": d + t - home}, {"task": far}, {"project": other}, {"task": far, "project": other}, {"task": None}, {"project": None},
                     {"task": [home, far]}):
            if "project" in body and "drafts" in path and body["project"] is None:
                continue
            for method, place in (("PATCH", "json"), ("PUT", "json"), ("PATCH", "data")):
                if place == "data" and any(value is None for value in body.values()):
                    continue
                refused = http.request(method, path, **{place: {**body, **({"result": RESULT} if place == "json" else {})}})
                assert (refused.status_code, "stays with the task" in refused.text) == (403, True), (method, path, place, body, refused.text)
        for number in (hidden, ABSENT):
            assert http.patch(path, json={"task": number}).status_code == 404
        assert http.patch(path, json={"task": home, "project": shared.project, "result": result(shared.own)}).status_code == 200
    for path in (f"/api/tasks/{t}/annotations/", f"/api/tasks/{t}/drafts"):
        assert http.post(path, json={"result": RESULT, "task": d}).status_code == 403
        assert http.post(path, json={"result": RESULT, "project": other}).status_code == 403
    assert http.patch(f"/api/drafts/{draft}/", json={"annotation": annotation}).status_code == 403
    assert http.post(f"/api/tasks/{d}/annotations/{annotation}/drafts", json={"result": RESULT}).status_code == 403
    kept = label_studio.admin.get(f"/api/annotations/{annotation}/").json()
    assert (kept["task"], kept["project"]) == (t, shared.project)
    assert label_studio.admin.get(f"/api/tasks/{far}/").json()["total_annotations"] == 0


def test_states_comments_and_agreement_tell_nothing_of_others(label_studio: LabelStudio, shared: Shared) -> None:
    """Inside one's own project: the history of states and the agreement of annotators are refused; no task names who commented."""
    http, t = shared.expert.http, shared.tasks[0]
    number = http.get(f"/api/tasks/{t}/annotations/").json()[0]["id"]
    for path in (
        f"/api/fsm/entities/task/{t}/history", f"/api/fsm/entities/annotation/{number}/history", f"/api/fsm/entities/project/{shared.project}/history",
        f"/api/tasks/{t}/agreement/", f"/api/comments/?task={t}", f"/api/comments?annotation={number}",
    ):
        answer = http.get(path)
        assert answer.status_code in (403, 404), (path, answer.text)
        assert shared.canary not in answer.text and shared.colleague.email not in answer.text
    assert http.get(f"/api/tasks/{t}/").json().get("comment_authors") == []
