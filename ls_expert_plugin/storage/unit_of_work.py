"""Unit of work over the database: ``Database`` owns the engine, ``UnitOfWork`` is one transaction with the repositories on it.

    with store.begin() as unit:
        person = unit.people.by_ls_user_id(7)

Leaving the block commits; an exception rolls everything back. ``read()`` is for looking only. On SQLite a unit takes the write lock at its start, so
that reading and then writing inside one unit cannot lose an update; on PostgreSQL repositories lock the rows they change, in the order that
docs/architecture.md names, with locks that let others write rows that point to them (``FOR NO KEY UPDATE``).

``run(work)`` is for units that lock several things: the database ends one of two that wait for each other, and that one is done again, once.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from ls_expert_plugin.errors import Busy
from ls_expert_plugin.storage.encryption.sealed_columns import KeyRing, use_keys
from ls_expert_plugin.storage.engine import ONLY_READS, make_engine
from ls_expert_plugin.storage.locks.mutexes import HeldLease, Mutex, exclusively, hold, mutex
from ls_expert_plugin.storage.repositories.operations.leases import LEASE_TTL

if TYPE_CHECKING:
    from ls_expert_plugin.storage.repositories.operations.instances import Instances
    from ls_expert_plugin.storage.repositories.operations.leases import Leases
    from ls_expert_plugin.storage.repositories.operations.llm_usage import Usage
    from ls_expert_plugin.storage.repositories.operations.notifications import Notifications
    from ls_expert_plugin.storage.repositories.operations.overview import Overview
    from ls_expert_plugin.storage.repositories.operations.scheduled_jobs import ScheduledJobs
    from ls_expert_plugin.storage.repositories.outbox.directory_hold import DirectoryHolds
    from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import OutboxEpochs
    from ls_expert_plugin.storage.repositories.outbox.outbox_events import Events
    from ls_expert_plugin.storage.repositories.people.consents import Consents
    from ls_expert_plugin.storage.repositories.people.erasures import Erasures
    from ls_expert_plugin.storage.repositories.people.fairness import Fairness
    from ls_expert_plugin.storage.repositories.people.handoffs import Handoffs
    from ls_expert_plugin.storage.repositories.people.people import People
    from ls_expert_plugin.storage.repositories.people.portal_sessions import PortalSessions
    from ls_expert_plugin.storage.repositories.prelabels.examples import Examples
    from ls_expert_plugin.storage.repositories.prelabels.predictions import MlProjects, Prelabels, PrelabelScores
    from ls_expert_plugin.storage.repositories.prelabels.prelabel_metrics import PrelabelFigures
    from ls_expert_plugin.storage.repositories.prelabels.prelabel_runs import PrelabelRuns
    from ls_expert_plugin.storage.repositories.prelabels.training_progress import TrainingProgress
    from ls_expert_plugin.storage.repositories.review.assignments import Assignments
    from ls_expert_plugin.storage.repositories.review.dossier_looks import DossierLooks
    from ls_expert_plugin.storage.repositories.review.private_notes import PrivateNotes
    from ls_expert_plugin.storage.repositories.review.reason_templates import ReasonTemplates
    from ls_expert_plugin.storage.repositories.routing.candidates import Candidates
    from ls_expert_plugin.storage.repositories.routing.control_tasks import ControlCounts
    from ls_expert_plugin.storage.repositories.routing.memberships import Memberships
    from ls_expert_plugin.storage.repositories.routing.project_connections import ProjectConnections
    from ls_expert_plugin.storage.repositories.routing.projects import Projects
    from ls_expert_plugin.storage.repositories.routing.requirement_history import RequirementHistory
    from ls_expert_plugin.storage.repositories.routing.task_assignments import TaskAssignments
    from ls_expert_plugin.storage.repositories.vetting.add_ons import AddOns
    from ls_expert_plugin.storage.repositories.vetting.claims import Claims
    from ls_expert_plugin.storage.repositories.vetting.interviews import Interviews
    from ls_expert_plugin.storage.repositories.vetting.knowledge_tests import Sittings
    from ls_expert_plugin.storage.repositories.vetting.recheck_facts import RecheckFacts
    from ls_expert_plugin.storage.repositories.vetting.reminders import Reminders
    from ls_expert_plugin.storage.repositories.vetting.resumes import Resumes
    from ls_expert_plugin.storage.repositories.vetting.reviews import Reviews
    from ls_expert_plugin.storage.repositories.vetting.signals import Signals
    from ls_expert_plugin.storage.repositories.vetting.suggestions import Suggestions
    from ls_expert_plugin.storage.repositories.vetting.verifications import Verifications

T = TypeVar("T")
logger = logging.getLogger(__name__)

# SQLSTATE: serialization failure, deadlock; and a lock that was not to be had in time.
_AGAIN = frozenset({"40001", "40P01"})
_LOCK_TIMEOUT = "55P03"
_BUSY = "Somebody else is changing the same thing at this moment, and it takes long. Nothing of this was changed. Try again in a minute."


class UnitOfWork:
    """Unit of work: one transaction with all repositories. Repositories are made when first asked for."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def people(self) -> People:
        from ls_expert_plugin.storage.repositories.people.people import People

        return People(self.session)

    @cached_property
    def add_ons(self) -> AddOns:
        from ls_expert_plugin.storage.repositories.vetting.add_ons import AddOns

        return AddOns(self.session)

    @cached_property
    def handoffs(self) -> Handoffs:
        from ls_expert_plugin.storage.repositories.people.handoffs import Handoffs

        return Handoffs(self.session)

    @cached_property
    def portal_sessions(self) -> PortalSessions:
        from ls_expert_plugin.storage.repositories.people.portal_sessions import PortalSessions

        return PortalSessions(self.session)

    @cached_property
    def consents(self) -> Consents:
        from ls_expert_plugin.storage.repositories.people.consents import Consents

        return Consents(self.session)

    @cached_property
    def control(self) -> ControlCounts:
        from ls_expert_plugin.storage.repositories.routing.control_tasks import ControlCounts

        return ControlCounts(self.session)

    @cached_property
    def prelabels(self) -> Prelabels:
        from ls_expert_plugin.storage.repositories.prelabels.predictions import Prelabels

        return Prelabels(self.session)

    @cached_property
    def prelabel_scores(self) -> PrelabelScores:
        from ls_expert_plugin.storage.repositories.prelabels.predictions import PrelabelScores

        return PrelabelScores(self.session)

    @cached_property
    def ml_projects(self) -> MlProjects:
        from ls_expert_plugin.storage.repositories.prelabels.predictions import MlProjects

        return MlProjects(self.session)

    @cached_property
    def usage(self) -> Usage:
        from ls_expert_plugin.storage.repositories.operations.llm_usage import Usage

        return Usage(self.session)

    @cached_property
    def prelabel_figures(self) -> PrelabelFigures:
        from ls_expert_plugin.storage.repositories.prelabels.prelabel_metrics import PrelabelFigures

        return PrelabelFigures(self.session)

    @cached_property
    def prelabel_runs(self) -> PrelabelRuns:
        from ls_expert_plugin.storage.repositories.prelabels.prelabel_runs import PrelabelRuns

        return PrelabelRuns(self.session)

    @cached_property
    def notifications(self) -> Notifications:
        from ls_expert_plugin.storage.repositories.operations.notifications import Notifications

        return Notifications(self.session)

    @cached_property
    def erasures(self) -> Erasures:
        from ls_expert_plugin.storage.repositories.people.erasures import Erasures

        return Erasures(self.session)

    @cached_property
    def fairness(self) -> Fairness:
        from ls_expert_plugin.storage.repositories.people.fairness import Fairness

        return Fairness(self.session)

    @cached_property
    def assignments(self) -> Assignments:
        from ls_expert_plugin.storage.repositories.review.assignments import Assignments

        return Assignments(self.session)

    @cached_property
    def private_notes(self) -> PrivateNotes:
        from ls_expert_plugin.storage.repositories.review.private_notes import PrivateNotes

        return PrivateNotes(self.session)

    @cached_property
    def dossier_looks(self) -> DossierLooks:
        from ls_expert_plugin.storage.repositories.review.dossier_looks import DossierLooks

        return DossierLooks(self.session)

    @cached_property
    def reason_templates(self) -> ReasonTemplates:
        from ls_expert_plugin.storage.repositories.review.reason_templates import ReasonTemplates

        return ReasonTemplates(self.session)

    @cached_property
    def claims(self) -> Claims:
        from ls_expert_plugin.storage.repositories.vetting.claims import Claims

        return Claims(self.session)

    @cached_property
    def signals(self) -> Signals:
        from ls_expert_plugin.storage.repositories.vetting.signals import Signals

        return Signals(self.session)

    @cached_property
    def sittings(self) -> Sittings:
        from ls_expert_plugin.storage.repositories.vetting.knowledge_tests import Sittings

        return Sittings(self.session)

    @cached_property
    def suggestions(self) -> Suggestions:
        from ls_expert_plugin.storage.repositories.vetting.suggestions import Suggestions

        return Suggestions(self.session)

    @cached_property
    def verifications(self) -> Verifications:
        from ls_expert_plugin.storage.repositories.vetting.verifications import Verifications

        return Verifications(self.session)

    @cached_property
    def reviews(self) -> Reviews:
        from ls_expert_plugin.storage.repositories.vetting.reviews import Reviews

        return Reviews(self.session)

    @cached_property
    def resumes(self) -> Resumes:
        from ls_expert_plugin.storage.repositories.vetting.resumes import Resumes

        return Resumes(self.session)

    @cached_property
    def recheck_facts(self) -> RecheckFacts:
        from ls_expert_plugin.storage.repositories.vetting.recheck_facts import RecheckFacts

        return RecheckFacts(self.session)

    @cached_property
    def reminders(self) -> Reminders:
        from ls_expert_plugin.storage.repositories.vetting.reminders import Reminders

        return Reminders(self.session)

    @cached_property
    def interviews(self) -> Interviews:
        from ls_expert_plugin.storage.repositories.vetting.interviews import Interviews

        return Interviews(self.session)

    @cached_property
    def candidates(self) -> Candidates:
        from ls_expert_plugin.storage.repositories.routing.candidates import Candidates

        return Candidates(self.session)

    @cached_property
    def project_connections(self) -> ProjectConnections:
        from ls_expert_plugin.storage.repositories.routing.project_connections import ProjectConnections

        return ProjectConnections(self.session)

    @cached_property
    def requirement_history(self) -> RequirementHistory:
        from ls_expert_plugin.storage.repositories.routing.requirement_history import RequirementHistory

        return RequirementHistory(self.session)

    @cached_property
    def projects(self) -> Projects:
        from ls_expert_plugin.storage.repositories.routing.projects import Projects

        return Projects(self.session)

    @cached_property
    def memberships(self) -> Memberships:
        from ls_expert_plugin.storage.repositories.routing.memberships import Memberships

        return Memberships(self.session)

    @cached_property
    def task_assignments(self) -> TaskAssignments:
        from ls_expert_plugin.storage.repositories.routing.task_assignments import TaskAssignments

        return TaskAssignments(self.session)

    @cached_property
    def events(self) -> Events:
        from ls_expert_plugin.storage.repositories.outbox.outbox_events import Events

        return Events(self.session)

    @cached_property
    def outbox_epochs(self) -> OutboxEpochs:
        from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import OutboxEpochs

        return OutboxEpochs(self.session)

    @cached_property
    def directory_holds(self) -> DirectoryHolds:
        from ls_expert_plugin.storage.repositories.outbox.directory_hold import DirectoryHolds

        return DirectoryHolds(self.session)

    @cached_property
    def examples(self) -> Examples:
        from ls_expert_plugin.storage.repositories.prelabels.examples import Examples

        return Examples(self.session)

    @cached_property
    def instances(self) -> Instances:
        from ls_expert_plugin.storage.repositories.operations.instances import Instances

        return Instances(self.session)

    @cached_property
    def leases(self) -> Leases:
        from ls_expert_plugin.storage.repositories.operations.leases import Leases

        return Leases(self.session)

    @cached_property
    def overview(self) -> Overview:
        from ls_expert_plugin.storage.repositories.operations.overview import Overview

        return Overview(self.session)

    @cached_property
    def scheduled_jobs(self) -> ScheduledJobs:
        from ls_expert_plugin.storage.repositories.operations.scheduled_jobs import ScheduledJobs

        return ScheduledJobs(self.session)

    @cached_property
    def training_progress(self) -> TrainingProgress:
        from ls_expert_plugin.storage.repositories.prelabels.training_progress import TrainingProgress

        return TrainingProgress(self.session)


