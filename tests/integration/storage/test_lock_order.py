"""Locks, on PostgreSQL: whoever changes something about the same people at the same time waits for the other, and never in a circle."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import event, text

from ls_expert_plugin.errors import ExpertError, LabelStudioError
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.learned.score_calibration import Calibration
from ls_expert_plugin.ml_backend.serving.single_flight import PredictionKey
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.requirements.editing import apply
from ls_expert_plugin.routing.values import Rules
from ls_expert_plugin.storage.prediction_cache import StoredPredictionCache
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting.evidence.authenticity_signals import Similar
from ls_expert_plugin.vetting.privacy import retention
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.profile.values import Resume
from ls_expert_plugin.vetting.review.decisions import actions
from tests.support.adversarial.interleaving import LOCKS, Order, at_each_statement, find_deadlocks_soon, run_order
from tests.support.adversarial.races import at_each_gap, few
from tests.support.builders.lock_scene import ACTIONS, LICENCE, Scene, refresh_candidate, revoke, scene
from tests.support.builders.routing import DAY, NOW, PACKS, inside, person, project, recompute, stand, wanted
from tests.support.builders.vetting_case import at_once, overlapping
from tests.support.clients.portal import CANDIDATE, Portal
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.service_database import postgresql_with_tables

ROW = r"FROM {} .*FOR (NO KEY )?UPDATE"
# All of them take some five hours on a busy machine.
PARTS = 30
PAIRS_OF_THE_DAY = [
    (act, beside) for number, (act, beside) in enumerate(itertools.product(sorted(ACTIONS), repeat=2))
    if (number + number // len(ACTIONS)) % PARTS == dt.datetime.now(dt.timezone.utc).toordinal() % PARTS
]


@pytest.fixture
def locking(postgresql: PostgresServer) -> Iterator[Database]:
    """A store on PostgreSQL, which looks for deadlocks at once."""
    with closing(_locking(postgresql)) as store:
        yield store


def _locking(postgresql: PostgresServer) -> Database:
    store = Database(postgresql_with_tables(postgresql))
    find_deadlocks_soon(store)
    return store


def _beside(case: Scene, act: str, beside: str, halted_after: int = 1, after: str = LOCKS) -> Order:
    order = run_order(case.store, lambda: ACTIONS[act](case), lambda: ACTIONS[beside](case), halted_after, after)
    assert order.deadlocks == [], f"{act}, halted after statement {halted_after}, and {beside} wait for each other"
    assert order.unexpected(ExpertError) == [], f"{act}, halted after statement {halted_after}, beside {beside}"
    assert not any(isinstance(one, LabelStudioError) for one in order.errors), f"{act} or {beside} ended before it did anything: {order.errors}"
    return order


@few(8)
@example(act="change_licence", beside="erase", halted_after=1)  # its ledger got a line between the two deletions
@given(act=st.sampled_from(sorted(ACTIONS)), beside=st.sampled_from(sorted(ACTIONS)), halted_after=st.integers(1, 25))
def test_no_two_actions_ever_wait_for_each_other(locking: Database, act: str, beside: str, halted_after: int) -> None:
    """Decisions, erasure, pushes, consent, the outbox and jobs: one halts anywhere, the other goes as far as it can."""
    order = _beside(scene(locking), act, beside, halted_after)
    assert (order.deadlocks, order.unexpected(ExpertError)) == ([], [])


@pytest.mark.release("a thirtieth of every two of them, at every statement that takes a lock: some hundred orders")
@pytest.mark.slow("a case for each statement that takes a lock")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("act", "beside"), PAIRS_OF_THE_DAY)
def test_no_two_actions_wait_for_each_other_at_any_statement(locking: Database, act: str, beside: str) -> None:
    """The same at every statement of these two. Thirty days in a row try every two."""
    statements = next(number for number in itertools.count(1) if _beside(scene(locking), act, beside, number).is_over)
    assert statements > 1, f"{act} takes no lock, so nothing was tried beside it"


@pytest.mark.release("a minute of everybody at once")
@pytest.mark.slow("a minute of everybody at once")
def test_everybody_at_once_never_waits_in_a_circle(locking: Database) -> None:
    """Six at a time, as threads happen to run."""
    ended: list[str] = []
    event.listen(
        locking.engine, "handle_error",
        lambda context: ended.append(str(context.statement)) if getattr(context.original_exception, "sqlstate", "") == "40P01" else None,
    )
    names = sorted(ACTIONS)
    for start in range(40):
        case = scene(locking)
        chosen = [names[(start * 5 + offset * 3) % len(names)] for offset in range(6)]
        for name, result in zip(chosen, at_once(*(lambda name=name, case=case: ACTIONS[name](case) for name in chosen)), strict=True):  # type: ignore[misc]
            assert result is None or isinstance(result, ExpertError), (name, result)
    assert ended == []


def test_a_decision_and_an_erasure_of_the_same_person_pass_each_other(locking: Database) -> None:
    """The decision has the verification and notes that the person is due; the erasure has the person and wants the verification."""
    order = _beside(scene(locking), "erase", "verify", after=ROW.format("person"))
    assert not order.is_over and order.waited


def test_a_place_is_given_to_somebody_who_is_being_recomputed(locking: Database) -> None:
    """One has the project with places and tells the next in line; the other has the next in line and wants the project."""
    case = scene(locking)
    with locking.begin() as unit:
        stand(unit, case.candidate.ls_user_id, "verified")
    order = run_order(locking, lambda: revoke(case), lambda: refresh_candidate(case), 1, ROW.format("project"))
    assert order.waited and order.deadlocks == [] and order.errors == []
    assert inside(locking, case.limited) == {case.candidate.ls_user_id}


def test_a_push_and_a_decision_mark_rules_and_memberships_in_one_order(locking: Database) -> None:
    """The push has marked a project's rules and goes on to its memberships; the decision ends memberships of that project and others."""
    case = scene(locking)
    with locking.begin() as unit:
        apply(unit, {case.limited: wanted(max_experts=1, rules=Rules(shows_others_work=True))}, RoutingContext(PACKS, NOW))
    order = run_order(locking, case.routing.push_once, lambda: revoke(case), 1, r"^UPDATE project SET rules_pushed")
    assert order.waited and order.deadlocks == [] and order.errors == []


