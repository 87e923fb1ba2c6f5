"""Assigning on a real Label Studio: what managers deal experts see, begun work stays, and what differs in the projection is put right."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.routing.assignment.service import AssignmentService
from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.sync.reconcile import Drift
from ls_expert_plugin.routing.values import Requirement, Rules, TaskAssignment
from ls_expert_plugin.storage.unit_of_work import Database
from tests.integration.conftest import own_label_studio
from tests.support.builders.service import RESULT, Service, now
from tests.support.servers.label_studio import LabelStudio, Member

label_studio = own_label_studio("sqlite", "postgresql")
SQL = Path(__file__).parents[3] / "inside" / "sql.py"


class Case:
    """A project of four tasks that shows experts assigned tasks only, two experts in it, and a third who is in no project."""

    def __init__(self, store: Database, label_studio: LabelStudio) -> None:
        self.label_studio, self.service = label_studio, Service(store, label_studio)
        self.first, self.second, self.outsider = (label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example") for _ in range(3))
        self.project = label_studio.new_project("Dealt", ["one", "two", "three", "four"], maximum_annotations=1, sampling="Sequential sampling")
        self.tasks = label_studio.task_ids(self.project)
        self.service.read()
        self.service.routing.apply({self.project: TargetState(Requirement("medicine"), Rules(assignment="assigned"))})
        for member in (self.first, self.second):
            self.service.decide(member.id, "verified")
        self.assignments = AssignmentService(store, self.service.client, self.service.routing.push, now)
        self.service.routing.reconcile()

    def listed(self, member: Member) -> list[int]:
        """The member's own list of tasks."""
        return sorted(task["id"] for task in member.http.get(f"/api/tasks/?project={self.project}").json()["tasks"])

    def reconcile(self, *, dry_run: bool = False) -> Drift:
        """What the worker does every few minutes."""
        return self.service.routing.reconcile(dry_run=dry_run)

    def kept(self) -> list[TaskAssignment]:
        """The project's assignments, as the service has them."""
        with self.service.store.read() as unit:
            return unit.task_assignments.of_project(self.project)

    def inside(self, statement: str) -> None:
        """Somebody with a shell on Label Studio's database."""
        self.label_studio.run_inside(SQL, statements=[statement])


@pytest.fixture
def case(sqlite_store: Database, label_studio: LabelStudio) -> Iterator[Case]:
    """Both sides of assigning, closed when the test ends."""
    case = Case(sqlite_store, label_studio)
    yield case
    case.service.close()


def test_tasks_are_dealt_seen_and_taken_back(case: Case) -> None:
    """A preview changes nothing; then each sees theirs; what is begun stays when the rest is taken back."""
    people = [case.first.id, case.second.id]
    plan = case.assignments.preview(case.project, None, people)
    assert plan.by_person == {case.first.id: 2, case.second.id: 2} and case.kept() == [] and case.listed(case.first) == []
    done, told = case.assignments.assign(case.project, None, people)
    assert (done, told) == (plan, True)
    assert (case.listed(case.first), case.listed(case.second)) == (case.tasks[::2], case.tasks[1::2])
    assert case.assignments.preview(case.project, None, people).dealt == ()  # nobody twice, and each task has whom it wants
    case.first.http.post(f"/api/tasks/{case.tasks[0]}/drafts", json={"result": RESULT}).raise_for_status()
    would, _ = case.assignments.take_back(case.project, ls_user_ids=[case.first.id], dry_run=True)
    taken, told = case.assignments.take_back(case.project, ls_user_ids=[case.first.id])
    assert would == taken and told and (taken.pairs, taken.kept) == (((case.first.id, case.tasks[2]),), ((case.first.id, case.tasks[0]),))
    assert (case.listed(case.first), case.listed(case.second)) == (case.tasks[:1], case.tasks[1::2])
    assert case.assignments.assign(case.project, None, [case.second.id])[0].dealt == ((case.second.id, case.tasks[2]),)
    assert case.reconcile().differences == ()


def test_nothing_is_assigned_where_anything_is_wrong(case: Case) -> None:
    """A task of another project, somebody without access, an end that has passed, no such project: nothing changes, and it is said."""
    other = case.label_studio.task_ids(case.label_studio.new_project("Other", ["x"]))[0]
    with pytest.raises(BadInput, match=f"no task {other} in project"):
        case.assignments.assign(case.project, [case.tasks[0], other], [case.first.id])
    with pytest.raises(BadInput, match=f"User {case.outsider.id} has no access"):
        case.assignments.assign(case.project, None, [case.first.id, case.outsider.id])
    with pytest.raises(BadInput, match="in the future"):
        case.assignments.assign(case.project, None, [case.first.id], until=now() - dt.timedelta(seconds=1))
    with pytest.raises(NotFound):
        case.assignments.assign(999_999, None, [case.first.id])
    with pytest.raises(BadInput, match="has no access"):
        case.assignments.assign_pairs(case.project, [(case.first.id, case.tasks[0]), (case.outsider.id, case.tasks[1])])
    assert case.kept() == []


