"""One run for each data directory: an advisory file lock that the processes of a run inherit. Standard library only.

The lock is free when the last of them has ended, however it ended. Its file names them, so that somebody who finds it taken is told what to end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

from ls_expert_plugin.demo.environments import CannotStart

# What a run that was killed leaves is told to end by the kernel (Linux), and takes this long at most.
LEFTOVERS_END_IN_S = 15.0


class RunLock:
    """The lock of one data directory. ``fd`` is for the processes that keep it too."""

    def __init__(self, data_dir: Path, leftovers_end_in_s: float = LEFTOVERS_END_IN_S) -> None:
        self._leftovers_end_in_s = leftovers_end_in_s
        self._path = data_dir / ".running"
        self.fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> None:
        """Raises ``CannotStart`` when another run has it, or what is left of one does not end."""
        until = time.monotonic() + self._leftovers_end_in_s
        while not self._took():
            alive = [pid for pid in self._pids() if _is_alive(pid)]
            if alive[:1] == self._pids()[:1]:
                raise CannotStart(f"make run is at work on {self._path.parent} already (process {alive[0]}). Stop it with Ctrl-C, or choose another: DATA_DIR")
            if time.monotonic() > until:
                ending = f"Remove them: kill {' '.join(map(str, alive))}" if alive else f"Find them: fuser {self._path}"
                raise CannotStart(f"Processes of an earlier run still use {self._path.parent}. {ending}")
            time.sleep(0.2)
        os.ftruncate(self.fd, 0)
        self.add(os.getpid())

    def add(self, pid: int) -> None:
        """Write down one process of this run; the first is the one that starts the others."""
        with self._path.open("a") as file:
            file.write(f"{pid}\n")

    def release(self) -> None:
        """Let go; free when the others have ended too."""
        os.close(self.fd)

    def _took(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _pids(self) -> list[int]:
        return [int(line) for line in self._path.read_text().split() if line.isdigit()]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
