"""Environments of ``make run`` and ``make test``: made by one process where several ask at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ls_expert_plugin.demo import environments


def test_two_at_once_make_an_environment_once(tmp_path: Path) -> None:
    """Two runs that miss the same environment: one makes it, the other waits and takes it."""
    home, log = tmp_path / "environments", tmp_path / "steps"
    uv = home / "tools" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(f'#!/bin/sh\necho "$1" >> {log}\nsleep 0.2\n[ "$1" = venv ] && mkdir -p "$5"\nexit 0\n')
    uv.chmod(0o755)
    env = {**os.environ, "ENVIRONMENTS_DIR": str(home)}
    both = [subprocess.Popen([sys.executable, environments.__file__, "expert"], env=env, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert log.read_text().split() == ["venv", "pip", "pip"] and (home / "expert-service" / "made-from").exists()
