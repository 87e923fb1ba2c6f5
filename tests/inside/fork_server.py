"""Fork server: Label Studio's environment loaded once, and a fork of it for each script. Libraries alone take a second to load, all of it three.

    python fork_server.py SOCKET

Each connection sends one request, a line of JSON, and gets lines of JSON back. ``{"prepare": socket, "env": {...}}``: from now on a process with
this environment, in which Django is set up, answers at that socket; ``{"ready": true}``. There, ``{"script": path, "argument": text, "output": path,
"errors": path}`` runs a script as ``python script argument`` would: ``{"pid": number}``, at the end ``{"code": number}``. ``{"end": true}`` ends it.
All of them end when standard input does, that is with whoever started this.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

# What takes longest of what Label Studio 1.23.2 imports, and reads no settings: one that is not there costs time, nothing else.
_LIBRARIES = (
    "pandas", "nltk", "boto3", "google.cloud.storage", "azure.storage.blob", "ldclient.integrations", "faker", "jsf", "smart_open", "psycopg",
    "label_studio_sdk.converter", "label_studio_sdk.label_interface", "redis", "rq", "requests", "sentry_sdk", "bleach", "rich", "pydantic",
    "cryptography.fernet", "opentelemetry.trace", "sqlparse", "ijson", "django.db.models", "django.forms", "django.test", "django.core.management",
)


def _listening(path: str) -> socket.socket:
    """Under its name it is there only when somebody can connect."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{path}.new")
    listening.listen()
    os.rename(f"{path}.new", path)
    return listening


def _serve(listening: socket.socket, answer: Callable[[dict[str, Any], socket.socket], None]) -> NoReturn:
    """Fork for each connection, until standard input ends or somebody says so."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    while True:
        readable, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in readable:
            os._exit(0)
        connection, _ = listening.accept()
        request = json.loads(connection.makefile().readline() or '{"end": true}')
        if "end" in request:
            os._exit(0)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listening.close()
            answer(request, connection)
            os._exit(0)
        connection.close()


def _tell(connection: socket.socket, **told: object) -> None:
    connection.sendall(json.dumps(told).encode() + b"\n")


def _prepare(request: dict[str, Any], connection: socket.socket) -> None:
    """Be Label Studio on the database that this environment names, and serve."""
    os.environ.clear()
    os.environ.update(request["env"])
    try:
        from start import start

        start()
        from django.db import connections

        connections.close_all()  # a connection is nothing to share with a fork
    except BaseException:  # noqa: BLE001  # whatever it is, whoever asked is told
        _tell(connection, problem=traceback.format_exc())
        return
    gc.collect()
    gc.freeze()
    listening = _listening(request["prepare"])
    _tell(connection, ready=True)
    connection.close()
    _serve(listening, _run)


def _run(request: dict[str, Any], connection: socket.socket) -> None:
    """One script, in a process group of its own."""
    os.setsid()
    for name, number in (("output", 1), ("errors", 2)):
        os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    _tell(connection, pid=os.getpid())
    sys.argv = [request["script"], request["argument"]]
    code = 0
    try:
        runpy.run_path(request["script"], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # as Python does with what nobody catches
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    with contextlib.suppress(OSError):  # whoever asked has gone
        _tell(connection, code=code)


if __name__ == "__main__":
    for name in _LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    _serve(_listening(sys.argv[1]), _prepare)
