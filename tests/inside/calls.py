"""Makes calls on Label Studio inside this process: its own resolver, middlewares and views, its own database, no sockets.

    python calls.py {"job": path of a file, "answers": path of a file}

The job says who calls what (see ``tests/support/clients/in_process.py``); the answers are written in the same order. Nothing leaves the machine:
a connection beyond loopback is refused and noted.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import ipaddress
import json
import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from start import start

apps = start()
logging.disable(logging.CRITICAL)  # a line for each refusal would be a fifth of the time

from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart  # noqa: E402
from state import changed, only, take  # noqa: E402

_ACCESS_LIVES_S = 120  # five minutes in truth
_EXCERPT_CHARS = 200
_WRITES_BETWEEN = 25
# The number that Label Studio gives to each error, and the one that a page's own styles and scripts are known by.
_THIS_ONE = re.compile(r'"id": ?"[0-9a-f-]{36}"|nonce[=-]"?[\w+/=-]+')
_BROKEN = "cannot be told: an error of the database came after something had been written"
_outward: list[str] = []


def _loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: whatever Label Studio wants from another machine, it gets nothing."""
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "localhost", "127.0.0.1", "::1", ""):
        host = str(arguments[0])
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
    else:
        return
    try:
        is_local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = host == "localhost"
    if not is_local:
        _outward.append(host)
        raise OSError(f"nothing leaves the machine: {host}")


class Identity:
    """Somebody, by one way in."""

    def __init__(self, client: Client, shown: Mapping[str, Any]) -> None:
        self._client, self._shown = client, shown
        self._renewed_at = float("-inf")
        self._access = ""

    def show(self) -> dict[str, str]:
        """The headers that say who it is; the client's cookies do, too. Anew for each call: one that signs out ends itself alone."""
        headers = dict(self._shown.get("headers", {}))
        if "refresh" in self._shown:
            headers["Authorization"] = f"Bearer {self._fresh()}"
        self._client.cookies.clear()
        self._client.cookies.load(self._shown.get("cookies", {}))
        return headers

    def _fresh(self) -> str:
        if time.monotonic() > self._renewed_at + _ACCESS_LIVES_S:
            self._client.cookies.clear()
            answer = self._client.post("/api/token/refresh/", {"refresh": self._shown["refresh"]})
            self._access, self._renewed_at = answer.json()["access"], time.monotonic()
        return self._access


class Watch:
    """Counts statements, and notes the tables that they write to."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.statements = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = re.match(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', sql)
        self.statements += 1
        if found:
            self.tables.add(found[1])
        return execute(sql, params, many, context)


class Still:
    """Asks, after some writes and at the end, whether somebody's pages still answer; tells after which writes one no longer does."""

    def __init__(self, client: Client, identities: Mapping[str, Identity], asked: Mapping[str, Any] | None) -> None:
        self._client, self._identities, self._asked = client, identities, asked or {"who": "", "addresses": []}
        self._since: list[str] = []
        self.broken: list[str] = []

    def after(self, write: str) -> None:
        """A write more."""
        self._since.append(write)
        if len(self._since) >= _WRITES_BETWEEN:
            self.ask()

    def ask(self) -> None:
        """Each address; one that has failed is not asked again."""
        for address in list(self._asked["addresses"]):
            # Twice: two exports of a project in one second share a file in Label Studio, and one of them comes out empty.
            if not (self._answers(address) or self._answers(address)):
                self._asked["addresses"].remove(address)
                self.broken.append(f"{address} after one of {self._since}")
        self._since.clear()

    def _answers(self, address: str) -> bool:
        answer = self._client.get(address, headers=self._identities[self._asked["who"]].show())
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer.status_code == 200 and bool(content)


