"""The webhook: who may call, what is refused, what is queued; never a 500."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse, create_environ, run_wsgi_app
from werkzeug.wrappers import Request

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.clients.portal import Portal

URL = "/webhooks/label-studio"
KNOWN = json.dumps({"action": "ANNOTATION_CREATED", "project": {"id": 3}})
TEN_MB = 10 * 1024 * 1024


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal, knowing one project."""
    portal = Portal(sqlite_store)
    portal.project(3, "Clauses")
    return portal


def _call(portal: Portal, body: Any, secret: str | None = "", **more: Any) -> TestResponse:
    secret = portal.settings.webhook_secret if secret == "" else secret
    headers = {} if secret is None else {"X-Ls-Expert-Webhook-Secret": secret}
    return portal.app.test_client().post(URL, data=body, headers=headers, content_type="application/json", **more)


def test_an_event_of_a_known_project_makes_us_look(portal: Portal) -> None:
    """Label Studio is answered at once, the worker reads the outbox."""
    response = _call(portal, KNOWN)
    assert (response.status_code, response.json) == (200, {"status": "queued"})
    assert portal.jobs == [("read_outbox", {})]


def test_a_new_project_makes_us_look(portal: Portal) -> None:
    """Nobody can know a project that has just been created."""
    assert _call(portal, json.dumps({"action": "PROJECT_CREATED", "project": {"id": 77}})).json == {"status": "queued"}


@pytest.mark.parametrize("secret", [None, "wrong", "x" * 5000, "ü"])
def test_a_caller_without_our_secret_is_refused_before_anything_is_read(portal: Portal, secret: str | None) -> None:
    """A stranger learns nothing, not even whether the body was any good."""
    for body in (KNOWN, "{", b"x" * (TEN_MB + 1)):
        response = _call(portal, body, secret)
        assert response.status_code == 401
        assert response.json is not None and response.json["error"]["code"] == "bad_secret"
        assert portal.settings.webhook_secret not in response.text
    assert portal.jobs == []


@pytest.mark.parametrize("body", [
    "", "{", "null", "[]", '"ANNOTATION_CREATED"', "{}", '{"action": 3}', '{"action": null}', b"\xff\xfe\x00", "action=x",
    "[" * 200_000, '{"action": ' + "9" * 5000 + "}",
])
def test_a_body_that_is_no_event_is_refused(portal: Portal, body: Any) -> None:
    """Not JSON, not an object, no action: 400 and a sentence."""
    response = _call(portal, body)
    assert response.status_code == 400
    assert response.json is not None and response.json["error"]["code"] == "bad_input"
    assert portal.jobs == []


@pytest.mark.parametrize("project", [
    {"id": 99}, {"id": "3"}, {"id": None}, {"id": True}, {"id": -1}, {"id": 2**80}, {"id": 3.0}, {}, None, [], "3", 3,
])
def test_an_unknown_project_is_ignored_with_a_log_line(portal: Portal, project: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Other teams' projects are none of our business."""
    caplog.set_level("INFO")
    response = _call(portal, json.dumps({"action": "TASKS_CREATED", "project": project}))
    assert (response.status_code, response.json) == (200, {"status": "ignored"})
    assert portal.jobs == [] and "TASKS_CREATED" in caplog.text


def test_a_body_over_ten_megabytes_is_refused(portal: Portal) -> None:
    """With a Content-Length it is refused unread; one that just fits is taken."""
    assert _call(portal, b"x" * (TEN_MB + 1)).status_code == 413
    fits = KNOWN.encode() + b" " * (TEN_MB - len(KNOWN))
    assert _call(portal, fits).status_code == 200


class Endless(io.RawIOBase):
    """A chunked body that never ends; ``given`` counts what was taken from it."""

    given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b" " * len(buffer)
        self.given += len(buffer)
        return len(buffer)


def test_a_chunked_body_that_fits_is_taken(portal: Portal) -> None:
    """Label Studio behind a proxy may send no Content-Length."""
    fits = KNOWN.encode() + b" " * (TEN_MB - len(KNOWN))
    assert (_chunked(portal, io.BytesIO(fits)).status_code, portal.jobs) == (200, [("read_outbox", {})])
    assert _chunked(portal, io.BytesIO(fits + b" ")).status_code == 413


def _chunked(portal: Portal, body: io.IOBase) -> TestResponse:
    headers = {"Transfer-Encoding": "chunked", "X-Ls-Expert-Webhook-Secret": portal.settings.webhook_secret}
    environ = create_environ(URL, method="POST", headers=headers, content_type="application/json")
    environ.pop("CONTENT_LENGTH", None)
    environ.update({"wsgi.input": body, "wsgi.input_terminated": True})  # as gunicorn hands it over
    return TestResponse(*run_wsgi_app(portal.app, environ), Request(environ))


def test_a_chunked_body_is_cut_off_at_ten_megabytes(portal: Portal) -> None:
    """Without a Content-Length we stop reading at the limit."""
    endless = Endless()
    response = _chunked(portal, endless)
    assert response.status_code == 413
    assert response.json is not None and response.json["error"]["code"] == "too_large"
    assert endless.given < 2 * TEN_MB


RECORDED = sorted(Path(__file__).parents[3].joinpath("data").rglob("POST_webhook_*.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_label_studio_really_sends_is_understood(portal: Portal, path: Path) -> None:
    """Every kind of event, as recorded from Label Studio 1.23.2."""
    event = json.loads(path.read_text())["request"]
    assert _call(portal, json.dumps(event)).json == {"status": "queued"}
