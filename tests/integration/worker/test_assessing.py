"""Jobs that cost or send run once, whoever else was handed them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, update

from ls_expert_plugin.bootstrap import Components, assemble
from ls_expert_plugin.config import load
from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel
from ls_expert_plugin.ls_client.values import OutboxEvent
from ls_expert_plugin.ml_backend.batch import pipeline
from ls_expert_plugin.ml_backend.batch.run import GONE_AFTER
from ls_expert_plugin.ml_backend.learned.first_learning import learn_new_projects
from ls_expert_plugin.prelabels.batch_run import Heartbeat
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.llm_call_log import StoredCallLog
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.tables import AssessmentRow, VerificationRow
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.token_budget import UNKNOWN_TOKENS, subject_of
from ls_expert_plugin.worker.app import make_worker
from ls_expert_plugin.worker.assessing import assess_interview
from tests.integration.storage.locks.test_mutexes import fails_once
from tests.support.builders.routing import person, stand
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import NOW, graded_pack
from tests.support.clients.portal import SECRETS
from tests.support.fakes.openai_server import Behaviour, OpenAIServer, gives
from tests.support.servers.postgresql import free_port
from tests.support.waiting import until

GRADED = graded_pack()
PASSAGES: dict[str, list[str]] = {one.id: [] for one in GRADED.competencies}
LEVELS = {"competencies": {one.id: {"level": None, "quotes": []} for one in GRADED.competencies}, "red_flags": []}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Components]:
    """A worker's parts, on SQLite; no Label Studio answers."""
    settings = load({**SECRETS, "LS_EXPERT_DATA_DIR": str(tmp_path / "data"), "LS_EXPERT_LABEL_STUDIO_URL": f"http://127.0.0.1:{free_port()}"})
    settings.data_dir.mkdir()
    migrate(settings.database_url)
    parts = assemble(settings, queue=lambda name, **arguments: None)
    yield dataclasses.replace(parts, packs={"law": GRADED})
    parts.close()


def test_an_assessment_that_is_handed_over_again_while_it_runs_is_not_paid_twice(parts: Components, openai_server: OpenAIServer) -> None:
    """Two more workers come while the first waits for the model: four calls, and both leave."""
    case = Case(parts.store)
    interview = case.hold()
    log = StoredCallLog(parts.store, parts.clock)
    model = OpenAICompatibleModel("judge", api_key="none", base_url=openai_server.base_url, timeout_s=10, log=log)
    working = dataclasses.replace(parts, interview_model=model)
    asked, others_left = list[str](), threading.Event()

    def answer(request: dict[str, Any]) -> Behaviour:
        asked.append(request["messages"][0]["content"])
        if len(asked) == 1:
            for _ in range(2):
                assess_interview(working, interview.id)
            others_left.set()
        return gives(LEVELS if "levels" in asked[-1] else PASSAGES)

    openai_server.reply_with(answer)
    assess_interview(working, interview.id)
    assert others_left.is_set() and len(asked) == 4
    assess_interview(working, interview.id)
    assert len(asked) == 4, "and once it is done nobody asks again"
    assessment = case.dossier().assessment
    assert assessment is not None and (assessment.state, assessment.attempts) == ("done", 1)


def test_whose_tokens_are_spent_has_their_interview_searched_by_terms(parts: Components, openai_server: OpenAIServer) -> None:
    """The calls of the search are on the person's budget; spent, the model is not asked, and the dossier says why."""
    case = Case(parts.store)
    interview = case.hold()
    log = StoredCallLog(parts.store, parts.clock)
    model = OpenAICompatibleModel("judge", api_key="none", base_url=openai_server.base_url, timeout_s=10, log=log)
    openai_server.reply_with(lambda request: gives(LEVELS if "levels" in request["messages"][0]["content"] else PASSAGES))
    settings = dataclasses.replace(parts.settings, person_daily_tokens=1)
    working = dataclasses.replace(parts, interview_model=model, settings=settings, packs={"law": GRADED})
    now, secret = parts.clock(), parts.settings.secret_key
    assess_interview(working, interview.id)
    with parts.store.read() as unit:
        spent = unit.usage.tokens_of(subject_of(secret, case.person.id, now.date()), now - dt.timedelta(days=1), UNKNOWN_TOKENS)
    asked = len(openai_server.requests)
    assert asked == 4 and spent > 1
    with parts.store.begin() as unit:
        unit.session.execute(update(AssessmentRow).values(state="queued"))
        unit.session.execute(update(VerificationRow).values(status="assessing"))
    assess_interview(working, interview.id)
    assessment = case.dossier().assessment
    assert len(openai_server.requests) == asked and assessment is not None
    assert (assessment.state, "may cost a day was spent" in assessment.note) == ("done", True)


