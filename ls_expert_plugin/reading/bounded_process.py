"""Bounded subprocess: parsers of files that strangers send run apart from us, in a clean environment, at most two at once on this machine.

A parser gets none of our environment, where keys and passwords stand, and may take only so much time and memory (``limited_process.py``; the time
limit here holds everywhere). Whoever comes third waits in line; the line has an end, and past it, or after ``WAIT_S``, they are told to try again.
The two places are locks on files, so that they count over all processes of this user on the machine.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ls_expert_plugin.errors import BadInput, Busy, TooLarge
from ls_expert_plugin.reading import limited_process

logger = logging.getLogger(__name__)
PLACES = 2
# Each who waits holds a thread of the portal; the others are for everybody else's pages.
MAX_WAITING = 6
WAIT_S = 20.0
_LOOKS_EVERY_S = 0.05
_BUSY = "Other files are being read just now. Try again in a minute; nothing of yours was kept or lost."


class Line:
    """Places for parsers, and the line before them. ``folder``: where the locks are; one for all who share the places."""

    def __init__(self, folder: Path, places: int = PLACES, max_waiting: int = MAX_WAITING, wait_s: float = WAIT_S) -> None:
        self._paths = [folder / f"place-{number}" for number in range(places)]
        self._folder, self._max_waiting, self._wait_s = folder, max_waiting, wait_s
        self._waiting, self._lock = 0, threading.Lock()

    @property
    def waiting(self) -> int:
        """How many of this process wait."""
        return self._waiting

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait for a place and hold it. Raises ``Busy`` when the line is full, or none was free in time."""
        handle = self._take()
        if handle is None:
            handle = self._wait()
        try:
            yield
        finally:
            os.close(handle)  # which gives the lock back, as the end of the process does

    def _wait(self) -> int:
        with self._lock:
            if self._waiting >= self._max_waiting:
                raise Busy(_BUSY)
            self._waiting += 1
        try:
            until = time.monotonic() + self._wait_s
            while time.monotonic() < until:
                time.sleep(_LOOKS_EVERY_S)
                handle = self._take()
                if handle is not None:
                    return handle
            raise Busy(_BUSY)
        finally:
            with self._lock:
                self._waiting -= 1

    def _take(self) -> int | None:
        _own_folder(self._folder)
        for path in self._paths:
            handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
            else:
                return handle
        return None


def _own_folder(folder: Path) -> None:
    """Make the folder, ours alone. Raises ``Busy`` where somebody else has made it: they could keep the places."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or folder.is_symlink():
        raise Busy("Files cannot be read here just now. Whoever runs this service finds that its folder for temporary files is not its own.")


LINE = Line(Path(tempfile.gettempdir()) / f"ls-expert-parsers-{os.getuid()}")


@dataclass(frozen=True)
class Bounds:
    """What a parser may take: seconds of the clock and of a processor, bytes of memory."""

    timeout_s: float
    cpu_s: int
    memory_bytes: int


def parsed(script: str, arguments: Sequence[str], raw: bytes, bounds: Bounds, too_long: str) -> dict[str, Any]:
    """The JSON object that a script of ours makes of a file. Raises ``BadInput`` (also ``TooLarge``): with ``too_long`` where it took more than it may,
    with the script's own sentence where it refuses the file; and ``Busy``.
    """
    limits = [str(bounds.cpu_s), str(bounds.memory_bytes)]
    try:
        done = run(limited_process.__file__, [*limits, script, *arguments], raw, bounds.timeout_s)
    except subprocess.TimeoutExpired:
        raise BadInput(too_long) from None
    if done.returncode < 0 or done.returncode == limited_process.TOO_MUCH:
        raise BadInput(too_long)
    if done.returncode:
        logger.error("a file could not be read: %s", done.stderr.decode(errors="replace")[-2000:])
        raise BadInput("The file could not be read here. Whoever runs this service finds the reason in its log.")
    said: dict[str, Any] = json.loads(done.stdout)
    if "problem" in said:
        raise (TooLarge if said.get("too_large") else BadInput)(said["problem"])
    return said


def run(script: str, arguments: Sequence[str], raw: bytes, timeout_s: float, line: Line = LINE) -> subprocess.CompletedProcess[bytes]:
    """Run a script of ours on ``raw``, once there is a place. Raises ``Busy`` and ``subprocess.TimeoutExpired`` (the process is ended then)."""
    with line.place():
        # -I: neither PYTHONPATH nor the folder where we were started is looked into.
        return subprocess.run(
            [sys.executable, "-I", script, *arguments], input=raw, capture_output=True, timeout=timeout_s, env=clean_environment(), cwd="/", check=False,
        )


def clean_environment() -> dict[str, str]:
    """What a parser needs of the environment, which is nothing of ours."""
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
