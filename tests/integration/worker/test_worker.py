"""The real worker process, on the file-system broker and on a real Redis: jobs are done, and lost ones are taken up."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.requirements.editing import apply
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.interview import session
from ls_expert_plugin.vetting.interview.planner import next_question
from ls_expert_plugin.vetting.lifecycle import interest
from ls_expert_plugin.worker.queue import make_queue
from tests.integration.conftest import own_label_studio
from tests.support.builders.routing import PACKS, project, stand, wanted
from tests.support.fakes.smtp_server import running_server
from tests.support.fakes.tcp_proxy import Forwarder
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio
from tests.support.servers.postgresql import free_port
from tests.support.servers.redis import running_redis

label_studio = own_label_studio("sqlite")

ANSWER = "For example, I took the history and wrote down my differential diagnosis before I ordered a single test, last year on the ward."


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis server of our own."""
    with running_redis(tmp_path) as url:
        yield url


@pytest.fixture(params=["files", pytest.param("redis", marks=pytest.mark.release("the broker is Celery's; every day a job goes through the files"))])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The worker's settings, with either broker."""
    environment = {
        "LS_EXPERT_DEMO": "true", "LS_EXPERT_DATA_DIR": str(tmp_path / "data"),
        "LS_EXPERT_LABEL_STUDIO_URL": f"http://127.0.0.1:{free_port()}",  # nobody there: the other jobs wait and say so
    }
    if request.param == "redis":
        environment["LS_EXPERT_BROKER_URL"] = request.getfixturevalue("redis_url")
    return environment


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """The same, read."""
    settings = load(environment)
    settings.data_dir.mkdir(exist_ok=True)
    migrate(settings.database_url)
    return settings


@pytest.fixture
def store(settings: Settings) -> Iterator[Database]:
    """The worker's database."""
    store = Database(settings.database_url)
    yield store
    store.close()


