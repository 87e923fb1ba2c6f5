"""Two readers of one request: whatever is sent, the view gets what the gate has seen, from the person whom the gate has seen, or nothing."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.label_studio.enforcement.response.test_redaction import share_work
from tests.support.adversarial.crawl import UNTRUE, WHITE_SPACE
from tests.support.clients.in_process import INSIDE, ways_in
from tests.support.servers.label_studio import LabelStudio

BOUNDARY = "two-readers"
ANSWERS_WITHIN_S = 120
TYPES = ("application/json", "application/x-www-form-urlencoded", f"multipart/form-data; boundary={BOUNDARY}")
# In place of either half of a type.
HALVES = ("*", "application", "multipart", "text", "json", "form-data", "x-www-form-urlencoded", "JSON", "Multipart", "mixed", "")
PARAMETERS = ("", f"; boundary={BOUNDARY}", "; charset=utf-8", "; charset=utf-7", "; charset=latin-1", "; q=1", ";;", " ; Boundary=other", "; boundary=")
KEYS = ("result", "ground_truth", "completed_by", "task", "project", "draft_id", "lead_time", "was_cancelled", "parent_annotation", "filters", "first_name",
        "username", "view", "annotation", "updated_by")


@dataclass(frozen=True)
class Reading:
    """A Label Studio of its own process that answers one request after the other, and what can be sent to it."""

    process: subprocess.Popen[str]
    paths: list[tuple[str, str]]
    identities: list[dict[str, Any]]
    tokens: list[str]
    numbers: list[int]

    def ask(self, **request: Any) -> dict[str, Any]:
        """One answer. What does not come in time ends the process, and the test with it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        ends = threading.Timer(ANSWERS_WITHIN_S, self.process.kill)
        ends.start()
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        ends.cancel()
        assert line, "the process has ended"
        return dict(json.loads(line))


@pytest.fixture(scope="module")
def reading(label_studio: LabelStudio) -> Iterator[Reading]:
    """An expert with work of their own, a colleague's token beside theirs."""
    if label_studio.on_postgresql:
        pytest.skip("no database takes part in reading a request")
    shared = share_work(label_studio)
    (t, d, n), p, http = shared.tasks, shared.project, shared.expert.http
    mine = next(one["id"] for one in http.get(f"/api/tasks/{t}/annotations/").json())
    draft = http.get(f"/api/tasks/{d}/drafts").json()[0]["id"]
    paths = [
        *((method, f"/api/annotations/{mine}/") for method in ("GET", "PATCH", "PUT", "DELETE")), ("POST", f"/api/tasks/{n}/annotations/"),
        ("POST", f"/api/tasks/{n}/drafts"), ("PATCH", f"/api/drafts/{draft}/"), ("GET", f"/api/tasks/?project={p}"), ("GET", f"/api/projects/{p}/next/"),
        ("POST", f"/api/dm/actions/?project={p}&id=next_task"), ("POST", f"/api/dm/views/?project={p}"), ("PATCH", f"/api/users/{shared.expert.id}/"),
        ("POST", f"/api/users/{shared.expert.id}/avatar/"), ("GET", "/api/users/"), ("POST", "/api/current-user/reset-token/"), ("GET", "/api/projects/"),
        ("PATCH", f"/api/projects/{p}/"), ("POST", "/api/projects/"), ("PATCH", "/api/current-user/hotkeys/"), ("OPTIONS", f"/api/annotations/{mine}/"),
    ]
    own, other = ways_in(shared.expert), ways_in(shared.colleague)
    process = label_studio.open_inside(INSIDE / "two_readers.py")
    with process:  # which closes its pipes
        yield Reading(
            process, paths, [own["session"], other["session"], {}],
            [*(shown["legacy token"]["headers"]["Authorization"].split()[1] for shown in (own, other)), "none"],
            [p, t, d, n, mine, draft, shared.expert.id, shared.colleague.id, 987654],
        )
        process.kill()


