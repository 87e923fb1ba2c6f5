"""Who else on the machine can read what we keep: nobody."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from ls_expert_plugin.storage.private_files import make_private, restrict
from ls_expert_plugin.storage.unit_of_work import Database


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_open_is_closed_at_the_start(tmp_path: Path) -> None:
    """The directory, databases and logs of an install from before; a link and what it leads to stay as they are."""
    data = tmp_path / "data"
    for folder in (data, data / "logs"):
        folder.mkdir(mode=0o755)
    outside = tmp_path / "outside"
    for path in (data / "expert.sqlite3", data / "logs" / "service.log", outside):
        path.write_text("words")
        path.chmod(0o644)
    (data / "logs" / "link").symlink_to(outside)
    make_private(data)
    assert (_mode(data), _mode(data / "logs")) == (0o700, 0o700)
    assert (_mode(data / "expert.sqlite3"), _mode(data / "logs" / "service.log"), _mode(outside)) == (0o600, 0o600, 0o644)
    restrict(data / "not there")


def test_a_database_is_its_owners_alone(tmp_path: Path) -> None:
    """With all that stands beside it, whatever the umask is, also one that was there."""
    path = tmp_path / "expert.sqlite3"
    path.touch(mode=0o644)
    path.chmod(0o644)
    before = os.umask(0o022)
    try:
        store = Database(f"sqlite:///{path}")
        with store.begin() as unit:
            unit.session.connection().exec_driver_sql("CREATE TABLE words (word TEXT)")
            assert {_mode(one) for one in tmp_path.iterdir()} == {0o600} and len(list(tmp_path.iterdir())) >= 2
        store.close()
    finally:
        os.umask(before)


def test_a_command_makes_nothing_that_others_can_read(tmp_path: Path) -> None:
    """The data directory and the database of a first start."""
    data = tmp_path / "data"
    done = subprocess.run(
        ["/bin/sh", "-c", 'umask 022; exec "$0" -m ls_expert_plugin.cli.main migrate --create', sys.executable],
        env={**os.environ, "LS_EXPERT_DATA_DIR": str(data)}, capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert _mode(data) == 0o700 and {_mode(path) for path in data.iterdir()} == {0o600}