def _run(job: Mapping[str, Any]) -> dict[str, Any]:
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous = OFF")  # no test outlives a power cut
        # SQLite lets one write at a time, and fails whoever begins by reading while another process writes.
        connection.transaction_mode = "IMMEDIATE"
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    identities = {name: Identity(client, shown) for name, shown in job["identities"].items()}
    secrets = list(_writings(job["canary"])) if job["canary"] else []
    numbers = re.compile(rf"\b({'|'.join(map(str, sorted(job['numbers'], reverse=True))) or 'none'})\b")
    watch = Watch()
    gc.freeze()
    gc.set_threshold(50_000)  # what is loaded stays; looking through it at every turn would be a tenth of the time
    before = take(**job["others"]) if job["others"] else {}
    answers, still = [], Still(client, identities, job["still"])
    with connection.execute_wrapper(watch):
        for who, method, address, options, is_undone in job["calls"]:
            headers = identities[who].show()  # may renew a token, which is not part of the call
            _outward.clear()
            with _undone(is_undone):
                watch.tables.clear()
                watch.statements = 0
                answer = _call(client, headers, method, address, options, secrets, numbers)
                answer.update(wrote=sorted(watch.tables), statements=watch.statements)
                if job["explains"] and watch.tables:
                    answer["changed"] = _changed_in(watch.tables, before, job["others"]) if not connection.needs_rollback else [_BROKEN]
                wrote = bool(watch.tables) and not is_undone
            answer["outward"] = list(_outward)
            answers.append(answer)
            if wrote:
                still.after(f"{who}: {method} {address} {json.dumps(options)[:300]}")
    still.ask()
    return {
        "answers": answers, "broken": still.broken, "changed": changed(before, take(**job["others"])) if job["others"] else [], "cpu_s": time.process_time(),
    }


def _changed_in(tables: set[str], before: Mapping[str, str], others: Mapping[str, Any]) -> list[str]:
    """What is otherwise in these tables, and among the files: a call changes rows where it wrote."""
    written = frozenset(tables)  # looking is watched, too
    return changed(only(before, written), take(**others, tables=written))


@contextmanager
def _undone(undo: bool) -> Iterator[None]:
    """Whatever is done inside is taken back at the end."""
    if not undo:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _call(
    client: Client, headers: dict[str, str], method: str, address: str, options: Mapping[str, Any], secrets: list[str],
    numbers: re.Pattern[str],
) -> dict[str, Any]:
    shown = {**headers, "Accept": options.get("accept", "application/json"), **options.get("headers", {})}
    answer = client.generic(method, address, headers=shown, **_sent(options))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = content.decode(errors="replace")
    everything = " ".join([text, *(f"{name}: {value}" for name, value in answer.items()), answer.cookies.output()]).lower()
    seen = next((everything.index(secret) for secret in secrets if secret in everything), None)
    told = numbers.sub("N", _THIS_ONE.sub("", text))
    headers = sorted((name, numbers.sub("N", _THIS_ONE.sub("", value))) for name, value in answer.items() if name.lower() != "content-length")
    return {
        "status": answer.status_code, "digest": hashlib.sha256(json.dumps([told, headers]).encode()).hexdigest(),
        "excerpt": told[:_EXCERPT_CHARS], "canary": None if seen is None else everything[max(0, seen - 60):seen + 60],
    }


def _sent(options: Mapping[str, Any]) -> dict[str, Any]:
    """The body, as Django's client takes it: ``json``, ``form``, ``multipart``, or ``content`` with its ``type``."""
    if "json" in options:
        return {"data": json.dumps(options["json"]), "content_type": "application/json"}
    if "form" in options:
        return {"data": urlencode(options["form"], doseq=True), "content_type": "application/x-www-form-urlencoded"}
    if "multipart" in options:
        return {"data": encode_multipart(BOUNDARY, options["multipart"]), "content_type": MULTIPART_CONTENT}
    if "content" in options:
        return {"data": options["content"].encode(), "content_type": options["type"]}
    return {}


def _writings(canary: str) -> Iterator[str]:
    """The canary in plain, and in the three ways that base64 writes it, depending on where it starts."""
    yield canary
    for shift in range(3):
        written = base64.b64encode(b"?" * shift + canary.encode()).decode()
        yield written[4 if shift else 0:][:len(canary)].lower()


if __name__ == "__main__":
    sys.addaudithook(_loopback_only)
    paths = json.loads(sys.argv[1])
    Path(paths["answers"]).write_text(json.dumps(_run(json.loads(Path(paths["job"]).read_text()))))
    print("{}")