def test_an_end_that_has_passed_is_told_to_label_studio(case: Case) -> None:
    """The task is hidden at once; the sweep ends the row, so that what was held for the person is let go."""
    case.assignments.assign(case.project, case.tasks[:1], [case.first.id], until=now() + dt.timedelta(seconds=2))
    assert case.listed(case.first) == case.tasks[:1]
    while any(one.in_force(now()) for one in case.kept()):
        pass
    assert case.listed(case.first) == []
    assert case.service.routing.catch_up() and [one.active for one in case.kept()] == [False]
    assert case.reconcile().differences == ()


def test_rows_that_were_edited_by_hand_or_lost_are_put_right(case: Case) -> None:
    """Access that somebody gave, an end that somebody took away, a row that is gone: found, corrected, and then nothing differs."""
    case.assignments.assign_pairs(case.project, [(case.first.id, task) for task in case.tasks[:2]])
    case.assignments.take_back(case.project, ls_task_ids=case.tasks[1:2])
    table = "ls_expert_assignment"
    case.inside(f"UPDATE {table} SET active = true, revision = 400 WHERE user_id = {case.first.id} AND task_id = {case.tasks[1]}")
    case.inside(f"DELETE FROM {table} WHERE user_id = {case.first.id} AND task_id = {case.tasks[0]}")
    case.inside(
        f"INSERT INTO {table} (user_id, task_id, project_id, purpose, active, barred, task_made_at, is_task_gone, revision, updated_at)"
        f" VALUES ({case.second.id}, {case.tasks[3]}, {case.project}, 'annotate', true, false, '2026-01-01 00:00:00', false, 77, '2026-01-01 00:00:00')"
    )
    assert (case.listed(case.first), case.listed(case.second)) == (case.tasks[1:2], case.tasks[3:])
    expected = [("missing", case.first.id, case.tasks[0]), ("extra", case.first.id, case.tasks[1]), ("extra", case.second.id, case.tasks[3])]
    for dry_run in (True, False):
        found = case.reconcile(dry_run=dry_run)
        assert sorted((one.kind, one.ls_user_id, one.ls_task_id) for one in found.differences) == sorted(expected)
    assert (case.listed(case.first), case.listed(case.second)) == (case.tasks[:1], [])
    assert case.reconcile().differences == ()


def test_a_task_that_is_deleted_takes_its_assignments_along(case: Case) -> None:
    """Whoever is given its number by another task gets nothing of it; the service hears of it, and that is no drift."""
    case.assignments.assign_pairs(case.project, [(case.first.id, task) for task in case.tasks])
    last = case.tasks[-1]
    case.label_studio.admin.delete(f"/api/tasks/{last}/").raise_for_status()
    case.label_studio.admin.post(f"/api/projects/{case.project}/import", json=[{"text": "another"}]).raise_for_status()
    assert case.listed(case.first) == case.tasks[:-1]
    assert case.reconcile().differences == ()
    assert [one.ls_task_id for one in case.kept() if one.in_force(now())] == case.tasks[:-1]
    assert case.listed(case.first) == case.tasks[:-1] and case.reconcile().differences == ()


def test_an_assignment_for_a_task_that_is_not_there_gives_nothing(case: Case) -> None:
    """As a service may have it whose Label Studio was restored: another task under the number is not theirs, and the row ends on both sides."""
    case.assignments.assign_pairs(case.project, [(case.first.id, case.tasks[0])])
    with case.service.store.begin() as unit:
        [given] = unit.task_assignments.of_project(case.project)
        meant = TaskAssignment(
            given.ls_user_id, given.ls_task_id, given.ls_project_id, given.purpose, True, False, None, given.task_made_at_utc - dt.timedelta(days=9), 2,
        )
        unit.task_assignments.put([meant], now())
    assert case.service.routing.push() and case.listed(case.first) == []
    assert case.reconcile().differences == () and [one.active for one in case.kept()] == [False]
    assert case.reconcile().differences == ()


def test_who_leaves_has_no_tasks_and_a_deleted_project_no_assignments(case: Case) -> None:
    """Their tasks are free for others; nothing is left for who comes back, or gets the number."""
    case.assignments.assign_pairs(case.project, [(case.first.id, case.tasks[0]), (case.second.id, case.tasks[1])])
    case.label_studio.admin.delete(f"/api/organizations/1/memberships/{case.first.id}/")
    case.service.read()
    assert {one.ls_user_id for one in case.kept() if one.active} == {case.second.id}
    case.label_studio.admin.delete(f"/api/projects/{case.project}/").raise_for_status()
    case.service.read()
    assert not any(one.active for one in case.kept()) and case.reconcile().differences == ()
