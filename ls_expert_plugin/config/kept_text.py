"""Secrets that are made once and kept in a file of their owner's alone, whole or not at all. Standard library only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def kept(path: Path, new: str) -> str:
    """What stands in a file of its owner's alone, or ``new``, kept there from now on where there is nothing. Without space around it.

    The file is whole or not there, also for who reads it meanwhile: a full disk leaves no empty secret behind. Raises ``OSError``.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and (there := path.read_text().strip()):
        return there
    handle, making = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(new)
        try:
            os.link(making, path)
        except OSError:  # somebody else was first; or an earlier version left it empty; or there are no links here
            if not path.exists() or not path.read_text().strip():
                os.replace(making, path)
    finally:
        Path(making).unlink(missing_ok=True)
    return path.read_text().strip()
