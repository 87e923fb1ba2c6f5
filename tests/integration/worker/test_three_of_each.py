"""Three services, three workers and three ML backends on one PostgreSQL and one Redis, each with a disk of its own that stays empty."""

from __future__ import annotations

import datetime as dt
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from ls_expert_plugin.cli.setup.doctor import examine
from ls_expert_plugin.cli.setup.domains import new
from ls_expert_plugin.config import load
from ls_expert_plugin.protocol.handshake import ML_USER, ml_password
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.worker.queue import make_queue
from tests.integration.worker.test_worker import _interview_to_assess
from tests.support.clients.portal import SECRETS
from tests.support.fakes.openai_server import running_server as running_model
from tests.support.fakes.smtp_server import running_server as running_mail
from tests.support.servers.postgresql import PostgresServer, free_port
from tests.support.servers.redis import running_redis
from tests.support.waiting import until

# Eleven processes that start on two cores.
STARTS_WITHIN_S = 180.0
PEOPLE = range(7, 13)


class Process:
    """One of ours, with a data directory of its own."""

    def __init__(self, folder: Path, name: str, environment: dict[str, str], *arguments: str) -> None:
        self.name, self.data, self._log = name, folder / name, folder / f"{name}.log"
        with self._log.open("wb") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "ls_expert_plugin.cli.main", *arguments], env={**os.environ, **environment, "LS_EXPERT_DATA_DIR": str(self.data)},
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )

    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        if self._popen.poll() is None:
            os.killpg(self._popen.pid, how)
        return self._popen.wait(60)

    def ended(self) -> int:
        """The exit code of one that ends by itself."""
        return self._popen.wait(STARTS_WITHIN_S)

    def files(self) -> list[Path]:
        """What it has written."""
        return [path for path in self.data.rglob("*") if path.is_file()]


@contextmanager
def _running(folder: Path, name: str, environment: dict[str, str], *arguments: str) -> Iterator[Process]:
    process = Process(folder, name, environment, *arguments)
    try:
        yield process
    finally:
        process.end()


@pytest.mark.release("eleven processes of ours, on PostgreSQL and Redis; what each promise rests on is tried in the files beside, and of mutexes")
def test_three_of_each_work_as_one(postgresql: PostgresServer, tmp_path: Path) -> None:
    """Each interview is paid once, each message sent once; one clock is elected, and another when it is killed; a worker with other packs says so."""
    with ExitStack() as stack:
        mail, model = stack.enter_context(running_mail()), stack.enter_context(running_model())
        environment = {
            **SECRETS, "LS_EXPERT_DATABASE_URL": postgresql.new_database(), "LS_EXPERT_BROKER_URL": stack.enter_context(running_redis(tmp_path)),
            "LS_EXPERT_LABEL_STUDIO_URL": f"http://127.0.0.1:{free_port()}", "LS_EXPERT_SMTP_URL": f"smtp+plain://127.0.0.1:{mail.port}",
            "LS_EXPERT_MAIL_FROM": "experts@test.example", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "none",
            "LS_EXPERT_INTERVIEW_MODEL": "some-model",
        }
        settings = load({**environment, "LS_EXPERT_DATA_DIR": str(tmp_path / "here")})
        migrate(settings.database_url)
        store = Database(settings.database_url)
        stack.callback(store.close)

        packs = tmp_path / "packs"
        packs.mkdir()
        new("other", packs, io.StringIO())
        odd = stack.enter_context(_running(tmp_path, "odd", {**environment, "LS_EXPERT_DOMAINS_DIR": str(packs)}, "worker"))
        until(lambda: _running_workers(store) == 1, "the first worker did not start", STARTS_WITHIN_S)
        workers = [stack.enter_context(_running(tmp_path, f"worker-{number}", environment, "worker")) for number in (1, 2)]
        ports = {kind: [free_port() for _ in range(3)] for kind in ("serve", "ml-backend")}
        servers = [
            stack.enter_context(_running(tmp_path, f"{kind}-{port}", environment, kind, "--port", str(port))) for kind in ports for port in ports[kind]
        ]
        interviews = _waiting(store, settings.turn_max_chars)
        password = (ML_USER, ml_password(None, settings.shared_secret))
        for kind, auth in (("serve", None), ("ml-backend", password)):
            for port in ports[kind]:
                until(lambda port=port, auth=auth: _is_up(port, auth), f"{kind} did not start", STARTS_WITHIN_S)  # type: ignore[misc]
        until(lambda: _running_workers(store) == 3, "the workers did not start", STARTS_WITHIN_S)
        until(lambda: "does not recompute" in odd.log(), "the worker with another pack did not say so", 60)

        queue = make_queue(settings)
        for _ in range(3):
            for job in ("sweep", "notify", "reconcile", "recheck"):
                queue(job)
        until(lambda: _done(store) == len(interviews), "not every interview was assessed", 120)
        until(lambda: len(mail.taken) >= len(PEOPLE), "not every message was sent", 120)
        assert _attempts(store) == [1] * len(interviews) and _calls(store, "assessment.evidence") == len(interviews)
        assert sorted(to for to, _ in mail.taken) == sorted(f"{number}@mail.example" for number in PEOPLE)

        report = io.StringIO()
        examine(settings, report)
        assert "does not recompute who may work on what" in report.getvalue()

        everybody = [odd, *workers]
        until(lambda: sum("the clock is now" in one.log() for one in everybody) == 1, "no clock was elected", 60)
        elected = next(one for one in everybody if "the clock is now" in one.log())
        elected.end(signal.SIGKILL)
        others = [one for one in everybody if one is not elected]
        until(lambda: sum("the clock is now" in one.log() for one in others) == 1, "nobody took over the clock", 60)

        lonely = {name: value for name, value in environment.items() if name != "LS_EXPERT_BROKER_URL"}
        with _running(tmp_path, "lonely", lonely, "worker") as refused:
            assert refused.ended() == 1 and "LS_EXPERT_BROKER_URL: not set" in refused.log()
        assert [path for one in (*everybody, *servers) for path in one.files()] == []
        assert all(one.end() in (0, -signal.SIGKILL) for one in everybody)


def _waiting(store: Database, turn_max_chars: int) -> list[int]:
    """Interviews that wait to be assessed, and as many people to whom a message is to go."""
    made = dt.datetime.now(dt.timezone.utc) - dt.timedelta(minutes=5)
    held = [_interview_to_assess(load({**SECRETS, "LS_EXPERT_TURN_MAX_CHARS": str(turn_max_chars)}), store, number, made) for number in PEOPLE]
    for number in PEOPLE:
        with store.begin() as unit:
            person = members.joined(unit, 100 + number, f"{number}@mail.example", "", "expert", made)
            consent.give(unit, person, consent.NOTIFICATIONS, "1", made)
            unit.notifications.note([person.id], "verified", made, domain="medicine")
    return held


def _running_workers(store: Database) -> int:
    with store.read() as unit:
        return sum(one.kind == "worker" for one in unit.instances.live(dt.datetime.now(dt.timezone.utc)))


def _is_up(port: int, auth: tuple[str, str] | None) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=5, trust_env=False, auth=auth).status_code == 200
    except httpx.HTTPError:
        return False


def _done(store: Database) -> int:
    with store.engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM assessment WHERE state = 'done'")) or 0)


def _attempts(store: Database) -> list[int]:
    with store.engine.connect() as connection:
        return list(connection.scalars(text("SELECT attempts FROM assessment")))


def _calls(store: Database, purpose: str) -> int:
    with store.engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM model_call WHERE purpose = :purpose"), {"purpose": purpose}) or 0)