_TYPE = st.one_of(
    st.sampled_from(TYPES),
    st.builds(lambda kind, more: kind.split(";")[0] + more, st.sampled_from(TYPES), st.sampled_from(PARAMETERS)),
    st.builds(lambda one, two, more: f"{one}/{two}{more}", st.sampled_from(HALVES), st.sampled_from(HALVES), st.sampled_from(PARAMETERS)),
    st.builds(lambda kind, space: space + kind.upper() + space, st.sampled_from(TYPES), st.sampled_from(("", " ", "\t"))),
)
_VALUE = st.one_of(
    st.sampled_from(UNTRUE),
    st.sampled_from([True, False, None, 1e308, "1e400", "[]", [], "\ud800", "x"]), st.integers(0, 8).map(lambda number: {"number": number}),
)
_FIELDS = st.lists(st.tuples(st.sampled_from(KEYS), _VALUE), max_size=4)
_HEADER = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(["Token", "token", "TOKEN", "Bearer", "Tokenx", "\tToken", "Token Token"]), st.sampled_from(WHITE_SPACE), st.integers(0, 2)),
)


def _body(written: str, fields: list[tuple[str, Any]]) -> str:
    """The fields as JSON, as a list of it, as either form, with files; as it goes over the line."""
    if written in ("json", "list"):
        text = json.dumps(dict(fields))
        return f"[{text}]" if written == "list" else text
    texts = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in fields]
    if written == "form":
        return urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in texts])
    file = '; filename="x.txt"' if written == "files" else ""
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n' for name, value in texts]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode("utf-8", "replace").decode("latin-1")


def _same(one: Any, two: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    at=st.integers(0, 19), kind=_TYPE, written=st.sampled_from(["json", "json", "list", "form", "multipart", "files", "none"]), fields=_FIELDS,
    who=st.integers(0, 2), header=_HEADER, api_key=st.none() | st.integers(0, 2),
)
def test_the_view_gets_what_the_gate_has_seen(
    reading: Reading, at: int, kind: str, written: str, fields: list[tuple[str, Any]], who: int, header: tuple[str, str, int] | None, api_key: int | None,
) -> None:
    """Types, bodies, files, white space and two identities at once: the same person and the same fields on both sides, or no view at all."""
    method, path = reading.paths[at]
    named = [(name, reading.numbers[value["number"]] if isinstance(value, dict) and "number" in value else value) for name, value in fields]
    shown: dict[str, Any] = reading.identities[who]
    headers = dict(shown.get("headers", {}))
    if header is not None:
        word, space, token = header
        headers["Authorization"] = f"{word}{space}{reading.tokens[token]}"
    if api_key is not None:
        headers["X-Api-Key"] = reading.tokens[api_key]
    answer = reading.ask(
        method=method, path=path, type=kind, body="" if written == "none" else _body(written, named), headers=headers, cookies=shown.get("cookies", {}),
    )
    assert answer["status"] < 500 or written == "list", answer  # Label Studio asks a list for its fields: 500 in stock, too (1.23.2)
    if not answer["reached"]:
        return
    assert answer["user"] is None or answer["user"] in answer["people"], answer
    assert answer["user"] is None or _same(answer["fields"], answer["gate"]), answer
    if method not in ("GET", "OPTIONS"):
        got = dict(answer["fields"])
        assert got.get("ground_truth") in (False, None) and got.get("completed_by") in (None, 0, "0", "", str(answer["user"]), answer["user"]), answer
        json.dumps(answer["fields"], ensure_ascii=False, allow_nan=False).encode()


def test_every_view_passes_the_second_look(reading: Reading) -> None:
    """No view of the live resolver takes a request in by methods of its own, but for those that call the framework's first."""
    assert reading.ask(overrides=True)["overrides"] == ["tasks.api.TaskAPI.initial"]
