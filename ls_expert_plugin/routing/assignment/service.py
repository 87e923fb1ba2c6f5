"""Assigning of tasks as pages, commands and the API use it: deal, store, tell Label Studio at once, and take back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.routing.assignment import assignment_file, dealing
from ls_expert_plugin.routing.assignment.dealing import SHARED, Assignee, DealtTask, Wish
from ls_expert_plugin.routing.requirements.resolution import known

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.routing.values import Membership, Project, TaskAssignment
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

# Tasks that are assigned in one go: bounds time and memory.
MOST_TASKS = 100_000


@dataclass(frozen=True)
class AssignmentPlan:
    """What assigning would do: ``dealt`` (person, task); ``short``: tasks with fewer people than they want, and why; ``without``: people who get none."""

    project: Project
    dealt: tuple[tuple[int, int], ...]
    short: Mapping[int, dealing.Shortage]
    without: tuple[int, ...]

    @property
    def by_person(self) -> Mapping[int, int]:
        """How many tasks each person gets."""
        return dealing.Dealing(self.dealt, self.short).by_person


@dataclass(frozen=True)
class TakenBack:
    """Assignments that were, or would be, ended: ``pairs`` (person, task). ``kept``: those that were not, because they are begun."""

    pairs: tuple[tuple[int, int], ...]
    kept: tuple[tuple[int, int], ...]


class AssignmentService:
    """Assignment on a real database and a real Label Studio. ``push`` tells Label Studio what waits; its result says whether it has been told."""

    def __init__(self, store: Database, client: ExtensionClient, push: Callable[[], bool], clock: Callable[[], dt.datetime]) -> None:
        self._store, self._client, self._push, self._clock = store, client, push, clock

    def preview(
        self, ls_project_id: int, ls_task_ids: Collection[int] | None, ls_user_ids: Sequence[int], wish: Wish = SHARED,
    ) -> AssignmentPlan:
        """Who would get which of these tasks (None: all of the project). Nothing is changed. Raises as ``assign``."""
        tasks = self._tasks(ls_project_id, ls_task_ids)
        with self._store.read() as unit:
            return self._plan(unit, ls_project_id, tasks, ls_user_ids, wish)[0]

    def assign(
        self, ls_project_id: int, ls_task_ids: Collection[int] | None, ls_user_ids: Sequence[int], wish: Wish = SHARED, *,
        until: dt.datetime | None = None, agreed: Callable[[AssignmentPlan], None] = lambda plan: None,
    ) -> tuple[AssignmentPlan, bool]:
        """Deal these tasks, all or nothing; what was dealt, and whether Label Studio has been told.

        ``agreed`` is called with the plan before it counts; when it raises, nothing has changed. Raises ``NotFound`` for a project, ``BadInput`` for
        tasks and people that cannot be meant, and ``LabelStudioError``.
        """
        if until is not None and until <= self._clock():
            raise BadInput("The end of an assignment has to be in the future.")
        tasks = self._tasks(ls_project_id, ls_task_ids)
        made_at = {task.ls_task_id: task.made_at_utc for task in tasks}

        def work(unit: UnitOfWork) -> AssignmentPlan:
            unit.projects.lock([ls_project_id])
            plan, existing = self._plan(unit, ls_project_id, tasks, ls_user_ids, wish)
            agreed(plan)
            unit.task_assignments.put(dealing.rows(plan.dealt, made_at, ls_project_id, existing, until), self._clock())
            return plan

        return self._store.run(work), self._push()

    def assign_file(self, ls_project_id: int, text: str, *, dry_run: bool = False) -> tuple[int, bool]:
        """Assign what a CSV says (``assignment_file.py``), all or nothing; as ``assign_pairs``. Raises ``BadFields`` with the line of each mistake."""
        now = self._clock()
        with self._store.read() as unit:
            self._project(unit, ls_project_id)
            lines = assignment_file.read(text, known((), unit.people.all(), now))
            members = {one.ls_user_id for one in unit.memberships.those(ls_project_ids=[ls_project_id]) if one.in_force(now)}
        wanted = {line.ls_task_id for line in lines if line.ls_task_id is not None}
        tasks = {task.ls_task_id for task in self._client.project_tasks(ls_project_id, wanted)}
        return self.assign_pairs(ls_project_id, assignment_file.pairs(lines, ls_project_id, tasks, members), dry_run=dry_run)

    def assign_pairs(self, ls_project_id: int, pairs: Collection[tuple[int, int]], *, dry_run: bool = False) -> tuple[int, bool]:
        """Give each of these (person, task) the task, as a list says, all or nothing; how many are new, and whether Label Studio has been told.

        Whatever limits there are: the list was made by a person. A task of another specialty stays hidden from them. Raises as ``assign``.
        """
        tasks = self._tasks(ls_project_id, {task for _, task in pairs})
        made_at = {task.ls_task_id: task.made_at_utc for task in tasks}

        def work(unit: UnitOfWork) -> int:
            unit.projects.lock([ls_project_id])
            self._assignees(unit, ls_project_id, sorted({who for who, _ in pairs}), ())
            existing = unit.task_assignments.of_project(ls_project_id)
            in_force = {one.pair for one in existing if one.in_force(self._clock())}
            new = sorted(set(pairs) - in_force)
            if not dry_run:
                unit.task_assignments.put(dealing.rows(new, made_at, ls_project_id, existing), self._clock())
            return len(new)

        count = self._store.run(work)
        return count, not dry_run and self._push()

    def take_back(
        self, ls_project_id: int, *, ls_user_ids: Collection[int] | None = None, ls_task_ids: Collection[int] | None = None,
        begun_too: bool = False, dry_run: bool = False,
    ) -> tuple[TakenBack, bool]:
        """End assignments of these people (None: everybody) on these tasks (None: all of the project's), and tell Label Studio.

        Of those that are begun, only with ``begun_too``, and then what was begun stays with its task. Raises ``NotFound``, ``LabelStudioError``.
        """
        now = self._clock()
        with self._store.read() as unit:
            self._project(unit, ls_project_id)
            found = [one for one in unit.task_assignments.of_project(ls_project_id) if _is_meant(one, ls_user_ids, ls_task_ids, now)]
        tasks = {} if begun_too or not found else {
            task.ls_task_id: task for task in self._client.project_tasks(ls_project_id, {one.ls_task_id for one in found})
        }

        def work(unit: UnitOfWork) -> TakenBack:
            unit.projects.lock([ls_project_id])
            meant = [one for one in unit.task_assignments.of_project(ls_project_id) if _is_meant(one, ls_user_ids, ls_task_ids, now)]
            kept = tuple(one.pair for one in meant if one.ls_task_id in tasks and one.ls_user_id in tasks[one.ls_task_id].begun_by)
            staying = set(kept)
            ending = [one for one in meant if one.pair not in staying]
            if not dry_run:
                unit.task_assignments.put(dealing.ended(ending), now)
            return TakenBack(tuple(one.pair for one in ending), kept)

        done = self._store.run(work)
        return done, not dry_run and self._push()

    def _tasks(self, ls_project_id: int, ls_task_ids: Collection[int] | None) -> list[DealtTask]:
        if ls_task_ids is not None and len(ls_task_ids) > MOST_TASKS:
            raise BadInput(f"Assign at most {MOST_TASKS:,} tasks at a time.")
        with self._store.read() as unit:
            self._project(unit, ls_project_id)
        found = list(self._client.project_tasks(ls_project_id, ls_task_ids))
        missing = sorted(set(ls_task_ids or ()) - {task.ls_task_id for task in found})
        if missing:
            raise BadInput(f"There is no task {missing[0]} in project {ls_project_id}.")
        return found

    def _plan(
        self, unit: UnitOfWork, ls_project_id: int, tasks: Sequence[DealtTask], ls_user_ids: Sequence[int], wish: Wish,
    ) -> tuple[AssignmentPlan, list[TaskAssignment]]:
        existing = unit.task_assignments.of_project(ls_project_id)
        done = {task.ls_task_id: task.done_by for task in tasks}
        people = self._assignees(unit, ls_project_id, ls_user_ids, existing, done)
        dealt = dealing.deal(tasks, people, existing, wish, self._clock())
        without = tuple(who.ls_user_id for who in people if who.ls_user_id not in dealt.by_person)
        return AssignmentPlan(self._project(unit, ls_project_id), dealt.dealt, dealt.short, without), existing

    def _assignees(
        self, unit: UnitOfWork, ls_project_id: int, ls_user_ids: Iterable[int], existing: Iterable[TaskAssignment],
        done: Mapping[int, frozenset[int]] | None = None,
    ) -> list[Assignee]:
        """These people, each once. Raises ``BadInput`` for somebody who is not in the project."""
        now = self._clock()
        members: dict[int, Membership] = {
            one.ls_user_id: one for one in unit.memberships.those(ls_project_ids=[ls_project_id]) if one.in_force(now)
        }
        routes = self._project(unit, ls_project_id).rules.specialty_field is not None
        load = dealing.open_counts(existing, done or {}, now)
        found = []
        for who in dict.fromkeys(ls_user_ids):
            if who not in members:
                raise BadInput(f"User {who} has no access to project {ls_project_id}: tasks are assigned to experts who have.")
            specialties = frozenset(text.strip().lower() for text in members[who].specialties) if routes else None
            found.append(Assignee(who, specialties, load[who]))
        return found

    @staticmethod
    def _project(unit: UnitOfWork, ls_project_id: int) -> Project:
        project = unit.projects.get(ls_project_id)
        if project is None:
            raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
        return project


def _is_meant(one: TaskAssignment, ls_user_ids: Collection[int] | None, ls_task_ids: Collection[int] | None, now: dt.datetime) -> bool:
    is_theirs = ls_user_ids is None or one.ls_user_id in ls_user_ids
    return one.in_force(now) and is_theirs and (ls_task_ids is None or one.ls_task_id in ls_task_ids)