def test_a_decision_and_a_push_write_memberships_in_one_order(locking: Database) -> None:
    """Projects with places come after the others in a decision, and anywhere in a push."""
    case = scene(locking)
    order = run_order(locking, lambda: revoke(case), case.routing.push_once, 1, "^UPDATE membership")
    assert not order.is_over and order.deadlocks == [] and order.errors == []


def test_of_two_that_wait_for_each_other_one_is_done_again(locking: Database) -> None:
    """Whatever order of locks somebody finds: both are done in the end, and the second try is the last."""
    with locking.begin() as unit:
        person(unit, 1)
        person(unit, 2)
    both, tries = threading.Barrier(2), list[int]()

    def work(unit: UnitOfWork, first: int, second: int) -> None:
        tries.append(first)
        unit.people.lock(first)
        if len(tries) <= 2:
            both.wait(30)
        unit.people.lock(second)

    assert at_once(lambda: locking.run(lambda unit: work(unit, 1, 2)), lambda: locking.run(lambda unit: work(unit, 2, 1))) == [None, None]
    assert len(tries) == 3


def test_a_decision_that_comes_while_a_person_is_recomputed_is_never_undone(locking: Database) -> None:
    """Read before, written after: whoever was revoked and recomputed meanwhile has no access in the end."""
    read = 0
    for case, order in at_each_statement(
        locking, lambda: scene(locking), lambda case: case.store.run(lambda unit: recompute(unit, case.holder.ls_user_id)), revoke, "SELECT"
    ):
        assert order.errors == [], order
        assert inside(locking, case.limited) == set() and inside(locking, case.open) == set(), order
        read += 1
    assert read > 5


