"""Access that ends, and the tasks that were held with it: free for others, without anything that has to run."""

from __future__ import annotations

import datetime as dt
import time
import uuid

import pytest

from tests.support.clients.labelling import RESULT, next_task
from tests.support.servers.label_studio import LabelStudio, Member

pytestmark = pytest.mark.database



def _member(label_studio: LabelStudio, project: int | None = None) -> Member:
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    if project is not None:
        label_studio.push(member.id, project)
    return member


def _make_manager(label_studio: LabelStudio, member: Member, role: str = "manager") -> None:
    label_studio.service.put("/roles", json={"roles": [{"ls_user_id": member.id, "role": role}]}).raise_for_status()


def _one_task(label_studio: LabelStudio, **settings: int) -> tuple[int, int]:
    project = label_studio.new_project("One task", ["one"], **settings)
    return project, label_studio.task_ids(project)[0]


def _end_soon(label_studio: LabelStudio, member: Member, project: int) -> None:
    """Give the access a date that is still to come when Label Studio hears of it, and wait for it to pass."""
    ends = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=4)
    label_studio.push(member.id, project, until=ends.isoformat())
    assert dt.datetime.now(dt.timezone.utc) < ends, "the push came too late to show anything"
    while dt.datetime.now(dt.timezone.utc) <= ends:
        time.sleep(0.05)


def test_a_lock_ends_with_the_date_of_its_holders_access(label_studio: LabelStudio) -> None:
    """The date passes, and the next person who asks gets the task; a manager, too; the draft stays, and is there after a return."""
    project, task = _one_task(label_studio)
    holder, colleague = _member(label_studio, project), _member(label_studio, project)
    assert next_task(holder, project) == task
    draft = holder.http.post(f"/api/tasks/{task}/drafts", json={"result": RESULT}).json()["id"]
    assert next_task(colleague, project) is None
    assert label_studio.admin.get(f"/api/projects/{project}/next/").status_code == 404
    _end_soon(label_studio, holder, project)
    assert holder.http.get(f"/api/tasks/{task}/").status_code == 404
    assert next_task(colleague, project) == task
    assert label_studio.admin.get(f"/api/projects/{project}/next/").status_code == 404, "the colleague has it now"
    label_studio.push(holder.id, project)
    assert next_task(holder, project) is None, "the old lock does not come back with the access"
    assert holder.http.get(f"/api/drafts/{draft}/").json()["result"] == RESULT


def test_suspension_and_revocation_act_on_the_next_request(label_studio: LabelStudio) -> None:
    """One push, and what was open a moment ago is gone, by every way in; the lock is free; annotations and drafts stay."""
    project, task = _one_task(label_studio, maximum_annotations=2)
    holder, other = _member(label_studio, project), _member(label_studio, project)
    ways = holder.ways_in()
    number = other.http.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).json()["id"]
    assert next_task(holder, project) == task
    late = _member(label_studio, project)
    assert next_task(late, project) is None
    holder.http.post(f"/api/tasks/{task}/drafts", json={"result": RESULT}).raise_for_status()
    label_studio.push(holder.id, project, active=False)
    for way, http in ways.items():
        for path in (f"/api/tasks/{task}/", f"/api/projects/{project}/", f"/api/projects/{project}/next/", f"/api/tasks/?project={project}"):
            assert http.get(path).status_code == 404, (way, path)
        assert http.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).status_code == 404, way
        assert http.get("/api/projects/").json()["results"] == [], way
    assert next_task(late, project) == task
    label_studio.push(other.id, project, active=False)
    kept = label_studio.admin.get(f"/api/tasks/{task}/").json()
    assert ([one["id"] for one in kept["annotations"]], kept["total_annotations"]) == ([number], 1)


def test_a_lock_does_not_come_back_with_the_access(label_studio: LabelStudio) -> None:
    """Who lost a project and gets it again holds nothing in it: others may take the task."""
    project, task = _one_task(label_studio)
    holder, other = _member(label_studio, project), _member(label_studio, project)
    assert (next_task(holder, project), next_task(other, project)) == (task, None)
    label_studio.push(holder.id, project, active=False)
    label_studio.push(holder.id, project)
    assert next_task(other, project) == task


def test_locks_of_managers_count_until_they_are_none(label_studio: LabelStudio) -> None:
    """They need no membership; who is made an expert, and reaches the project no more, holds nothing in it."""
    project, task = _one_task(label_studio)
    manager, expert = _member(label_studio), _member(label_studio, project)
    _make_manager(label_studio, manager)
    assert (next_task(manager, project), next_task(expert, project)) == (task, None)
    _make_manager(label_studio, manager, "expert")
    assert next_task(expert, project) == task


def test_the_owners_lock_counts(label_studio: LabelStudio) -> None:
    """Whoever created the organization is a manager without a role."""
    project, task = _one_task(label_studio)
    expert = _member(label_studio, project)
    assert label_studio.admin.get(f"/api/projects/{project}/next/").json()["id"] == task
    assert next_task(expert, project) is None


def test_locks_that_count_are_as_many_as_stock_allows(label_studio: LabelStudio) -> None:
    """At overlap 2 two people hold the task; when the access of one ends by its date, exactly one more gets it."""
    project, task = _one_task(label_studio, maximum_annotations=2)
    people = [_member(label_studio, project) for _ in range(4)]
    assert [next_task(member, project) for member in people] == [task, task, None, None]
    _end_soon(label_studio, people[0], project)
    assert [next_task(member, project) for member in people[1:]] == [task, task, None]