def test_an_assessment_whose_worker_is_gone_is_taken_over(parts: Components) -> None:
    """Once the lease of the one that was killed has run out."""
    case = Case(parts.store)
    interview = case.hold()
    with parts.store.begin() as unit:
        unit.leases.acquire(f"assessment:{interview.id}", parts.clock() + dt.timedelta(seconds=60))
    assess_interview(parts, interview.id)
    assert case.verification().status == "assessing"
    with parts.store.begin() as unit:
        unit.leases.acquire(f"assessment:{interview.id}", parts.clock() + dt.timedelta(days=1), -dt.timedelta(days=2))
    assess_interview(parts, interview.id)
    assert case.verification().status == "in_review"


def test_a_scheduled_job_leaves_it_to_the_machine_that_is_at_it(parts: Components, database_url_of_parts: Database) -> None:
    """The sweep of a second worker does nothing meanwhile."""
    tasks = make_worker(parts.settings, parts).tasks
    with parts.store.begin() as unit:
        stand(unit, 7, until=parts.clock() - dt.timedelta(days=1), at=parts.clock() - dt.timedelta(days=30), domain="law")

    def standing() -> str:
        with parts.store.read() as unit:
            known = unit.people.by_ls_user_id(7)
            return unit.verifications.of(known.id)[0].status if known else ""

    with database_url_of_parts.exclusively("recheck"):
        tasks["recheck"]()
    assert standing() == "verified"
    tasks["recheck"]()
    assert standing() == "expired"


@pytest.fixture
def database_url_of_parts(parts: Components) -> Iterator[Database]:
    """Another machine's store, on the same database."""
    store = Database(parts.settings.database_url)
    yield store
    store.close()


class Run:
    """A run of project 3 that this worker has taken."""

    def __init__(self, parts: Components) -> None:
        with parts.store.begin() as unit:
            unit.projects.heard_of(3, "Clauses", NOW)
            manager = members.joined(unit, 1, "boss@example.org", "", "manager", NOW)
            unit.prelabel_runs.begin(3, manager.id, False, NOW)
            taken = unit.prelabel_runs.take(1, parts.clock())
        assert taken is not None
        self.taken, self._store = taken, parts.store

    def made(self) -> int:
        """How many pre-labels the page says."""
        with self._store.read() as unit:
            latest = unit.prelabel_runs.latest(3)
            return latest.made if latest else 0


def test_a_run_goes_on_when_the_database_fails_once(parts: Components) -> None:
    """It tells again how far it is, keeps its lease, and was not stopped."""
    run = Run(parts)
    with Heartbeat(parts, run.taken, 10, every_s=0.05) as heartbeat:
        with fails_once(parts.store) as failed:
            until(lambda: failed, "the database was not asked")
        heartbeat.latest = pipeline.Totals(made=4)
        until(lambda: run.made() == 4, "it never told again")
        assert not heartbeat.stop.is_set()
        heartbeat.require_ours()


def test_a_run_that_another_worker_has_taken_over_stops_and_sends_nothing_more(parts: Components) -> None:
    """After three minutes of silence the other one counts, and the first finds out before it sends."""
    run = Run(parts)
    with parts.store.begin() as unit:
        assert unit.prelabel_runs.take(1, parts.clock() + GONE_AFTER + dt.timedelta(seconds=1)) is not None
    with Heartbeat(parts, run.taken, 10, every_s=0.05) as heartbeat:
        heartbeat.latest = pipeline.Totals(made=4)
        assert heartbeat.stop.wait(30)
        with pytest.raises(Conflict, match="Another worker"):
            heartbeat.require_ours()
    assert run.made() == 0


