"""`make run` as a program: it starts, says what is in its way, ends without leaving anything, and comes back with the data."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ls_expert_plugin.demo.credentials import demo_password
from ls_expert_plugin.demo.environments import CannotStart, no_room
from ls_expert_plugin.demo.run_lock import RunLock
from ls_expert_plugin.ls_client.sdk import SdkClient
from tests.conftest import LABEL_STUDIO_BIN
from tests.e2e import system
from tests.e2e.system import ROOT, Running
from tests.support.installed import skip_or_fail
from tests.support.servers.postgresql import free_port
from tests.support.small_disk import fill, resize, small_disk


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory of this module's own: its system is stopped and started again."""
    if not LABEL_STUDIO_BIN:
        skip_or_fail("Label Studio's environment is made by `make test`; run the tests through it")
    yield tmp_path_factory.mktemp("own") / "data"


def _refused(ports: dict[str, int], env: dict[str, str], data_dir: Path) -> tuple[int, str]:
    """Run it although it cannot start: exit code, and what it said."""
    running = system.launch(data_dir, ports, env)
    code = running.process.wait(60)
    return code, running.log.read_text()


def test_what_is_in_the_way_is_one_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    """A port in use, ports that are none or the same, a data directory that cannot be: exit code 1, what to do, no process."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        for name in ("LS_PORT", "EXPERT_PORT", "ML_PORT"):
            code, said = _refused({**system.free_ports(), name: busy}, {}, tmp_path / "busy")
            assert code == 1 and said.count("\n") == 1 and f"Port {busy} is in use" in said and name in said
    code, said = _refused(system.free_ports(), {"EXPERT_PORT": "eighty"}, tmp_path / "word")
    assert code == 1 and said == "EXPERT_PORT: 'eighty' is no port. Write a number from 1 to 65535.\n"
    code, said = _refused({**system.free_ports(), "LS_PORT": 18181, "ML_PORT": 18181}, {}, tmp_path / "same")
    assert code == 1 and "three different ports" in said
    (tmp_path / "file").write_text("")
    code, said = _refused(system.free_ports(), {"DATA_DIR": str(tmp_path / "file" / "data")}, tmp_path / "no")
    assert code == 1 and said.startswith("DATA_DIR:") and said.count("\n") == 1
    assert system.processes_using(tmp_path) == []


def test_a_full_disk_is_one_sentence_and_the_next_start_is_clean(tmp_path: Path) -> None:
    """Too little room from the start, and none while secrets are kept: nothing half-done stays; with room it starts, with whole secrets."""
    if not LABEL_STUDIO_BIN:
        skip_or_fail("Label Studio's environment is made by `make test`; run the tests through it")
    with small_disk(tmp_path / "disk", "8m") as disk:
        data = disk / "data"
        code, said = _refused(system.free_ports(), {}, data)
        assert code == 1 and said.count("\n") == 1 and said.startswith(f"The disk of {data} is full") and said.endswith("DATA_DIR\n"), said
        assert list(data.iterdir()) == []
        filler = fill(disk)
        with pytest.raises(OSError, match="No space left"):
            demo_password(data)
        assert list((data / "secrets").iterdir()) == []
        resize(disk, "900m")
        filler.unlink()
        running = system.launch(data, system.free_ports())
        system.wait_until(running, lambda: "Starting Label Studio" in running.log.read_text() or "Making" in running.log.read_text())
        assert running.stop() == 0, running.log.read_text()
        _assert_gone(data)
        assert (data / "secrets" / "demo_password").read_text().startswith("expert-")


def test_a_package_index_out_of_reach_is_one_sentence(tmp_path: Path) -> None:
    """A first start without a network says what is missing, and leaves no half-made environment behind."""
    dead = f"http://127.0.0.1:{free_port()}/simple"
    env = {"ENVIRONMENTS_DIR": str(tmp_path / "environments"), "PIP_INDEX_URL": dead, "UV_DEFAULT_INDEX": dead, "PIP_EXTRA_INDEX_URL": "",
           "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_RETRIES": "0", "PIP_DEFAULT_TIMEOUT": "2", "UV_HTTP_TIMEOUT": "2"}
    code, said = _refused(system.free_ports(), env, tmp_path / "data")
    assert code == 1 and "The package index cannot be reached" in said.splitlines()[-1]
    assert _made_in(tmp_path / "environments") == []


def test_ctrl_c_while_environments_are_made_leaves_neither_a_process_nor_a_half_made_one(tmp_path: Path) -> None:
    """What was made so far is removed; nothing looks ready."""
    if not LABEL_STUDIO_BIN:
        skip_or_fail("Label Studio's environment is made by `make test`; run the tests through it")
    made, home = Path(LABEL_STUDIO_BIN).parents[1], tmp_path / "environments"
    home.mkdir()
    (home / "tools").symlink_to(made / "tools")
    running = system.launch(tmp_path / "data", system.free_ports(), {"ENVIRONMENTS_DIR": str(home)})
    system.wait_until(running, (home / "label-studio").exists)
    assert running.stop() == 0, running.log.read_text()
    _assert_gone(tmp_path / "data")
    assert _made_in(home) == ["tools"]
    assert not list((tmp_path / "data").rglob("*.sqlite3"))


def test_all_environments_share_one_cache() -> None:
    """A package that both environments have is once on the disk: hard links to uv's cache."""
    if not LABEL_STUDIO_BIN:
        skip_or_fail("Label Studio's environment is made by `make test`; run the tests through it")
    here, there = (next(folder.glob("lib/python*/site-packages/annotated_types/__init__.py")) for folder in (Path(sys.prefix), Path(LABEL_STUDIO_BIN).parent))
    assert here.samefile(there)


