"""Permissions of what we keep on disk: the data directory and all in it that holds people's words is its owner's alone (0700, 0600).

New files by the umask that every command of ours sets, existing ones at each start. Label Studio's own files keep the mode that it gives them,
but for those inside our data directory, which nobody else can enter.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger(__name__)
UMASK = 0o077


def make_private(data_dir: Path) -> None:
    """Make the data directory, and take everybody else's permissions from it, its databases and its logs. What is not ours stays, with a warning."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (data_dir, *_files(data_dir)):
        restrict(path)


def restrict(path: Path) -> None:
    """Take group's and others' permissions from a file or directory, if it is there."""
    try:
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077 and not path.is_symlink():
            path.chmod(mode & 0o700)
    except FileNotFoundError:
        pass
    except OSError as problem:
        logger.warning("%s can be read by others of this machine, and that cannot be changed here (%s)", path, problem.strerror)


def database_files(path: Path) -> tuple[Path, ...]:
    """A SQLite database with what stands beside it."""
    return path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def set_umask() -> None:
    """What this process makes from now on is its owner's alone."""
    os.umask(UMASK)


def _files(data_dir: Path) -> Iterator[Path]:
    for pattern in ("*.sqlite3*", "logs", "logs/*", "secrets", "secrets/*", "worker"):
        yield from data_dir.glob(pattern)
