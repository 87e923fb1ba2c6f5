"""The outbox of a real Label Studio: a row for every change, bulk operations included, in order, until forgotten."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from tests.support.servers.label_studio import LabelStudio

pytestmark = pytest.mark.database

RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]


def test_a_person_who_signs_up_is_told(label_studio: LabelStudio) -> None:
    """The event carries who it is and which role they got."""
    start = label_studio.cursor()
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    joined = [event for event in label_studio.events(start) if event["kind"] == "user_joined"]
    [user] = [event["user"] for event in joined]
    made_at = dt.datetime.fromisoformat(user.pop("made_at_utc"))
    assert user == {"ls_user_id": member.id, "email": member.email, "name": "", "role": "expert"}
    assert abs(dt.datetime.now(dt.timezone.utc) - made_at) < dt.timedelta(minutes=10)


def test_submitting_skipping_changing_and_deleting_are_told_in_order(label_studio: LabelStudio) -> None:
    """One event each, with project, task, annotation and author."""
    project = label_studio.new_project("Outbox project", ["one", "two"])
    first, second = label_studio.task_ids(project)
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    label_studio.push(member.id, project)
    start = label_studio.cursor()
    annotation = member.http.post(f"/api/tasks/{first}/annotations/", json={"result": RESULT}).json()["id"]
    member.http.patch(f"/api/annotations/{annotation}/", json={"result": []})
    member.http.post(f"/api/tasks/{second}/annotations/", json={"result": [], "was_cancelled": True})
    label_studio.admin.delete(f"/api/annotations/{annotation}/")
    events = [event for event in label_studio.events(start) if event["kind"].startswith("annotation")]
    assert [(e["kind"], e["ls_user_id"], e["ls_project_id"], e["ls_task_id"], e["was_cancelled"]) for e in events] == [
        ("annotation_created", member.id, project, first, False), ("annotation_updated", member.id, project, first, False),
        ("annotation_created", member.id, project, second, True), ("annotation_deleted", member.id, project, first, False),
    ]


def test_bulk_operations_are_told_row_by_row(label_studio: LabelStudio) -> None:
    """Annotations imported with tasks, and those that a Data Manager action or the project's deletion takes away."""
    start = label_studio.cursor()
    project = label_studio.new_project("Bulk project", ["without"])
    label_studio.admin.post(f"/api/projects/{project}/import", json=[
        {"data": {"text": f"text {number}"}, "annotations": [{"result": RESULT}]} for number in range(5)
    ]).raise_for_status()
    kinds = [event["kind"] for event in label_studio.events(start) if event["ls_project_id"] == project]
    assert kinds == ["project_created"] + ["annotation_created"] * 5
    start = label_studio.cursor()
    tasks = label_studio.task_ids(project)
    label_studio.admin.post(f"/api/dm/actions/?project={project}&id=delete_tasks_annotations", json={
        "selectedItems": {"all": False, "included": tasks[1:3]}
    }).raise_for_status()
    label_studio.admin.delete(f"/api/projects/{project}/").raise_for_status()
    kinds = sorted(event["kind"] for event in label_studio.events(start) if event["ls_project_id"] == project)
    assert kinds == ["annotation_deleted"] * 5 + ["project_deleted"]


def test_a_change_that_is_refused_is_not_told(label_studio: LabelStudio) -> None:
    """A bad annotation leaves neither a row nor an event."""
    project = label_studio.new_project("Refusals", ["one"])
    start = label_studio.cursor()
    refused = label_studio.admin.post(f"/api/tasks/{label_studio.task_ids(project)[0]}/annotations/", json={"result": RESULT, "was_cancelled": "perhaps"})
    assert refused.status_code == 400
    assert [event for event in label_studio.events(start) if event["ls_project_id"] == project] == []


def test_reading_is_paged_and_forgetting_drops_only_what_was_read(label_studio: LabelStudio) -> None:
    """The cursor moves page by page; forgetting through it keeps what comes after."""
    start = label_studio.cursor()
    for number in range(3):
        label_studio.new_project(f"Paged project {number}", ["one"])
    page = label_studio.service.get("/outbox", params={"after": start, "limit": 2}).json()
    assert len(page["events"]) == 2
    rest = label_studio.events(page["cursor"])
    assert rest
    label_studio.service.post("/outbox/forget", json={"through": page["cursor"]}).raise_for_status()
    assert label_studio.events() == rest


def test_nobody_reads_the_outbox_without_the_key(label_studio: LabelStudio) -> None:
    """Not even the owner: 401 without the key, 400 for a cursor that is none."""
    assert label_studio.admin.get("/api/ls-expert/outbox").status_code == 401
    assert label_studio.admin.put("/api/ls-expert/memberships", json={"memberships": []}).status_code == 401
    assert label_studio.service.get("/outbox", params={"after": "yesterday"}).status_code == 400
    bad = label_studio.service.put("/memberships", json={"memberships": [{"ls_user_id": 1}]})
    assert bad.status_code == 400 and "memberships.0." in bad.json()["error"]["message"]