def test_a_recompute_of_everybody_lets_decisions_in_and_loses_none(tmp_path: Path) -> None:
    """It takes turns; in each gap between them somebody is verified and somebody is revoked."""

    def prepare(store: Database) -> Database:
        with store.begin() as unit:
            for where in range(1, 121):
                project(unit, where)
                unit.projects.set_requirement(where, wanted().requirement, NOW)
            stand(unit, 1)
            stand(unit, 2)
        return store

    def decide(store: Database) -> None:
        with store.begin() as unit:
            stand(unit, 2, "revoked")
            stand(unit, 3)
        with store.begin() as unit:
            recompute(unit, 2, 3)

    cases = 0
    for store in at_each_gap(tmp_path, prepare, lambda store: memberships.recompute_all(store, RoutingContext(PACKS, NOW), turn_s=0), decide):
        assert all(inside(store, where) == {1, 3} for where in (1, 60, 120))
        with store.read() as unit:
            assert not memberships.differing(unit, RoutingContext(PACKS, NOW))
        cases += 1
    assert cases == 1 + 3 + 1, "what there is, three turns, and what is done"


def test_an_answer_that_is_found_to_repeat_one_that_is_being_erased(locking: Database) -> None:
    """The erasure waits, and what was just noted about the answer goes with it."""
    case = scene(locking)
    with locking.begin() as unit:
        turns = [
            unit.interviews.add_turn(
                unit.interviews.add(one.id, 1, NOW).id, 1, "candidate", "I asked, then I wrote it down.", question_id="q", competency=None, worded_by="",
                now=NOW,
            ).id for one in (case.verification, case.held)
        ]
    again = [Similar(turns[0], turns[1], 0.9)]

    def note() -> None:
        with locking.begin() as unit:
            unit.signals.set_similar(again)

    order = run_order(locking, note, lambda: ACTIONS["erase_holder"](case), 1, "INSERT INTO similar_turn")
    assert order.waited and order.deadlocks == [] and order.errors == []


def test_retention_that_waits_goes_by_what_it_waited_for(locking: Database) -> None:
    """Somebody whose time is over begins anew while the job stands before the lock: nothing of theirs is removed."""
    case = scene(locking)
    with locking.begin() as unit:
        actions.revoke(unit, case.manager, case.held.id, "It is over.", NOW)
        forms.add(unit, case.holder, "licence", LICENCE, NOW)

    job = threading.Thread(target=retention.enforce, args=(locking, 10, NOW + 400 * DAY))
    with locking.begin() as unit:
        unit.people.lock(case.holder.ls_user_id)
        stand(unit, case.holder.ls_user_id, "interested", at=NOW + 400 * DAY)
        job.start()
        job.join(timeout=0.2)  # long enough to get to the lock
    job.join(timeout=30)
    with locking.read() as unit:
        assert len(unit.claims.of(case.holder.id)) == 1


def test_retention_asks_in_a_few_statements_whoever_there_is(sqlite_store: Database) -> None:
    """Not two for each person."""
    with sqlite_store.begin() as unit:
        for who in range(1, 41):
            stand(unit, who)
    statements: list[str] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_: statements.append(statement))
    assert retention.enforce(sqlite_store, 10, NOW) == 0
    assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) == 3


# What is written where there is none: two who do it at once.

