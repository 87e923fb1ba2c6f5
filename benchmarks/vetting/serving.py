"""What the interview's room costs: a turn without the model's own time, many streams at once, and the webhook.

    python -m benchmarks.vetting serving [--database sqlite|postgresql] [--streams 200] [--turns 200]

The service runs as ``ls-expert serve`` runs it, on real sockets. The model is a stand-in on loopback, in this process, which waits
before its first piece and notes when it sent it; clocks are the machine's monotonic one. Client, stand-in, service and database
share the same cores, so the figures are those of a machine that does more than serve.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.protocol.handshake import WEBHOOK_SECRET_HEADER
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.clients.portal import SECRETS, Browser, Portal
from tests.support.servers.postgresql import PostgresServer, find_postgresql, free_port

ANSWER = "Last year a client missed the term by two days; I filed for reinstatement under the rule on excusable neglect and explained why."
FIRST_PERSON = 1000
PIECES, PIECE_S = 20, 0.05


class Model:
    """An OpenAI-compatible endpoint that streams one question. Each answer's first piece names the moment it was sent."""

    def __init__(self) -> None:
        self.port, self.first_s, self.own_s = free_port(), 0.2, 0.0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", self.port, backlog=512))
        self._loop.run_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length"))
                await reader.readexactly(length)
                begun = time.monotonic()
                await asyncio.sleep(self.first_s)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
                for number in range(PIECES):
                    await self._piece(writer, f"sent={time.monotonic():.6f} Which deadline was it, " if number == 0 else "and why? ")
                    await asyncio.sleep(PIECE_S if self.first_s > 0 else 0)
                await self._piece(writer, None)
                self._chunk(writer, b"data: [DONE]\n\n")
                writer.write(b"0\r\n\r\n")
                await writer.drain()
                self.own_s = time.monotonic() - begun

    async def _piece(self, writer: asyncio.StreamWriter, text: str | None) -> None:
        choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": None if text else "stop"}
        event = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
        self._chunk(writer, f"data: {json.dumps(event)}\n\n".encode())
        await writer.drain()

    @staticmethod
    def _chunk(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")


@dataclass(frozen=True)
class Candidate:
    """Somebody in the middle of an interview, as their browser knows it."""

    interview_id: int
    cookie: str
    token: str


@contextlib.contextmanager
def service(environ: dict[str, str], workers: int, threads: int) -> Iterator[tuple[int, int]]:
    """``ls-expert serve``: (port, process id)."""
    port = free_port()
    command = [sys.executable, "-m", "ls_expert_plugin.cli.main", "serve", "--port", str(port), "--workers", str(workers), "--threads", str(threads)]
    process = subprocess.Popen(command, env={**os.environ, **environ}, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), contextlib.closing(socket.create_connection(("127.0.0.1", port), 0.2)):
                break
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def candidates(store: Database, environ: dict[str, str], count: int) -> list[Candidate]:
    """People with an interview each, signed in; made through the same application in this process."""
    portal = Portal(store, packs=load_packs(None), **environ)
    portal.now = dt.datetime.now(dt.timezone.utc)
    found = []
    for number in range(count):
        portal.member(FIRST_PERSON + number, f"Person {number}")
        browser: Browser = portal.browser(FIRST_PERSON + number)
        interview_id = browser.begin_interview("law")
        cookie = browser.client.get_cookie("ls_expert_session")
        if cookie is None:
            raise AssertionError("nobody is signed in")
        found.append(Candidate(interview_id, cookie.value, browser.token()))
    return found


async def post(port: int, candidate: Candidate | None, path: str, body: object, headers: dict[str, str] | None = None) -> AsyncIterator[bytes]:
    """Send JSON; the answer's chunks as they come. The first is the status line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        payload = json.dumps(body).encode()
        sent = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(payload)), "Connection": "close", **(headers or {})}
        if candidate is not None:
            sent |= {"Cookie": f"ls_expert_session={candidate.cookie}", "X-CSRFToken": candidate.token}
        writer.write(f"POST {path} HTTP/1.1\r\n".encode() + "".join(f"{name}: {value}\r\n" for name, value in sent.items()).encode() + b"\r\n" + payload)
        await writer.drain()
        yield await reader.readline()
        while chunk := await reader.read(65536):
            yield chunk
    finally:
        writer.close()


async def whole(port: int, candidate: Candidate | None, path: str, body: object, headers: dict[str, str] | None = None) -> bytes:
    """The whole answer. Raises ``AssertionError`` for a status that is no success."""
    parts = [part async for part in post(port, candidate, path, body, headers)]
    if not parts or parts[0].split()[1][:1] != b"2":
        raise AssertionError(b"".join(parts)[:500].decode(errors="replace"))
    return b"".join(parts)


async def turns(port: int, people: list[Candidate], model: Model, count: int) -> list[float]:
    """Seconds of each turn, answer and next question, less what the model took."""
    found: list[float] = []
    for candidate in people:
        position = 0
        for _ in range(5):
            begun = time.monotonic()
            await whole(port, candidate, f"/api/interviews/{candidate.interview_id}/answers", {"in_reply_to": position, "text": ANSWER})
            said = await whole(port, candidate, f"/api/interviews/{candidate.interview_id}/next", {})
            found.append(time.monotonic() - begun - model.own_s)
            if b"event: turn" not in said:
                break
            position += 2
        if len(found) >= count:
            break
    return found


async def stream(port: int, candidate: Candidate) -> tuple[float, float]:
    """(how much later the first piece was here than it was sent, how long all took), in seconds."""
    begun, late, said = time.monotonic(), None, b""
    async for chunk in post(port, candidate, f"/api/interviews/{candidate.interview_id}/next", {}):
        said += chunk
        if late is None and b"sent=" in said:
            late = time.monotonic() - float(said.split(b"sent=")[1][:20].split()[0])
    if late is None or b"event: turn" not in said:
        raise AssertionError(f"no question came: {said[:300]!r}")
    return late, time.monotonic() - begun


async def streams(port: int, pid: int, people: list[Candidate], model: Model) -> tuple[list[float], list[float], float]:
    """All at once: lateness and length of each, and bytes of the service's memory for each stream that is open."""
    for candidate in people:  # an answer first, so that a question is due
        await whole(port, candidate, f"/api/interviews/{candidate.interview_id}/answers", {"in_reply_to": 0, "text": ANSWER})
    before = memory(pid)
    running = [asyncio.create_task(stream(port, candidate)) for candidate in people]
    await asyncio.sleep(model.first_s * 0.8)
    during = memory(pid)
    ended = await asyncio.gather(*running)
    return [late for late, _ in ended], [took for _, took in ended], (during - before) / len(people)


async def hook(port: int, count: int) -> list[float]:
    """Seconds of each answer to an annotation event, one after the other."""
    found = []
    for number in range(count):
        event = {"action": "ANNOTATION_CREATED", "annotation": {"id": number, "task": 1, "completed_by": FIRST_PERSON}, "project": {"id": 1}}
        begun = time.monotonic()
        await whole(port, None, "/webhooks/label-studio", event, {WEBHOOK_SECRET_HEADER: SECRETS["LS_EXPERT_WEBHOOK_SECRET"]})
        found.append(time.monotonic() - begun)
    return found


def memory(pid: int) -> float:
    """Bytes of a process and its children that are theirs alone, or their share."""
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()
    found = 0
    for one in (str(pid), *children):
        rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        found += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024
    return found


def shown(name: str, seconds: list[float]) -> str:
    """One line: median, 95th percentile and most, in milliseconds."""
    order = sorted(seconds)
    return (
        f"  {name}: median {1000 * statistics.median(order):.1f} ms, p95 {1000 * order[int(0.95 * (len(order) - 1))]:.1f} ms, "
        f"most {1000 * order[-1]:.1f} ms ({len(order)})"
    )


def measure(database_url: str, name: str, streams_at_once: int, turn_count: int) -> None:
    """Print everything for one database."""
    model = Model()
    environ = {
        **SECRETS, "LS_EXPERT_DATABASE_URL": database_url, "OPENAI_BASE_URL": f"http://127.0.0.1:{model.port}/v1",
        "LS_EXPERT_INTERVIEW_MODEL": "stand-in", "OPENAI_API_KEY": "none", "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:9",
    }
    migrate(database_url)
    store = Database(database_url)
    try:
        people = candidates(store, environ, streams_at_once + turn_count // 4 + 1)
    finally:
        store.close()
    print(f"{name}, load {os.getloadavg()[0]:.1f}")
    threads = streams_at_once // 2 + 28
    with service(environ, 2, threads) as (port, pid):
        model.first_s = 0.0
        asyncio.run(turns(port, people[-3:], model, 10))  # warm
        print(shown("a turn without the model's time", asyncio.run(turns(port, people[streams_at_once:], model, turn_count))))
        model.first_s = 2.0
        late, took, bytes_each = asyncio.run(streams(port, pid, people[:streams_at_once], model))
        print(shown(f"{streams_at_once} streams at once (2 processes of {threads} threads): first piece after the model's", late))
        print(f"  the whole question: median {statistics.median(took):.2f} s, of which the model's {model.first_s + PIECES * PIECE_S:.2f} s; "
              f"{bytes_each / 1024:.0f} KiB of memory for an open stream")
        print(shown("webhook", asyncio.run(hook(port, 300))))


def main(arguments: list[str]) -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vetting serving")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--turns", type=int, default=200)
    chosen = parser.parse_args(arguments)
    for name in chosen.database or ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            if name == "sqlite":
                measure(f"sqlite:///{folder}/expert.sqlite3", "SQLite", chosen.streams, chosen.turns)
                continue
            binaries = find_postgresql()
            if binaries is None:
                print("PostgreSQL: not measured, no server is installed here")
                continue
            server = PostgresServer(binaries, Path(folder))
            server.start()
            try:
                measure(server.new_database(), "PostgreSQL", chosen.streams, chosen.turns)
            finally:
                server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