class Database:
    """The service's database, safe to share between threads; each ``begin()`` is a session. Safe to share between threads; each ``begin()`` is its own session.

    ``encryption_keys``: what people told us is sealed with the first, and opened with all. ``connections``: as many as there are threads, so that
    a page that only reads never waits for those that wait for a lock. ``lock_timeout_s``: where somebody waits for the answer, a unit on
    PostgreSQL waits so long for each lock, then raises ``Busy``; on SQLite it is ``engine.SQLITE_BUSY_TIMEOUT_S`` for everybody.
    """

    def __init__(
        self, database_url: str, encryption_keys: Sequence[str] = (), *, connections: int = 5, lock_timeout_s: float | None = None
    ) -> None:
        self.engine = make_engine(database_url, connections)
        use_keys(self.engine, KeyRing(encryption_keys))
        self.is_postgresql = self.engine.dialect.name == "postgresql"
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._lock_timeout_ms = round(lock_timeout_s * 1000) if lock_timeout_s is not None and self.is_postgresql else None

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """One transaction: commits on the way out, rolls back on an exception. Raises ``Busy`` where ``lock_timeout_s`` is set."""
        try:
            with self._sessions.begin() as session:
                if self._lock_timeout_ms is not None:
                    session.execute(text(f"SET LOCAL lock_timeout = {self._lock_timeout_ms}"))
                yield UnitOfWork(session)
        except DBAPIError as problem:
            if _sqlstate(problem) != _LOCK_TIMEOUT:
                raise
            raise Busy(_BUSY) from problem

    def run(self, work: Callable[[UnitOfWork], T]) -> T:
        """``work`` in one transaction; done again, once, when the database ended it because it and another waited for each other.

        So ``work`` changes nothing but through the unit. Raises as ``begin``.
        """
        try:
            with self.begin() as unit:
                return work(unit)
        except DBAPIError as problem:
            if _sqlstate(problem) not in _AGAIN:
                raise
            logger.warning("a unit of work is done again: %s", type(problem.orig).__name__)
        with self.begin() as unit:
            return work(unit)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """One transaction that only reads: it waits for no writer, and on SQLite keeps none waiting.

        Writing in it is an error of the database's (``DBAPIError``), not a change that silently gets lost.
        """
        with self._sessions() as session:
            session.connection(execution_options={ONLY_READS: True, "postgresql_readonly": True} if self.is_postgresql else {ONLY_READS: True})
            yield UnitOfWork(session)

    @contextmanager
    def push_turn(self) -> Iterator[bool]:
        """Whether nobody else on this database pushes, until the block ends. On SQLite, where all is on one machine, always.

        The transaction around it holds an advisory lock and no row, and has no snapshot: it is in nobody's way while the network is waited for.
        """
        if not self.is_postgresql:
            yield True
            return
        with self.read() as unit:
            yield unit.memberships.try_push_turn()

    def hold(self, name: str, ttl: dt.timedelta = LEASE_TTL) -> AbstractContextManager[HeldLease | None]:
        """The lease of a job that costs or sends, renewed until the block ends. None: somebody else holds it."""
        return hold(self, name, ttl)

    def exclusively(self, name: str) -> AbstractContextManager[bool]:
        """Run a job on one machine at a time, and once on each. False: it runs already."""
        return exclusively(self, name)

    def mutex(self, name: str) -> Mutex:
        """A mutex of this name, to be acquired again and again while it is held."""
        return mutex(self, name)

    def close(self) -> None:
        """Close the pool and give its connections back."""
        self.engine.dispose()


def _sqlstate(problem: DBAPIError) -> str | None:
    return getattr(problem.orig, "sqlstate", None)