class CountedStudio:
    """Label Studio with one project of choices, whose annotations are ``by`` one person; counts how often all its tasks are read."""

    def __init__(self, by: int) -> None:
        self.by, self.read, self.annotated = by, 0, 0

    def project(self, ls_project_id: int) -> Any:
        config = '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="A"/><Choice value="B"/></Choices></View>'
        return SimpleNamespace(label_config=config)

    def annotated_tasks(self, ls_project_id: int) -> Iterable[Any]:
        self.read += 1
        result = [{"from_name": "c", "to_name": "t", "type": "choices", "value": {"choices": ["A"]}}]
        for number in range(1, self.annotated + 1):
            annotation: Mapping[str, Any] = {"id": number, "completed_by": self.by, "result": result}
            yield SimpleNamespace(ls_task_id=number, data={"text": f"text {number}"}, meta=None, annotations=[annotation])


def _annotate(store: Database, studio: CountedStudio, ls_project_id: int, count: int) -> None:
    with store.begin() as unit:
        unit.events.keep([
            OutboxEvent(id=f"0.{ls_project_id * 1000 + studio.annotated + number}", kind="annotation_created", at_utc=NOW, ls_user_id=studio.by,
                  ls_project_id=ls_project_id, ls_task_id=number, ls_annotation_id=number, was_cancelled=False, project_title=None, user=None)
            for number in range(1, count + 1)
        ])
    studio.annotated += count


def test_a_project_that_teaches_nothing_is_read_again_only_when_there_is_twice_as_much(sqlite_store: Database) -> None:
    """Or when there are more experts whose annotations count; and once it has a set it is not read for a first one."""
    studio: Any = CountedStudio(by=9)
    with sqlite_store.begin() as unit:
        unit.projects.heard_of(3, "Clauses", NOW)
        unit.projects.set_requirement(3, Requirement("medicine"), NOW)
        person(unit, 9)
    _annotate(sqlite_store, studio, 3, 12)
    assert learn_new_projects(sqlite_store, studio, NOW) == [] and studio.read == 0, "nobody is verified, so nothing can be learnt"
    with sqlite_store.begin() as unit:
        stand(unit, 7)
    for _ in range(6):
        assert learn_new_projects(sqlite_store, studio, NOW) == []
    assert studio.read == 1
    _annotate(sqlite_store, studio, 3, 11)
    assert learn_new_projects(sqlite_store, studio, NOW) == [] and studio.read == 1
    _annotate(sqlite_store, studio, 3, 1)
    assert learn_new_projects(sqlite_store, studio, NOW) == [] and studio.read == 2
    with sqlite_store.begin() as unit:
        stand(unit, 9)
    assert len(learn_new_projects(sqlite_store, studio, NOW)) == 1 and studio.read == 3
    assert learn_new_projects(sqlite_store, studio, NOW) == [] and studio.read == 3


def test_looking_for_what_can_be_learnt_takes_the_same_few_statements_however_many_projects_there_are(sqlite_store: Database) -> None:
    """And reads no example set."""
    studio: Any = CountedStudio(by=7)
    with sqlite_store.begin() as unit:
        stand(unit, 7)
        for number in range(1, 41):
            unit.projects.heard_of(number, f"Project {number}", NOW)
            unit.projects.set_requirement(number, Requirement("medicine"), NOW)
    for number in range(1, 41):
        studio.annotated = 0
        _annotate(sqlite_store, studio, number, 12)
    assert len(learn_new_projects(sqlite_store, studio, NOW)) == 40
    statements: list[str] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert learn_new_projects(sqlite_store, studio, NOW) == []
    asked = [one for one in statements if one.startswith("SELECT")]
    assert len(asked) == 1 and "example_set.examples" not in asked[0]
