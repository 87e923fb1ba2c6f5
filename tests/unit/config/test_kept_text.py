"""Secrets that are made once: whole, or not there."""

from __future__ import annotations

import stat
from pathlib import Path

from ls_expert_plugin.config.kept_text import kept


def test_a_secret_is_whole_or_not_there(tmp_path: Path) -> None:
    """The first one stays; one that a full disk has left empty is made anew; nothing else lies beside it, and it is its owner's alone."""
    path = tmp_path / "secrets" / "one"
    assert kept(path, "first\n") == kept(path, "second") == "first" and stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("")
    assert kept(path, "third") == path.read_text() == "third" and list(path.parent.iterdir()) == [path]
