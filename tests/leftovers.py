"""Process and temporary-file clean-up of a test run: whatever it started and wrote ends with it, however it ends. Standard library only.

Everything that a run starts inherits ``TMPDIR``, a folder of the run's own: by it processes are known (Linux), with whichever user,
session or parent they have ended up. A run that was killed outright is cleared away by the next.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "ls-expert-tests-"
# Where there is a file system in memory with this much room, databases are kept there: nothing is waited for to be written to a disk.
_IN_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 8_000_000_000
_LEAST_BYTES = 20_000_000
_PID_FILE = "run.pid"
_GONE_WITHIN_S = 10.0


@contextlib.contextmanager
def folder_of_this_run(prefix: str = PREFIX) -> Iterator[Path]:
    """A temporary folder for one run, to be handed on as ``TMPDIR``; it, and who still uses it, is gone at the end."""
    clear_away(prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_roomy()))
    try:
        folder.chmod(0o755)  # PostgreSQL runs as another user, and has its data below
        (folder / _PID_FILE).write_text(str(os.getpid()))
        yield folder
    finally:
        remove(folder)


def clear_away(prefix: str = PREFIX) -> None:
    """End what runs that were killed have left, and remove their folders."""
    for folder in (left for place in _places() for left in place.glob(f"{prefix}*")):
        if folder.is_dir() and folder.owner() == Path("/proc/self").owner() and not _is_running(folder):
            remove(folder)


def full_disk() -> str:
    """What to say where temporary files find no room; empty: there is some. Python would look for another place, and end in the checkout."""
    wanted = Path(os.environ.get("TMPDIR") or "/tmp")
    place = _IN_MEMORY if _has_room_in_memory() else wanted
    if not place.is_dir() or shutil.disk_usage(place).free >= _LEAST_BYTES:
        return ""
    return f"The disk of {place} is full: less than {_LEAST_BYTES // 10**6} MB are free. Make room, or choose another place: TMPDIR"


def _places() -> list[Path]:
    return [place for place in (Path(tempfile.gettempdir()), _IN_MEMORY) if place.is_dir()]


def _roomy() -> Path:
    """The file system in memory where it has room, or else, and where a place was asked for by ``TMPDIR``, that."""
    return _IN_MEMORY if _has_room_in_memory() else Path(tempfile.gettempdir())


def _has_room_in_memory() -> bool:
    return not os.environ.get("TMPDIR") and os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free >= _ROOM_BYTES


def users_of(folder: Path) -> list[int]:
    """Ids of the processes that have this folder, or one below it, as ``TMPDIR``, apart from this one."""
    mark, found = f"TMPDIR={folder}/".encode(), []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            variables = (entry / "environ").read_bytes().split(b"\0")
            if int(entry.name) != os.getpid() and any((one + b"/").startswith(mark) for one in variables):
                found.append(int(entry.name))
    return found


def _is_running(folder: Path) -> bool:
    try:
        command = Path("/proc", (folder / _PID_FILE).read_text().strip(), "cmdline").read_bytes()
    except OSError:
        return False
    return b"tests.run" in command or b"tests.planted_faults" in command


def remove(folder: Path) -> None:
    """End whoever has this folder, or one below it, as ``TMPDIR``, and remove it."""
    until = time.monotonic() + _GONE_WITHIN_S
    while (left := users_of(folder)) and time.monotonic() < until:
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)
