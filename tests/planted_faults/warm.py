"""A fork server for pytest: what the tests import of others is imported once, and each run is a fork that imports the package anew.

Importing libraries takes four fifths of the time that one test takes. Standard input has one request in a line, JSON: ``arguments`` for
pytest, ``log`` to write to, ``tmp`` for temporary files. Each is answered by two lines: the number of the process, when it has begun, and its exit code. The
modules that the first run has imported are what is imported for all others; nothing of the package or of the tests is among them.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
from pathlib import Path

import pytest

# Ours, which must be read anew with each fault; and plugins of pytest, which it rewrites as it imports them.
_NEVER = ("ls_expert_plugin", "tests", "xdist", "pytest_", "_hypothesis", "conftest", "__main__", "__mp_main__")


def main() -> None:
    """Serve until standard input ends."""
    modules = Path(os.environ["PLANTED_MODULES"])
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    for line in sys.stdin:
        request = json.loads(line)
        if modules.exists():
            for name in json.loads(modules.read_text()):
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
            modules.unlink()
        number = os.fork()
        if number == 0:
            _run(request, modules)
        print(number, flush=True)
        try:
            _, status = os.waitpid(number, 0)
        except KeyboardInterrupt:  # the child has a session of its own: Ctrl-C does not reach it
            os.killpg(number, signal.SIGINT)
            os.waitpid(number, 0)
            return
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(request: dict[str, object], modules: Path) -> None:
    """One run of pytest, in the child. Does not return."""
    os.setsid()
    log = os.open(str(request["log"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, stream in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, stream)
    os.environ["TMPDIR"] = str(request["tmp"])
    before = set(sys.modules)
    code = 3
    try:
        code = int(pytest.main([str(argument) for argument in request["arguments"]]))  # type: ignore[attr-defined]
        if request.get("learn"):
            modules.write_text(json.dumps([name for name in sys.modules if name not in before and not name.startswith(_NEVER)]))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
