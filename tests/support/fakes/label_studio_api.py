"""A real HTTP server on loopback that answers as Label Studio with our extension does, with whatever is to be wrong about it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from ls_expert_plugin.protocol.handshake import API_KEY_HEADER, API_PREFIX, api_key
from ls_expert_plugin.protocol.membership_checksum import row_checksum
from tests.support.servers.label_studio import ADMIN_EMAIL, ADMIN_TOKEN, SHARED_SECRET


@dataclass
class Answers:
    """What it says. ``ahead_by``: how far its clock is ahead of ours. ``instead``: by path, a status and a body that is sent as it is."""

    url: str = ""
    release: str = "1.23.2"
    status: dict[str, Any] = field(default_factory=dict)
    ahead_by: dt.timedelta = dt.timedelta()
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    memberships: list[dict[str, Any]] = field(default_factory=list)
    instead: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def whole_status(self) -> dict[str, Any]:
        """As ``label_studio/api/memberships.py`` gives it, with what is to be otherwise."""
        return {
            "plugin_version": "1.0", "label_studio_version": self.release, "now_utc": (dt.datetime.now(dt.timezone.utc) + self.ahead_by).isoformat(),
            "default_role": "expert", "enforcement": "enforce", "allowed_addresses": ["127.0.0.1", "127.0.0.2"], "private_addresses_protected": True,
            "blind_percent": 10, "legacy_tokens": False, "analytics": False, "outbox_length": 0,
            "triggers_not_in_place": [], "outbox": None, **self.status,
        }


@contextmanager
def running_label_studio() -> Iterator[Answers]:
    """The answers, to be changed while it runs."""
    answers = Answers()
    server = make_server("127.0.0.1", 0, _app(answers), threaded=True)
    answers.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _app(answers: Answers) -> Flask:
    app = Flask("loopback-label-studio")

    @app.before_request
    def answer_instead_or_refuse() -> Any:
        if request.path in answers.instead:
            status, body = answers.instead[request.path]
            return (Response(body, status, mimetype="text/html") if isinstance(body, str) else jsonify(body)), status
        if request.path.startswith(API_PREFIX) and request.headers.get(API_KEY_HEADER) != api_key(SHARED_SECRET):
            return jsonify(error={"code": "bad_secret", "message": "does not fit"}), 401
        needs_token = request.path.startswith("/api/") and not request.path.startswith((API_PREFIX, "/api/version/"))
        if needs_token and request.headers.get("Authorization") != f"Token {ADMIN_TOKEN}":
            return jsonify(detail="Invalid token.", status_code=401), 401
        return None

    app.add_url_rule("/api/version/", "version", lambda: jsonify(release=answers.release, edition="Community"))
    app.add_url_rule("/api/current-user/whoami", "whoami", lambda: jsonify(id=1, email=ADMIN_EMAIL, username=ADMIN_EMAIL))
    app.add_url_rule("/api/webhooks/", "webhooks", lambda: jsonify(answers.webhooks))
    app.add_url_rule(f"{API_PREFIX}/status", "status", lambda: jsonify(answers.whole_status()))
    app.add_url_rule(f"{API_PREFIX}/projects", "projects", lambda: jsonify(projects=[]))

    @app.get(f"{API_PREFIX}/memberships")
    def memberships() -> Response:
        of = request.args.get("of", "")
        some = [row for row in answers.memberships if not of or str(row["ls_user_id"]) in of.split(",")]
        return jsonify(memberships=[row for row in some if row["id"] > int(request.args.get("after", 0))])

    @app.get(f"{API_PREFIX}/memberships/checksums")
    def checksums() -> Response:
        after = int(request.args["after"])
        return jsonify(checksums=[
            {"ls_user_id": who, "rows": len(rows), "checksum": str(sum(map(_checksum, rows)))}
            for who, rows in sorted(_by_person(answers.memberships).items()) if who > after
        ])

    @app.get(f"{API_PREFIX}/assignments/checksums")
    def assignment_checksums() -> Response:
        return jsonify(checksums=[])

    @app.get(f"{API_PREFIX}/assignments/gone")
    def gone_assignments() -> Response:
        return jsonify(assignments=[])

    return app


def _by_person(rows: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    people = sorted({row["ls_user_id"] for row in rows})
    return {who: [row for row in rows if row["ls_user_id"] == who] for who in people}


def _checksum(row: dict[str, Any]) -> int:
    until = dt.datetime.fromisoformat(row["valid_until_utc"]) if row["valid_until_utc"] else None
    return row_checksum(row["ls_user_id"], row["ls_project_id"], row["active"], until, row["revision"], row["specialties"], row["reason"])