def test_an_old_python_is_told_what_to_do(tmp_path: Path) -> None:
    """Python 3.9 and older get a sentence, not a syntax error."""
    old = next((path for path in map(Path, (f"/usr/bin/python3.{minor}" for minor in (6, 7, 8, 9))) if path.exists()), None)
    pyenv = sorted(Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv").glob("versions/3.[6-9].*/bin/python"))
    old = old or (pyenv[0] if pyenv else None)
    if old is None:
        pytest.skip("no Python older than 3.10 on this machine")
    for module in ("ls_expert_plugin.demo.run", "tests.run"):
        done = subprocess.run([str(old), "-m", module], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 1 and "needs Python 3.10" in done.stderr and "Traceback" not in done.stderr, done.stderr


@pytest.mark.slow("four starts of the whole system")
@pytest.mark.release("four starts of the whole system; that it starts and ends is tried by the walk")
def test_a_first_start_interrupted_twice_is_continued(own: Path) -> None:
    """Ctrl-C while the database is made, and while the experts annotate: no process is left, nothing looks ready, and the next start adds what is missing."""
    database = own / "label-studio" / "label_studio.sqlite3"
    making = database.with_name(f"{database.name}.making")
    first = system.launch(own, system.free_ports())
    system.wait_until(first, lambda: making.exists() and making.stat().st_size > 100_000)
    assert first.stop() == 0
    _assert_gone(own)
    assert not database.exists() or database.stat().st_size == 0

    second = system.launch(own, system.free_ports())
    system.wait_until(second, lambda: "annotate" in second.log.read_text() and len(_annotations(database)) > 5)
    assert second.stop() == 0
    _assert_gone(own)
    some = _annotations(database)
    assert len(some) < 162 and not (own / "demo_filled").exists() and not making.exists()

    third = system.start(own)
    annotations = _annotations(database)
    assert annotations[: len(some)] == some and len(annotations) == 162
    assert set(Counter((who, project) for _, who, project in annotations).values()) == {18}
    assert len({task for task, _, _ in annotations}) == 162
    titles = _titles(third)
    assert len(titles) == 10
    assert f"Label Studio     {third.studio}" in third.log.read_text() and third.password in third.log.read_text()
    running_now = system.processes_using(own)
    for part in ("demo_server", "ls-expert serve", "ls-expert ml-backend", "ls-expert worker"):
        assert any(part in command for command in running_now), part
    # Another one on the same data is told so at once.
    code, said = _refused(system.free_ports(), {}, own)
    assert code == 1 and said.count("\n") == 1 and f"at work on {own} already (process {third.process.pid})" in said
    # The program is killed outright: what it started ends by itself, and the next start waits for that.
    third.process.send_signal(signal.SIGKILL)
    third.process.wait()
    fourth = system.start(own)
    assert "Filling in" not in fourth.log.read_text()
    assert _titles(fourth) == titles and _annotations(database) == annotations
    # A part that ends takes the others with it: its name, where its log is, exit code 1, nothing left.
    os.kill(next(_pids(own, "ls-expert worker")), signal.SIGKILL)
    assert fourth.process.wait(60) == 1
    assert "Worker has ended by itself" in fourth.log.read_text()
    _assert_gone(own)


def test_leftovers_that_do_not_end_are_named(tmp_path: Path) -> None:
    """Processes of an earlier run that hold on to its data: which they are, and how to end them; then it goes on."""
    earlier = RunLock(tmp_path)
    earlier.take()
    left = subprocess.Popen(["sleep", "60"], pass_fds=(earlier.fd,))
    earlier.add(left.pid)
    earlier.release()
    (tmp_path / ".running").write_text(f"{_ended_pid()}\n{left.pid}\n")
    with pytest.raises(CannotStart, match=f"^Processes of an earlier run still use {tmp_path}. Remove them: kill {left.pid}$"):
        RunLock(tmp_path, leftovers_end_in_s=0.1).take()
    left.terminate()
    left.wait()
    RunLock(tmp_path).take()


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """How much is needed, how much is there, and which setting chooses another place."""
    assert no_room(tmp_path, 2_000_000_000, 1_500_000_000, "ENVIRONMENTS_DIR") == ""
    assert no_room(tmp_path, 300_000_000, 1_500_000_000, "ENVIRONMENTS_DIR") == (
        f"The disk of {tmp_path} is full: 1.5 GB are needed, 0.3 GB are free. Make room, or choose another place: ENVIRONMENTS_DIR"
    )


def _made_in(home: Path) -> list[str]:
    return sorted(entry.name for entry in home.iterdir() if entry.suffix != ".lock")


def _annotations(database: Path) -> list[tuple[int, int, int]]:
    """(task, user, project) of each annotation, in the order they were made."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=rw", uri=True, timeout=30)) as connection:
        return connection.execute("SELECT task_id, completed_by_id, project_id FROM task_completion ORDER BY id").fetchall()


def _ended_pid() -> int:
    ended = subprocess.Popen(["true"])
    ended.wait()
    return ended.pid


def _titles(running: Running) -> list[str]:
    studio = SdkClient(running.studio, running.admin_token)
    titles = sorted(project.title for project in studio.projects())
    studio.close()
    assert httpx.get(f"{running.portal}/health", trust_env=False).json() == {"status": "ok"}
    return titles


def _assert_gone(data_dir: Path) -> None:
    until = time.monotonic() + 30
    while left := system.processes_using(data_dir):
        assert time.monotonic() < until, left
        time.sleep(0.3)


def _pids(data_dir: Path, part: str) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if part in command and str(data_dir) in (entry / "environ").read_bytes().decode(errors="replace"):
                yield int(entry.name)
        except OSError:
            continue
