"""A disk of a few megabytes, to be filled: a file system in memory, mounted for a test."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of that size ("64m") at ``folder``. Skips the test where mounting is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    if (problem := _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))):
        pytest.skip(f"no file system can be mounted here, which takes root and CAP_SYS_ADMIN: {problem}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def resize(folder: Path, size: str) -> None:
    """Make room on it."""
    assert not (problem := _mount("-o", f"remount,size={size}", str(folder))), problem


def fill(folder: Path) -> Path:
    """Write until nothing more fits; the file that did it."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


def _mount(*arguments: str) -> str:
    """What was wrong; empty: nothing."""
    try:
        done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        return "there is no mount command"
    return done.stderr.strip() or "mount failed" if done.returncode else ""
