"""The four operations, as the pages of Label Studio 1.23.2 ask for them, and who asks."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from benchmarks.routing.servers import PASSWORD

_LISTED = "id,title,created_by,created_at,color,is_published,assignment_settings,state"
_RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]


@dataclass(frozen=True)
class Project:
    """One project to ask about: its id, its tab's, and that of a task nobody has worked on."""

    id: int
    view_id: int
    task_id: int


@dataclass(frozen=True)
class Call:
    """One request, and the status that says that it did what it should."""

    method: str
    path: str
    body: bytes | None = None
    status: int = 200


@dataclass(frozen=True)
class Operation:
    """``call`` takes the project that it is about."""

    name: str
    call: Callable[[Project], Call]


OPERATIONS: Sequence[Operation] = (
    Operation("project list", lambda project: Call("GET", f"/api/projects?{urlencode({'page': 1, 'page_size': 30, 'include': _LISTED})}")),
    Operation("next task", lambda project: Call("GET", f"/api/projects/{project.id}/next")),
    Operation("task list", lambda project: Call("GET", f"/api/tasks?page=1&page_size=30&view={project.view_id}&project={project.id}")),
    Operation("annotation submit", lambda project: Call(
        "POST", f"/api/tasks/{project.task_id}/annotations?project={project.id}",
        json.dumps({"result": _RESULT, "lead_time": 12.5, "draft_id": 0, "parent_prediction": None, "parent_annotation": None}).encode(), 201,
    )),
)


class Asker:
    """One person's browser at one Label Studio: a session, and one connection that stays open. Not for several threads."""

    def __init__(self, port: int, email: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._cookies: dict[str, str] = {}
        self._send("GET", "/user/login", None, {})
        form = urlencode({"email": email, "password": PASSWORD, "persist_session": "on", "csrfmiddlewaretoken": self._cookies["csrftoken"]})
        status, _, _ = self._send("POST", "/user/login", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        if status != 302:
            raise RuntimeError(f"{email} could not sign in: status {status}")

    def ask(self, call: Call) -> float:
        """How long the answer took, in milliseconds. Raises ``RuntimeError`` on another status than expected."""
        started = time.perf_counter()
        status, body, _ = self._send(call.method, call.path, call.body, {})
        took_ms = 1000 * (time.perf_counter() - started)
        if status != call.status:
            raise RuntimeError(f"{call.method} {call.path} answered {status}: {body[:500]!r}")
        return took_ms

    def count(self, call: Call) -> int:
        """How many queries the answer took."""
        status, body, queries = self._send(call.method, call.path, call.body, {"X-Count-Queries": "1"})
        if status != call.status or queries is None:
            raise RuntimeError(f"{call.method} {call.path} answered {status}: {body[:500]!r}")
        return int(queries)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes, str | None]:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {"Cookie": cookie, "Accept": "application/json", **headers}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        self._connection.request(method, path, body, sent)
        # The server writes head and body apart; without this its second write may wait 40 ms for our acknowledgement.
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        answer = self._connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        return answer.status, content, answer.headers.get("X-Queries")
