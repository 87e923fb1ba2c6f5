"""`ls-expert doctor` and `connect` on a real Label Studio: what is right, what to change, and that changing it helps."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from ls_expert_plugin.cli.routing.reconcile import reconcile_now
from ls_expert_plugin.cli.setup.connect import connect
from ls_expert_plugin.cli.setup.doctor import examine
from ls_expert_plugin.config import load
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.ml_backend.serving.cached_sources import StoredExamples
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.protocol.handshake import ml_password
from ls_expert_plugin.routing.configuration import RoutingConfiguration
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from tests.integration.conftest import own_label_studio
from tests.support.builders.ml_backend import backend_app
from tests.support.builders.service import begin_here
from tests.support.builders.vetting_samples import NOW
from tests.support.fakes.smtp_server import running_server
from tests.support.servers.label_studio import ADMIN_TOKEN, SHARED_SECRET, LabelStudio
from tests.support.servers.postgresql import free_port

label_studio = own_label_studio("sqlite", "postgresql")


@pytest.fixture
def environment(label_studio: LabelStudio, tmp_path: Path) -> dict[str, str]:
    """Settings that are right for this Label Studio."""
    return {
        "LS_EXPERT_LABEL_STUDIO_URL": label_studio.url, "LS_EXPERT_LABEL_STUDIO_TOKEN": ADMIN_TOKEN, "LS_EXPERT_DATA_DIR": str(tmp_path),
        "LS_EXPERT_SHARED_SECRET": SHARED_SECRET, "LS_EXPERT_SECRET_KEY": "k" * 32, "LS_EXPERT_WEBHOOK_SECRET": "w" * 32,
        "LS_EXPERT_SERVICE_URL": "http://127.0.0.1:18099", "LS_EXPERT_ML_URL": f"http://127.0.0.1:{free_port()}",
    }


def _report(environment: dict[str, str]) -> tuple[int, str]:
    out = io.StringIO()
    return examine(load(environment, secrets_needed=()), out), out.getvalue()


def _changes(report: str) -> list[str]:
    return [line for line in report.replace("\n      → ", ". ").splitlines() if line.startswith("FAIL ")]


@pytest.fixture
def ml_backend(environment: dict[str, str], sqlite_store: Database) -> Iterator[Any]:
    """Our ML backend, where the settings say it is."""
    port = int(environment["LS_EXPERT_ML_URL"].rsplit(":", 1)[1])
    server = make_server("127.0.0.1", port, backend_app(StoredExamples(sqlite_store), None, password=ml_password(None, SHARED_SECRET)), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_everything_right_is_said_line_by_line_and_what_is_missing_is_named(
    label_studio: LabelStudio, environment: dict[str, str], database_url: str, ml_backend: Any
) -> None:
    """From no database to nothing that fails: migrate and connect are the cures that the report names."""
    environment["LS_EXPERT_DATABASE_URL"] = database_url
    code, report = _report(environment)
    assert code == 1 and any("ls-expert migrate" in line for line in _changes(report)), report
    migrate(database_url)
    settings = load(environment)
    reconcile_now(settings, io.StringIO())  # memberships of this file's other tests are none of this service's
    project = label_studio.new_project("Needs a webhook", ["one"])
    store, client = Database(database_url), ExtensionClient(label_studio.url, SHARED_SECRET)
    with store.begin() as unit:
        unit.projects.heard_of(project, "Needs a webhook", NOW)
        unit.projects.set_requirement(project, Requirement("medicine"), NOW)
    code, report = _report(environment)
    assert code == 1 and _changes(report) == [
        "FAIL  1 of 1 projects send no webhook here (first: Needs a webhook). Run `ls-expert connect`.",
        "FAIL  1 of 1 projects have no ML backend here, or not its password (first: Needs a webhook). Run `ls-expert connect`.",
    ]
    out = io.StringIO()
    assert connect(settings, None, out) == 0 and "webhook registered, ML backend registered" in out.getvalue()
    code, report = _report(environment)
    assert code == 0 and report.endswith(" 0 FAIL\n"), report
    for words in ("Label Studio 1.23.", "the extension is loaded", "the token is accepted", "may call http://127.0.0.1:18099", "the clocks agree",
                  "the database answers", "the ML backend asks for a password, made from LS_EXPERT_SHARED_SECRET", "in sync with Label Studio",
                  "no language model"):
        assert words in report
    (backend,) = label_studio.admin.get(f"/api/ml?project={project}").json()
    assert (backend["auth_method"], backend["state"]) == ("BASIC_AUTH", "CO")
    # A connection from before there was a password: both sides had none.
    asks, ml_backend.app = ml_backend.app, backend_app(StoredExamples(store), None)
    connection = {"url": backend["url"], "project": project, "auth_method": "NONE"}
    label_studio.admin.patch(f"/api/ml/{backend['id']}", json=connection).raise_for_status()
    assert any("answers without a password" in line for line in _changes(_report(environment)[1]))
    ml_backend.app = asks
    code, report = _report(environment)
    assert code == 1 and any("not its password" in line for line in _changes(report)), report
    assert connect(settings, None, io.StringIO()) == 0 and _report(environment)[0] == 0
    environment["LS_EXPERT_ML_PASSWORD"] = "p" * 30
    assert any("has another password" in line for line in _changes(_report(environment)[1]))
    del environment["LS_EXPERT_ML_PASSWORD"]
    with running_server() as mail:
        environment.update(LS_EXPERT_SMTP_URL=f"smtp+plain://127.0.0.1:{mail.port}", LS_EXPERT_MAIL_FROM="experts@test.example")
        code, report = _report(environment)
        assert code == 0 and f"the mail server 127.0.0.1:{mail.port} answers" in report
        with store.begin() as unit:
            person = members.joined(unit, 2_000_000, "m@test.example", "", "expert", NOW)
            consent.give(unit, person, consent.NOTIFICATIONS, "1", NOW)
            unit.notifications.note([person.id], "verified", NOW)
        code, report = _report(environment)
        assert any("notifications that wait: 1" in line for line in _changes(report)), report
    again = io.StringIO()
    assert connect(settings, None, again) == 0 and "webhook unchanged, ML backend unchanged" in again.getvalue()
    assert len(label_studio.admin.get(f"/api/webhooks/?project={project}").json()) == 1 + 1  # ours, and the one of the ML backend
    begin_here(store, client)
    read_outbox(store, client, RoutingConfiguration({}), lambda: NOW)
    client.close()
    store.close()


@pytest.mark.parametrize(("setting", "value", "words"), [
    ("LS_EXPERT_LABEL_STUDIO_TOKEN", "wrong", "token:"), ("LS_EXPERT_LABEL_STUDIO_TOKEN", "", "no token"),
    ("LS_EXPERT_SHARED_SECRET", "another-secret-another-secret", "another LS_EXPERT_SHARED_SECRET"),
    ("LS_EXPERT_SHARED_SECRET", "", "LS_EXPERT_SHARED_SECRET is not set"), ("LS_EXPERT_LABEL_STUDIO_URL", "http://127.0.0.1:1", "no Label Studio answers"),
    ("LS_EXPERT_SERVICE_URL", "http://127.0.0.9:8090", "Add it to LS_EXPERT_ALLOWED_ADDRESSES"),
    ("LS_EXPERT_ML_URL", "http://no-such-host.invalid", "cannot be looked up"),
    ("LS_EXPERT_DATABASE_URL", "postgresql+psycopg://a:b@127.0.0.1:1/c", "does not answer"),
    ("LS_EXPERT_INTERVIEW_MODEL", "some-model", "language model some-model"),
    ("LS_EXPERT_BLIND_PERCENT", "25", "LS_EXPERT_BLIND_PERCENT is 10 where Label Studio runs and 25 here"),
    ("LS_EXPERT_PRELABEL_PICTURES", "true", "pictures are fetched with LS_EXPERT_LABEL_STUDIO_TOKEN"),
    ("LS_EXPERT_SMTP_URL", "smtp://127.0.0.1:1", "mail server 127.0.0.1:1 cannot be used"),
])
def test_each_mistake_gets_a_line_that_says_what_to_do(environment: dict[str, str], setting: str, value: str, words: str) -> None:
    """One wrong setting, one line; the other checks still run."""
    environment[setting] = value
    if setting == "LS_EXPERT_INTERVIEW_MODEL":
        environment.update(OPENAI_BASE_URL="http://127.0.0.1:1/v1", LS_EXPERT_LLM_TIMEOUT_S="2")
    if setting == "LS_EXPERT_SMTP_URL":
        environment["LS_EXPERT_MAIL_FROM"] = "experts@test.example"
    if setting == "LS_EXPERT_PRELABEL_PICTURES":
        del environment["LS_EXPERT_LABEL_STUDIO_TOKEN"]
    code, report = _report(environment)
    assert code == 1 and any(words in line for line in _changes(report)), report
    assert " FAIL\n" in report and " 0 FAIL" not in report
