"""The one way in: ``Database`` owns the engine, ``UnitOfWork`` is one transaction with the repositories on it.

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
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from ls_expert_plugin.errors import Busy
from ls_expert_plugin.private_files import database_files, restrict
from ls_expert_plugin.storage.encryption import KeyRing, use_keys
from ls_expert_plugin.storage.mutexes import HeldLease, Mutex, exclusively, hold, mutex
from ls_expert_plugin.storage.repositories.leases import LEASE_TTL

if TYPE_CHECKING:
    from ls_expert_plugin.storage.repositories.add_ons import AddOns
    from ls_expert_plugin.storage.repositories.candidates import Candidates
    from ls_expert_plugin.storage.repositories.claims import Claims
    from ls_expert_plugin.storage.repositories.consents import Consents
    from ls_expert_plugin.storage.repositories.control_tasks import ControlCounts
    from ls_expert_plugin.storage.repositories.erasures import Erasures
    from ls_expert_plugin.storage.repositories.examples import Examples
    from ls_expert_plugin.storage.repositories.fairness import Fairness
    from ls_expert_plugin.storage.repositories.handoffs import Handoffs
    from ls_expert_plugin.storage.repositories.instances import Instances
    from ls_expert_plugin.storage.repositories.interviews import Interviews
    from ls_expert_plugin.storage.repositories.knowledge_tests import Sittings
    from ls_expert_plugin.storage.repositories.leases import Leases
    from ls_expert_plugin.storage.repositories.llm_usage import Usage
    from ls_expert_plugin.storage.repositories.memberships import Memberships
    from ls_expert_plugin.storage.repositories.notifications import Notifications
    from ls_expert_plugin.storage.repositories.outbox_epochs import OutboxEpochs
    from ls_expert_plugin.storage.repositories.outbox_events import Events
    from ls_expert_plugin.storage.repositories.people import People
    from ls_expert_plugin.storage.repositories.portal_sessions import PortalSessions
    from ls_expert_plugin.storage.repositories.predictions import MlProjects, Prelabels, PrelabelScores
    from ls_expert_plugin.storage.repositories.prelabel_metrics import PrelabelFigures
    from ls_expert_plugin.storage.repositories.prelabel_runs import PrelabelRuns
    from ls_expert_plugin.storage.repositories.projects import Projects
    from ls_expert_plugin.storage.repositories.recheck_facts import RecheckFacts
    from ls_expert_plugin.storage.repositories.reminders import Reminders
    from ls_expert_plugin.storage.repositories.resumes import Resumes
    from ls_expert_plugin.storage.repositories.reviews import Reviews
    from ls_expert_plugin.storage.repositories.scheduled_jobs import ScheduledJobs
    from ls_expert_plugin.storage.repositories.signals import Signals
    from ls_expert_plugin.storage.repositories.suggestions import Suggestions
    from ls_expert_plugin.storage.repositories.training_progress import TrainingProgress
    from ls_expert_plugin.storage.repositories.verifications import Verifications

T = TypeVar("T")
logger = logging.getLogger(__name__)

SQLITE_BUSY_TIMEOUT_S = 15
# Connections for units that are begun while another one of the same thread is open, such as the log of calls.
SPARE_CONNECTIONS = 10
_READS = "ls_expert_only_reads"
# SQLSTATE: serialization failure, deadlock; and a lock that was not to be had in time.
_AGAIN = frozenset({"40001", "40P01"})
_LOCK_TIMEOUT = "55P03"
_BUSY = "Somebody else is changing the same thing at this moment, and it takes long. Nothing of this was changed. Try again in a minute."


class UnitOfWork:
    """One transaction. Repositories are made when first asked for."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def people(self) -> People:
        from ls_expert_plugin.storage.repositories.people import People

        return People(self.session)

    @cached_property
    def add_ons(self) -> AddOns:
        from ls_expert_plugin.storage.repositories.add_ons import AddOns

        return AddOns(self.session)

    @cached_property
    def handoffs(self) -> Handoffs:
        from ls_expert_plugin.storage.repositories.handoffs import Handoffs

        return Handoffs(self.session)

    @cached_property
    def portal_sessions(self) -> PortalSessions:
        from ls_expert_plugin.storage.repositories.portal_sessions import PortalSessions

        return PortalSessions(self.session)

    @cached_property
    def consents(self) -> Consents:
        from ls_expert_plugin.storage.repositories.consents import Consents

        return Consents(self.session)

    @cached_property
    def control(self) -> ControlCounts:
        from ls_expert_plugin.storage.repositories.control_tasks import ControlCounts

        return ControlCounts(self.session)

    @cached_property
    def prelabels(self) -> Prelabels:
        from ls_expert_plugin.storage.repositories.predictions import Prelabels

        return Prelabels(self.session)

    @cached_property
    def prelabel_scores(self) -> PrelabelScores:
        from ls_expert_plugin.storage.repositories.predictions import PrelabelScores

        return PrelabelScores(self.session)

    @cached_property
    def ml_projects(self) -> MlProjects:
        from ls_expert_plugin.storage.repositories.predictions import MlProjects

        return MlProjects(self.session)

    @cached_property
    def usage(self) -> Usage:
        from ls_expert_plugin.storage.repositories.llm_usage import Usage

        return Usage(self.session)

    @cached_property
    def prelabel_figures(self) -> PrelabelFigures:
        from ls_expert_plugin.storage.repositories.prelabel_metrics import PrelabelFigures

        return PrelabelFigures(self.session)

    @cached_property
    def prelabel_runs(self) -> PrelabelRuns:
        from ls_expert_plugin.storage.repositories.prelabel_runs import PrelabelRuns

        return PrelabelRuns(self.session)

    @cached_property
    def notifications(self) -> Notifications:
        from ls_expert_plugin.storage.repositories.notifications import Notifications

        return Notifications(self.session)

    @cached_property
    def erasures(self) -> Erasures:
        from ls_expert_plugin.storage.repositories.erasures import Erasures

        return Erasures(self.session)

    @cached_property
    def fairness(self) -> Fairness:
        from ls_expert_plugin.storage.repositories.fairness import Fairness

        return Fairness(self.session)

    @cached_property
    def claims(self) -> Claims:
        from ls_expert_plugin.storage.repositories.claims import Claims

        return Claims(self.session)

    @cached_property
    def signals(self) -> Signals:
        from ls_expert_plugin.storage.repositories.signals import Signals

        return Signals(self.session)

    @cached_property
    def sittings(self) -> Sittings:
        from ls_expert_plugin.storage.repositories.knowledge_tests import Sittings

        return Sittings(self.session)

    @cached_property
    def suggestions(self) -> Suggestions:
        from ls_expert_plugin.storage.repositories.suggestions import Suggestions

        return Suggestions(self.session)

    @cached_property
    def verifications(self) -> Verifications:
        from ls_expert_plugin.storage.repositories.verifications import Verifications

        return Verifications(self.session)

    @cached_property
    def reviews(self) -> Reviews:
        from ls_expert_plugin.storage.repositories.reviews import Reviews

        return Reviews(self.session)

    @cached_property
    def resumes(self) -> Resumes:
        from ls_expert_plugin.storage.repositories.resumes import Resumes

        return Resumes(self.session)

    @cached_property
    def recheck_facts(self) -> RecheckFacts:
        from ls_expert_plugin.storage.repositories.recheck_facts import RecheckFacts

        return RecheckFacts(self.session)

    @cached_property
    def reminders(self) -> Reminders:
        from ls_expert_plugin.storage.repositories.reminders import Reminders

        return Reminders(self.session)

    @cached_property
    def interviews(self) -> Interviews:
        from ls_expert_plugin.storage.repositories.interviews import Interviews

        return Interviews(self.session)

    @cached_property
    def candidates(self) -> Candidates:
        from ls_expert_plugin.storage.repositories.candidates import Candidates

        return Candidates(self.session)

    @cached_property
    def projects(self) -> Projects:
        from ls_expert_plugin.storage.repositories.projects import Projects

        return Projects(self.session)

    @cached_property
    def memberships(self) -> Memberships:
        from ls_expert_plugin.storage.repositories.memberships import Memberships

        return Memberships(self.session)

    @cached_property
    def events(self) -> Events:
        from ls_expert_plugin.storage.repositories.outbox_events import Events

        return Events(self.session)

    @cached_property
    def outbox_epochs(self) -> OutboxEpochs:
        from ls_expert_plugin.storage.repositories.outbox_epochs import OutboxEpochs

        return OutboxEpochs(self.session)

    @cached_property
    def examples(self) -> Examples:
        from ls_expert_plugin.storage.repositories.examples import Examples

        return Examples(self.session)

    @cached_property
    def instances(self) -> Instances:
        from ls_expert_plugin.storage.repositories.instances import Instances

        return Instances(self.session)

    @cached_property
    def leases(self) -> Leases:
        from ls_expert_plugin.storage.repositories.leases import Leases

        return Leases(self.session)

    @cached_property
    def scheduled_jobs(self) -> ScheduledJobs:
        from ls_expert_plugin.storage.repositories.scheduled_jobs import ScheduledJobs

        return ScheduledJobs(self.session)

    @cached_property
    def training_progress(self) -> TrainingProgress:
        from ls_expert_plugin.storage.repositories.training_progress import TrainingProgress

        return TrainingProgress(self.session)