WRITTEN: dict[str, Callable[[UnitOfWork, Scene], object]] = {
    "a resume": lambda unit, case: unit.resumes.set(case.holder.id, Resume("cv.pdf", "pdf", b"%PDF", "Counsel", True, NOW)),
    "voluntary answers": lambda unit, case: unit.fairness.set_answers(case.holder.id, {"age": "30_44"}, NOW),
    "figures": lambda unit, case: unit.prelabel_figures.ask(case.open, 3, NOW),
    "what scores are worth": lambda unit, case: unit.prelabel_scores.calibrate(case.open, "v1", Calibration(1.0, 0.0, 40, False), NOW),
    "an example set": lambda unit, case: unit.examples.add(ExampleSet(case.open, "v1", "<View/>", ()), NOW),
    "a pre-label": lambda unit, case: unit.prelabels.put({PredictionKey(case.open, 1, "v1", "x"): {"score": 0.5}}, NOW),
}


@pytest.mark.parametrize("what", sorted(WRITTEN))
def test_two_who_write_the_first_one_at_once_both_succeed(locking: Database, what: str) -> None:
    """The second waits for the first, and its values are those that stay."""
    case = scene(locking)
    result = overlapping(locking, lambda unit: WRITTEN[what](unit, case), lambda unit: WRITTEN[what](unit, case))
    assert not isinstance(result, Exception), result
    with locking.read() as unit:
        assert (unit.resumes.of(case.holder.id) is not None) == (what == "a resume")
        assert bool(unit.fairness.answers(case.holder.id)) == (what == "voluntary answers")
        assert (unit.prelabel_scores.calibration(case.open, "v1") is not None) == (what == "what scores are worth")
        assert len(unit.examples.versions(case.open)) == (what == "an example set")


# Pre-labels that are being made.


def _keys(count: int) -> list[PredictionKey]:
    return [PredictionKey(1, task, "v1", "x") for task in range(count)]


def test_keys_are_taken_in_one_order(sqlite_store: Database) -> None:
    """Whatever order they are asked for in: so two who take the same never wait in a circle."""
    StoredPredictionCache(sqlite_store, lambda: NOW).take(_keys(9)[::-1])
    with sqlite_store.read() as unit:
        assert [one[0] for one in unit.session.execute(text("SELECT ls_task_id FROM prelabel ORDER BY rowid"))] == list(range(9))


def test_what_was_taken_before_a_failure_is_given_back(sqlite_store: Database) -> None:
    """A page was taken, the next one failed: others may make them at once, not after a quarter of an hour."""
    calls = itertools.count()

    def clock() -> Any:
        if next(calls) == 1:
            raise OSError("no clock")
        return NOW

    with pytest.raises(OSError, match="no clock"):
        StoredPredictionCache(sqlite_store, clock).take(_keys(250))
    assert StoredPredictionCache(sqlite_store, lambda: NOW).take(_keys(250)) == ({}, set(_keys(250)))


# Somebody waits for the answer.


def test_a_request_that_has_to_wait_too_long_says_so_and_reading_goes_on(locking: Database) -> None:
    """503 with a sentence, and when to try again; pages that read wait for nobody. What was decided is kept."""
    with closing(Database(str(locking.engine.url), lock_timeout_s=0.05)) as store:
        portal = Portal(store)
        browser = portal.browser(CANDIDATE)
        browser.token()
        with locking.begin() as unit:
            unit.memberships.take_turn(alone=True)
            assert unit.people.lock(CANDIDATE) is not None
            assert browser.get("/").status_code == 200
            refused = browser.send("/consent/matching", agreed="yes", version="1")
            assert not portal.routing.refresh(CANDIDATE), "left to the sweep"
        assert refused.status_code == 503 and "Somebody else is changing the same thing" in refused.text and refused.headers["Retry-After"]
        assert browser.send("/consent/matching", agreed="yes", version="1").status_code == 303


def test_more_may_wait_than_the_pool_of_old_held(tmp_path: Path) -> None:
    """As many connections as threads: a page that only reads gets one while all others wait."""
    with closing(Database(f"sqlite:///{tmp_path / 'pool.sqlite3'}", connections=64)) as store, ExitStack() as held:
        for _ in range(64):
            held.enter_context(store.read())
        with store.read() as unit:
            assert unit.people.all_ls_user_ids is not None