class Worker:
    """``ls-expert worker`` as a process of its own."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment, self._log = environment, log

    def __enter__(self) -> Worker:
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ls_expert_plugin.cli.main", "worker"], env={**os.environ, **self._environment},
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )
        _until(lambda: " ready." in self._log.read_text(), 60, "the worker did not start")
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(30)


def _interview_to_assess(settings: Settings, store: Database, ls_user_id: int, ended: dt.datetime, *, leaves: bool = False) -> int:
    """Somebody ended their interview in medicine at that time; or gave the last answer and left before that was noticed."""
    pack = load_packs(None)["medicine"]
    with store.begin() as unit:
        person = members.joined(unit, ls_user_id, f"{ls_user_id}@test.example", "", "expert", ended)
        verification = interest.express_interest(unit, person, "medicine", {"medicine": pack}, ended)
        consent.give(unit, person, "matching", consent.PURPOSES[0].version, ended)
        held = session.start(unit, person, verification.id, pack, ended)
        while (last := held.turns[-1]).question_id is not None:
            session.answer(unit, person, held.id, last.position, f"{ANSWER} ({last.position})", settings.turn_max_chars, ended)
            if leaves and next_question(pack, session.read(unit, person, held.id).turns, ()) is None:
                break
            session.ask_next(unit, held.id, pack, None, session.WRITTEN, ended)
            held = session.read(unit, person, held.id)
        return held.id


def _state(store: Database, interview_id: int) -> tuple[str, int]:
    """State of the assessment, and how many passages it found."""
    with store.read() as unit:
        assessment = unit.interviews.assessment_of(interview_id)
        return (assessment.state, len(assessment.evidence)) if assessment else ("none", 0)


def test_a_queued_job_is_done_and_a_lost_one_is_taken_up(
    environment: dict[str, str], settings: Settings, store: Database, tmp_path: Path
) -> None:
    """One interview is handed over by message; of another the message was lost, and the sweep finds it in the database."""
    now = dt.datetime.now(dt.timezone.utc)
    handed_over = _interview_to_assess(settings, store, 7, now)
    with Worker(environment, tmp_path / "worker.log"):
        make_queue(settings)("assess", interview_id=handed_over)
        _until(lambda: _state(store, handed_over)[0] == "done", 15, "the job was not done")
    assert _state(store, handed_over)[1] > 0
    lost = _interview_to_assess(settings, store, 8, now - dt.timedelta(minutes=5))
    left = _interview_to_assess(settings, store, 9, now - dt.timedelta(minutes=20), leaves=True)
    assert _state(store, left) == ("none", 0)
    with Worker(environment, tmp_path / "second.log"):
        _until(lambda: _state(store, lost)[0] == "done", 60, "the sweep did not take it up")
        _until(lambda: _state(store, left)[0] != "none", 60, "an interview that was left after its last answer was never ended")


@pytest.mark.parametrize("environment", ["files"], indirect=True)
def test_a_push_that_fails_is_tried_again_at_growing_intervals_until_label_studio_is_back(
    label_studio: LabelStudio, environment: dict[str, str], tmp_path: Path
) -> None:
    """Long before the sweep has come by three times; then the decision is there, and the worker is quiet."""
    log = tmp_path / "worker.log"
    with Forwarder(label_studio.port) as away:
        environment |= {"LS_EXPERT_LABEL_STUDIO_URL": f"http://127.0.0.1:{away.port}", "LS_EXPERT_SHARED_SECRET": SHARED_SECRET}
        settings = load(environment)
        settings.data_dir.mkdir(exist_ok=True)
        migrate(settings.database_url)
        store = Database(settings.database_url)
        number = 2_000_000  # beyond the ids that Label Studio has handed out
        with store.begin() as unit:
            project(unit, number)
            stand(unit, number, until=dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=1))
            apply(unit, {number: wanted()}, RoutingContext(PACKS, dt.datetime.now(dt.timezone.utc)))
        with Worker(environment, log):
            make_queue(settings)("push")
            make_queue(settings)("push")
            _until(lambda: log.read_text().count("memberships wait to be pushed") >= 3, 60, "it was not tried three times")
            away.open()
            _until(lambda: _waiting(store) == 0, 60, "it was not pushed when Label Studio was back")
        store.close()
    rows = label_studio.service.get("/memberships").json()["memberships"]
    assert [(row["ls_project_id"], row["active"]) for row in rows if row["ls_user_id"] == number] == [(number, True)]


def _waiting(store: Database) -> int:
    with store.read() as unit:
        return unit.memberships.unpushed_count()


def test_the_worker_sends_what_waits(environment: dict[str, str], settings: Settings, store: Database, tmp_path: Path) -> None:
    """Written down while no worker ran; sent by the one that starts."""
    made = dt.datetime.now(dt.timezone.utc) - dt.timedelta(minutes=2)
    with running_server() as server:
        with store.begin() as unit:
            person = members.joined(unit, 7, "7@test.example", "", "expert", made)
            consent.give(unit, person, consent.NOTIFICATIONS, "1", made)
            unit.notifications.note([person.id], "verified", made, domain="medicine")
        mail = {"LS_EXPERT_SMTP_URL": f"smtp+plain://127.0.0.1:{server.port}", "LS_EXPERT_MAIL_FROM": "experts@test.example"}
        with Worker(environment | mail, tmp_path / "worker.log"):
            make_queue(settings)("notify")
            _until(lambda: bool(server.taken), 30, "nothing was sent")
            _until(lambda: _unsent(store) == 0, 30, "that it was sent was not written down")
        assert len(server.to("7@test.example")) == 1


def _unsent(store: Database) -> int:
    with store.read() as unit:
        return unit.notifications.waiting()[0]


def test_a_broker_that_is_down_costs_no_work(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Handing over a job to nobody does not raise, and is told in the log: the database has the state, the sweep will find it."""
    settings = load({
        "LS_EXPERT_DEMO": "true", "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_BROKER_URL": f"redis://127.0.0.1:{free_port()}/0",
    })
    make_queue(settings)("assess", interview_id=1)
    assert [record.getMessage() for record in caplog.records if "job assess waits for the sweep" in record.getMessage()]


def test_a_date_that_has_passed_is_written_down_by_the_worker(environment: dict[str, str], settings: Settings, store: Database, tmp_path: Path) -> None:
    """Whoever is verified is looked at again: past the date, the standing is expired, by the system."""
    now = dt.datetime.now(dt.timezone.utc)
    with store.begin() as unit:
        stand(unit, 7, until=now - dt.timedelta(days=1), at=now - dt.timedelta(days=30))
    with Worker(environment, tmp_path / "worker.log"):
        make_queue(settings)("recheck")
        _until(lambda: _standing(store, 7) == "expired", 30, "it still counts as verified")
    with store.read() as unit:
        person = unit.people.by_ls_user_id(7)
        assert person is not None
        [verification] = unit.verifications.of(person.id)
        assert unit.verifications.history(verification.id)[-1].actor_person_id is None


def _standing(store: Database, ls_user_id: int) -> str:
    with store.read() as unit:
        person = unit.people.by_ls_user_id(ls_user_id)
        return unit.verifications.of(person.id)[0].status if person else ""


def _until(condition: Callable[[], bool], within_s: float, complaint: str) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, complaint
        time.sleep(0.2)