class Database:
    """The service's database. Safe to share between threads; each ``begin()`` is its own session.

    ``encryption_keys``: what people told us is sealed with the first, and opened with all. ``connections``: as many as there are threads, so that
    a page that only reads never waits for those that wait for a lock. ``lock_timeout_s``: where somebody waits for the answer, a unit on
    PostgreSQL waits so long for each lock, then raises ``Busy``; on SQLite it is ``SQLITE_BUSY_TIMEOUT_S`` for everybody.
    """

    def __init__(
        self, database_url: str, encryption_keys: Sequence[str] = (), *, connections: int = 5, lock_timeout_s: float | None = None
    ) -> None:
        self.engine = _engine(database_url, connections)
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
            session.connection(execution_options={_READS: True, "postgresql_readonly": True} if self.is_postgresql else {_READS: True})
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
        """Give the connections back."""
        self.engine.dispose()


def _sqlstate(problem: DBAPIError) -> str | None:
    return getattr(problem.orig, "sqlstate", None)


def _engine(database_url: str, connections: int) -> Engine:
    pool: dict[str, Any] = {"pool_size": connections, "max_overflow": SPARE_CONNECTIONS}
    if not database_url.startswith("sqlite"):
        return create_engine(database_url, pool_pre_ping=True, **pool)
    name = make_url(database_url).database
    path = Path(name) if name and name != ":memory:" else None  # in memory, a thread has one connection, and there is no pool
    engine = create_engine(database_url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_S}, **(pool if path else {}))
    if path is not None and path.exists():
        for one in database_files(path):
            restrict(one)

    @event.listens_for(engine, "connect")
    def _on_connect(connection, _record) -> None:  # type: ignore[no-untyped-def]  # the driver's own connection
        if path is not None:
            restrict(path)  # before anything is written: SQLite gives what it makes beside it the same permissions
        connection.isolation_level = None  # we say BEGIN ourselves, below
        # FULL: what we have committed Label Studio forgets, so a power cut must not take it back; nor an erasure. It costs half a millisecond a commit.
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection) -> None:  # type: ignore[no-untyped-def]
        only_reads = connection.get_execution_options().get(_READS, False)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if only_reads else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")

    return engine
