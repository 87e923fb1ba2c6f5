"""The tests' own program: what it started and wrote ends with it, interrupted or killed, however its caller treats Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.leftovers import PREFIX, users_of
from tests.support.small_disk import fill, small_disk

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 60
# A test that starts a process which does not end with it, and waits.
WAITING = '''
import os, pathlib, signal, subprocess
def test_waits():
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    pathlib.Path("{ready}").write_text(os.environ["TMPDIR"])
    signal.pause()
'''


def _start(folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """A run in its middle, begun by a shell that ignores Ctrl-C; and its temporary folder."""
    test, ready = folder / "test_waiting.py", folder / "ready"
    test.write_text(WAITING.format(ready=ready))
    env = {name: value for name, value in os.environ.items() if name != "TMPDIR" and not name.startswith("PYTEST_")}
    run = subprocess.Popen(
        ["sh", "-c", f"trap '' INT; exec '{sys.executable}' -m tests.run --unit '{test}' -p no:cacheprovider"],
        cwd=ROOT, env={**env, "TMPDIR": str(folder)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )
    _until(lambda: ready.exists() and bool(ready.read_text()), "the test did not begin")
    own = Path(ready.read_text())
    assert own.parent == folder and own.name.startswith(PREFIX) and len(users_of(own)) >= 2
    return run, own


def _until(condition: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < until, otherwise
        time.sleep(0.05)


def test_a_full_disk_is_one_sentence_and_the_next_run_is_clean(tmp_path: Path) -> None:
    """Where temporary files go, nothing fits any more: no traceback, no folder left; with room again it runs."""
    test = tmp_path / "test_nothing.py"
    test.write_text("def test_nothing():\n    pass\n")
    with small_disk(tmp_path / "disk", "32m") as disk:
        filler = fill(disk)
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        command = [sys.executable, "-m", "tests.run", "--unit", str(test), "-p", "no:cacheprovider"]
        full = subprocess.run(command, cwd=ROOT, env={**env, "TMPDIR": str(disk)}, capture_output=True, text=True, timeout=WITHIN_S)
        assert full.returncode == 1 and full.stderr.startswith(f"The disk of {disk} is full") and full.stderr.endswith("another place: TMPDIR\n"), full.stderr
        assert full.stderr.count("\n") == 1 and list(disk.iterdir()) == [filler]
        filler.unlink()
        again = subprocess.run(command, cwd=ROOT, env={**env, "TMPDIR": str(disk)}, capture_output=True, text=True, timeout=WITHIN_S)
        assert again.returncode == 0 and list(disk.iterdir()) == [], again.stdout + again.stderr


def test_ctrl_c_leaves_no_process_and_no_folder() -> None:
    """In the middle of a test, started where Ctrl-C is ignored, as a shell's background job is."""
    with tempfile.TemporaryDirectory() as name:
        run, own = _start(Path(name))
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(WITHIN_S) != 0
        assert not own.exists() and users_of(own) == []


def test_what_a_killed_run_left_is_cleared_away_by_the_next() -> None:
    """Killed outright: its processes and its folder are there until the next run begins."""
    with tempfile.TemporaryDirectory() as name:
        first, left = _start(Path(name))
        first.kill()
        first.wait()
        assert left.exists() and users_of(left)
        (Path(name) / "ready").unlink()
        second, own = _start(Path(name))
        assert not left.exists() and users_of(left) == []
        os.killpg(second.pid, signal.SIGINT)
        second.wait(WITHIN_S)
        assert not own.exists()
