"""Projects connected by the worker: all of a project or nothing, one that fails keeps no other back, and a connection that is gone is noticed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask, jsonify, request
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from ls_expert_plugin.bootstrap import Components, assemble
from ls_expert_plugin.config import load
from ls_expert_plugin.errors import LabelStudioUnreachable
from ls_expert_plugin.ls_client.sdk import SdkClient
from ls_expert_plugin.prelabels.connection import check_connections, connect_waiting
from ls_expert_plugin.routing.sync.connection_state import NO_TOKEN, WEBHOOK_PATH, address_of, status
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import NOW
from tests.support.clients.portal import SECRETS

CONFIG = '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="A"/></Choices></View>'


@dataclass
class Registry:
    """What Label Studio has of webhooks and ML backends, by number. ``refuses``: projects whose ML backend it does not take."""

    url: str = ""
    hooks: dict[int, dict[str, Any]] = field(default_factory=dict)
    backends: dict[int, dict[str, Any]] = field(default_factory=dict)
    refuses: set[int] = field(default_factory=set)

    def has(self, ls_project_id: int) -> tuple[bool, bool]:
        """Whether the project has a webhook, and an ML backend."""
        return tuple(any(one["project"] == ls_project_id for one in rows.values()) for rows in (self.hooks, self.backends))  # type: ignore[return-value]


@pytest.fixture
def registry() -> Iterator[Registry]:
    """On a real socket, as the SDK calls it."""
    there = Registry()
    server = make_server("127.0.0.1", 0, _app(there), threaded=True)
    there.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield there
    server.shutdown()
    thread.join()
    server.server_close()


def _app(there: Registry) -> Flask:
    app = Flask("registry")

    @app.get("/api/projects/<int:number>/")
    def project(number: int) -> Response:
        return jsonify(id=number, title=f"P{number}", label_config=CONFIG, task_number=0)

    @app.get("/api/webhooks/")
    def hooks() -> Response:
        return jsonify([one for one in there.hooks.values() if one["project"] == int(request.args["project"])])

    @app.post("/api/webhooks/")
    def add_hook() -> tuple[Response, int]:
        number = max(there.hooks, default=0) + 1
        there.hooks[number] = {"id": number, **request.get_json()}
        return jsonify(there.hooks[number]), 201

    @app.delete("/api/webhooks/<int:number>/")
    def remove_hook(number: int) -> tuple[str, int]:
        there.hooks.pop(number)
        return "", 204

    @app.get("/api/ml/")
    def backends() -> Response:
        return jsonify([one for one in there.backends.values() if one["project"] == int(request.args["project"])])

    @app.post("/api/ml/")
    def add_backend() -> tuple[Response, int]:
        sent = request.get_json()
        if sent["project"] in there.refuses:
            return jsonify(detail="The ML backend does not answer."), 400
        number = max(there.backends, default=0) + 1
        there.backends[number] = {"id": number, "state": "CO", **sent}
        return jsonify(there.backends[number]), 201

    @app.patch("/api/ml/<int:number>/")
    def change_backend(number: int) -> Response:
        return jsonify(there.backends[number])

    return app


@pytest.fixture
def parts(registry: Registry, sqlite_store: Database) -> Iterator[Components]:
    """The worker's parts, with two routed projects and one that is not."""
    settings = load({**SECRETS, "LS_EXPERT_LABEL_STUDIO_URL": registry.url, "LS_EXPERT_LABEL_STUDIO_TOKEN": "token"})
    found = assemble(settings, queue=lambda name, **arguments: None)
    found.store.close()
    with sqlite_store.begin() as unit:
        for number in (3, 4, 5):
            unit.projects.heard_of(number, f"P{number}", NOW)
        for number in (3, 4):
            unit.projects.set_requirement(number, Requirement("law"), NOW)
    yield replace(found, store=sqlite_store)
    found.extension.close()


def _ask(parts: Components, *numbers: int) -> None:
    with parts.store.begin() as unit:
        unit.project_connections.ask(numbers, NOW)


def _status(parts: Components, number: int) -> tuple[str, str]:
    with parts.store.read() as unit:
        state = unit.project_connections.all().get(number)
    return status(state, address_of(parts.settings)), state.problem if state else ""


def test_what_waits_is_connected_and_what_fails_is_said_and_leaves_nothing(parts: Components, registry: Registry) -> None:
    """Project 3 gets both; project 4, whose ML backend is refused, keeps no webhook either, until it is tried again."""
    registry.refuses.add(4)
    _ask(parts, 3, 4)
    assert _status(parts, 3) == ("connecting", "") and not connect_waiting(parts, 60)
    assert _status(parts, 3) == ("connected", "") and registry.has(3) == (True, True)
    assert _status(parts, 4)[0] == "failed" and "The ML backend does not answer." in _status(parts, 4)[1] and registry.has(4) == (False, False)
    registry.refuses.clear()
    _ask(parts, 4, 3)
    connect_waiting(parts, 60)
    assert _status(parts, 4) == ("connected", "") and registry.has(4) == (True, True) and len(registry.hooks) == len(registry.backends) == 2


def test_time_that_is_over_leaves_the_rest_for_the_next_turn(parts: Components, registry: Registry) -> None:
    """More projects than one turn takes: the worker goes on with them later."""
    numbers = range(100, 125)
    with parts.store.begin() as unit:
        for number in numbers:
            unit.projects.heard_of(number, f"P{number}", NOW)
    _ask(parts, *numbers)
    assert connect_waiting(parts, 0) and len(registry.backends) == 20
    assert not connect_waiting(parts, 0) and len(registry.backends) == 25


def test_without_a_token_nothing_waits_for_ever(parts: Components) -> None:
    """It says what to set."""
    _ask(parts, 3)
    assert not connect_waiting(replace(parts, label_studio=None), 60) and _status(parts, 3) == ("failed", NO_TOKEN)
    assert check_connections(replace(parts, label_studio=None)) == 0


def test_a_connection_is_looked_at_once_a_day(parts: Components, registry: Registry) -> None:
    """One from before we kept record is found; one that somebody removed in Label Studio is no longer shown as connected."""
    hook = parts.settings.service_url + WEBHOOK_PATH
    registry.hooks[1] = {"id": 1, "project": 3, "url": hook, "is_active": True, "headers": {}}
    registry.backends[1] = {"id": 1, "project": 3, "url": parts.settings.ml_url, "state": "CO"}
    assert check_connections(parts) == 2 and check_connections(parts) == 0, "routed ones alone, and once a day"
    assert _status(parts, 3) == ("connected", "") and _status(parts, 4) == ("not connected", "")
    registry.hooks.clear()
    with parts.store.begin() as unit:
        unit.project_connections.put(3, address_of(parts.settings), "", NOW)
    assert check_connections(parts) == 1 and _status(parts, 3) == ("failed", "It has no webhook of this service any more.")


def test_where_label_studio_does_not_answer_nothing_is_marked_as_gone(parts: Components) -> None:
    """Looking is tried again later."""
    away = replace(parts, label_studio=SdkClient("http://127.0.0.1:9", "token"))
    with pytest.raises(LabelStudioUnreachable):
        check_connections(away)
    assert _status(parts, 3) == ("not connected", "")
