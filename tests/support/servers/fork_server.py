"""Client of the fork server in Label Studio's environment (``tests/inside/fork_server.py``): one for each process of the tests."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.waiting import until

SERVER = Path(__file__).parents[2] / "inside" / "fork_server.py"
STARTS_IN_S = 120


@dataclass(frozen=True)
class Ran:
    """What became of a script: its exit code, and what it wrote."""

    code: int
    output: str
    errors: str


class Prepared:
    """Label Studio on one database with one settings module, loaded when the first script wants it; each script is a fork of it."""

    def __init__(self, python: str, env: Mapping[str, str]) -> None:
        self._python, self._env = python, dict(env)
        self._path: str | None = None
        self._lock = threading.Lock()

    def run(self, script: Path, argument: str, within_s: float) -> Ran:
        """The script, as ``python script argument`` runs it. Raises ``TimeoutError``, and ends it then."""
        path = self._prepared()
        with tempfile.TemporaryDirectory(prefix="inside-") as folder, _connected(path, within_s) as told:
            output, errors = Path(folder, "output"), Path(folder, "errors")
            told.send(script=str(script), argument=argument, output=str(output), errors=str(errors))
            pid = told.receive().get("pid")
            try:
                code = told.receive().get("code", 1)  # nothing is said where it was ended
            except TimeoutError:
                os.killpg(pid, signal.SIGKILL)
                raise
            return Ran(code, output.read_text(), errors.read_text())

    def close(self) -> None:
        """End it, if it was ever wanted."""
        if self._path is not None:
            with contextlib.suppress(OSError), _connected(self._path, STARTS_IN_S) as told:
                told.send(end=True)
            self._path = None

    def _prepared(self) -> str:
        with self._lock:
            if self._path is None:
                server = _started(self._python)
                path = f"{server}-{uuid.uuid4().hex[:8]}"
                with _connected(server, STARTS_IN_S) as told:
                    told.send(prepare=path, env=self._env)
                    answer = told.receive()
                if "ready" not in answer:
                    raise RuntimeError(f"Label Studio cannot be loaded:\n{answer.get('problem', '')[-3000:]}")
                self._path = path
            return self._path


class _Connection:
    """A line of JSON each way."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._lines = connection, connection.makefile()

    def send(self, **request: object) -> None:
        self._connection.sendall(json.dumps(request).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        """Nothing, where the other end has gone."""
        return dict(json.loads(self._lines.readline() or "{}"))

    def close(self) -> None:
        self._lines.close()


@contextlib.contextmanager
def _connected(path: str, within_s: float) -> Iterator[_Connection]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(within_s)
        connection.connect(path)
        talk = _Connection(connection)
        try:
            yield talk
        finally:
            talk.close()


@cache
def _started(python: str) -> str:
    """Where it listens. It ends when this process does: nobody else holds the other end of its standard input."""
    folder = Path(tempfile.mkdtemp(prefix="fork-"))
    path = folder / "s"
    server = subprocess.Popen([python, str(SERVER), str(path)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(_end, server, folder)
    until(lambda: path.exists() or server.poll() is not None, "the fork server did not start", STARTS_IN_S)
    return str(path)


def _end(server: subprocess.Popen[bytes], folder: Path) -> None:
    server.communicate()
    shutil.rmtree(folder, ignore_errors=True)
