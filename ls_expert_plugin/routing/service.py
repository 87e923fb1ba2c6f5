"""Routing as the pages and jobs use it: decide, store, and tell Label Studio at once."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import Busy, Conflict, LabelStudioError, NotFound
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.assignment.service import AssignmentService
from ls_expert_plugin.routing.explanation.near_misses import NearMisses, near_misses
from ls_expert_plugin.routing.requirements import editing
from ls_expert_plugin.routing.requirements.editing import ProjectChange, TargetState
from ls_expert_plugin.routing.sync import directory_sync
from ls_expert_plugin.routing.sync.push import PATIENCE_S, push
from ls_expert_plugin.routing.sync.reconcile import Drift, reconcile
from ls_expert_plugin.routing.values import BY_COMMAND, Author, Requirement, Rules
from ls_expert_plugin.vetting import members

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.ls_client.values import TaskProgress
    from ls_expert_plugin.routing.access.eligibility import Explanation
    from ls_expert_plugin.routing.configuration import RoutingConfiguration, RoutingContext
    from ls_expert_plugin.routing.values import Project
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

logger = logging.getLogger(__name__)
# Comparing what everybody is entitled to with what they have reads every membership.
LOOK_BEHIND_EVERY = dt.timedelta(hours=1)


@dataclass(frozen=True)
class ProjectView:
    """A project as a page shows it, with its address in Label Studio."""

    ls_project_id: int
    title: str
    domain: str | None
    url: str
    requirement: Requirement | None = None
    rules: Rules = Rules()
    invited: frozenset[int] = frozenset()


class RoutingService:
    """Routing on a real database and a real Label Studio.

    ``queue("push")`` hands a push that failed to the worker. Results that are bools say whether Label Studio has been told; False: it will be, by the worker.
    """

    def __init__(
        self, store: Database, client: ExtensionClient, configuration: RoutingConfiguration, label_studio_public_url: str,
        clock: Callable[[], dt.datetime], *, queue: Callable[..., None] = lambda name, **arguments: None,
    ) -> None:
        self._store, self._client, self.configuration = store, client, configuration
        self._public_url, self._clock, self._queue = label_studio_public_url, clock, queue
        self._looked_behind_at_utc: dt.datetime | None = None

    @property
    def assignments(self) -> AssignmentService:
        """Assignment of tasks, with the same database and Label Studio."""
        return AssignmentService(self._store, self._client, self.push, self._clock)

    def is_outdated(self) -> bool:
        """Whether a worker has newer packs or settings. Then nothing is recomputed here: whoever is due waits for that worker's sweep."""
        with self._store.read() as unit:
            return unit.instances.current_configuration(self._clock()) not in (None, self.configuration.fingerprint)

    def refresh(self, ls_user_id: int) -> bool:
        """Recompute one person's memberships, and those of others whose place that frees, and tell Label Studio.

        What led to it is kept by now, and says that they are due: where others hold this up, the sweep does it.
        """
        if self.is_outdated():
            self._queue("sweep")
            return False
        try:
            self._store.run(lambda unit: memberships.recompute(unit, [ls_user_id], self._context()))
        except Busy:
            logger.warning("memberships of ls_user_id=%d wait for the sweep: others are being recomputed", ls_user_id)
            return False
        return self.push()

    def preview(self, wanted: Mapping[int, TargetState]) -> tuple[ProjectChange, ...]:
        """What setting this would change. Raises as ``editing.preview``."""
        with self._store.read() as unit:
            return editing.preview(unit, wanted, self._context())

    def apply(
        self, wanted: Mapping[int, TargetState], agreed: Callable[[tuple[ProjectChange, ...]], None] = lambda changes: None, *,
        author: Author = BY_COMMAND,
    ) -> tuple[tuple[ProjectChange, ...], bool]:
        """Set it, all or nothing; what changed, and whether Label Studio has been told. Raises as ``editing.preview``.

        ``agreed`` is called with the changes before they count; when it raises, nothing has changed. Raises ``Conflict`` where packs are outdated.
        """
        self.require_current()

        def work(unit: UnitOfWork) -> tuple[ProjectChange, ...]:
            changes = editing.apply(unit, wanted, self._context(), author)
            agreed(changes)
            return changes

        return self._store.run(work), self.push()

    def set_domain(self, ls_project_id: int, domain: str | None) -> bool:
        """Ask for a domain and nothing else, or for nobody; the project's rules and list stay. Raises as ``apply``."""
        with self._store.read() as unit:
            project = unit.projects.get(ls_project_id)
        if project is None:
            raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
        return self.apply({ls_project_id: TargetState(Requirement(domain) if domain else None, project.rules, project.invited)})[1]

    def explain(self, ls_user_id: int, ls_project_id: int) -> Explanation:
        """Why this person may work on this project, or may not. Raises ``NotFound``."""
        with self._store.read() as unit:
            return editing.explain_for(
                unit, ls_user_id, ls_project_id, self._context()
            )

    def explain_all(self, ls_user_id: int) -> tuple[Explanation, ...]:
        """The same for every project, by title. Raises ``NotFound``."""
        with self._store.read() as unit:
            return editing.explain_all_for(unit, ls_user_id, self._context())

    def near_misses(self, ls_project_id: int) -> NearMisses:
        """Who waits for a place in this project, and who lacks a single rule. Raises ``NotFound``."""
        now = self._clock()
        with self._store.read() as unit:
            project = unit.projects.get(ls_project_id)
            if project is None:
                raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
            held = memberships.holding(unit.memberships.those(ls_project_ids=[ls_project_id]), now).get(ls_project_id, ())
            return near_misses(unit.candidates.all(now), project, held, now)

    def only_questions_left(self, ls_user_id: int) -> tuple[ProjectView, ...]:
        """The projects for which this person lacks nothing but fitting answers to the project's own questions, by title."""
        with self._store.read() as unit:
            asking = unit.projects.asking()
            if not asking:
                return ()
            explained = editing.explain_all_for(
                unit, ls_user_id, self._context(), only=asking
            )
            left = [one.ls_project_id for one in explained if [check.rule for check in one.missing] == ["add_on"]]
            return tuple(self._view(project) for project in unit.projects.those(left))

    def set_role(self, ls_user_id: int, role: str) -> bool:
        """Make a member "manager" or "expert", there and here. False: Label Studio did not take it, nothing has changed.

        Raises ``NotFound``, and ``BadInput`` when this member cannot have that role.
        """
        try:
            self._client.set_role(ls_user_id, role)
        except LabelStudioError as problem:
            logger.warning("a role was not set: %s", problem.message)
            return False
        with self._store.begin() as unit:
            unit.memberships.take_turn(alone=False)
            person = unit.people.lock(ls_user_id)
            if person is None:
                raise NotFound("There is no such person here.")
            members.joined(unit, ls_user_id, person.email, person.name, role, self._clock())
        self.refresh(ls_user_id)
        return True

    def recompute_all(self) -> bool:
        """Everybody's memberships in every project anew, and tell Label Studio. Raises ``Conflict`` where packs are outdated."""
        self.require_current()
        memberships.recompute_all(self._store, self._context())
        return self.push()

    def catch_up(self) -> bool:
        """Recompute whoever is due (dates that passed, changes that a crash left behind), end what has passed, and tell Label Studio all that waits."""
        if not self.is_outdated():
            self._store.run(lambda unit: memberships.catch_up(unit, self._context()))
        self._store.run(lambda unit: unit.task_assignments.end_passed(self._clock()))
        return self.push_once()

    def push(self) -> bool:
        """Tell Label Studio what waits, for somebody who waits; what it does not take is handed to the worker."""
        told = self.push_once(patience_s=PATIENCE_S)
        if not told:
            self._queue("push")
        return told

    def push_once(self, *, patience_s: float | None = None) -> bool:
        """Tell Label Studio what waits, without handing on what fails."""
        return push(self._store, self._client, patience_s=patience_s, surprised=lambda: self._queue("reconcile"))

    def reconcile(self, *, dry_run: bool = False) -> Drift:
        """Compare Label Studio's projection with the truth, and correct it. Raises ``LabelStudioError``.

        The truth is brought up to date before: members and projects as Label Studio has them, and what packs and settings say today.
        """
        if not dry_run and not self.is_outdated():
            # A changed default role is no event, and events before a restored backup do not come again: ask.
            directory = directory_sync.look(self._store, self._client, self._clock)
            directory_sync.take_over(self._store, directory.sure, self.configuration, self._clock)
            self._catch_up_with_packs()
        return reconcile(self._store, self._client, self._clock, dry_run=dry_run)

    def _catch_up_with_packs(self) -> None:
        """Recompute everybody: packs and settings change with the process; hourly, in case anything else was missed."""
        now = self._clock()
        if self._looked_behind_at_utc is not None and now - self._looked_behind_at_utc < LOOK_BEHIND_EVERY:
            return
        memberships.recompute_all(self._store, self._context())
        self._looked_behind_at_utc = now

    def projects(self) -> list[ProjectView]:
        """All projects we know of, by title."""
        with self._store.read() as unit:
            return [self._view(project) for project in unit.projects.all()]

    def projects_of(self, ls_user_id: int) -> list[ProjectView]:
        """The projects this person may work on now, by title."""
        now = self._clock()
        with self._store.read() as unit:
            open_ids = {m.ls_project_id for m in unit.memberships.of(ls_user_id) if m.in_force(now)}
            return [self._view(project) for project in unit.projects.those(open_ids)]

    def task_progress(self, ls_user_id: int, ls_project_ids: Collection[int]) -> Mapping[int, TaskProgress]:
        """How many tasks of these projects (at most 100) a person has done and has left, by project. Fails open: empty without an answer."""
        try:
            return self._client.task_progress(ls_user_id, ls_project_ids)
        except LabelStudioError as problem:
            logger.info("no progress is shown: %s", problem.message)
            return {}

    def require_current(self) -> None:
        """Raises ``Conflict`` where a worker has newer packs or settings."""
        if self.is_outdated():
            raise Conflict("A worker on another machine has newer domain packs or settings than this one. Try again when both have the same.")

    def _context(self) -> RoutingContext:
        return self.configuration.at(self._clock())

    def _view(self, project: Project) -> ProjectView:
        url = f"{self._public_url}/projects/{project.ls_project_id}/data"
        return ProjectView(project.ls_project_id, project.title, project.domain, url, project.requirement, project.rules, project.invited)
