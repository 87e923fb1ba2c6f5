"""`make run` as a program: it starts, says what is in its way, ends without leaving anything, and comes back with the data."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ls_expert_plugin.ls_client.studio import Studio
from tests.conftest import LABEL_STUDIO_BIN, skip_or_fail
from tests.e2e import system
from tests.e2e.system import ROOT, Running
from tests.postgresql import free_port


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


def _ports() -> dict[str, int]:
    return {name: free_port() for name in ("LS_PORT", "EXPERT_PORT", "ML_PORT")}


def test_what_is_in_the_way_is_one_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    """A port in use, ports that are none or the same, a data directory that cannot be: exit code 1, what to do, no process."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        for name in ("LS_PORT", "EXPERT_PORT", "ML_PORT"):
            code, said = _refused({**_ports(), name: busy}, {}, tmp_path / "busy")
            assert code == 1 and said.count("\n") == 1 and f"Port {busy} is in use" in said and name in said
    code, said = _refused(_ports(), {"EXPERT_PORT": "eighty"}, tmp_path / "word")
    assert code == 1 and said == "EXPERT_PORT: 'eighty' is no port. Write a number from 1 to 65535.\n"
    code, said = _refused({**_ports(), "LS_PORT": 18181, "ML_PORT": 18181}, {}, tmp_path / "same")
    assert code == 1 and "three different ports" in said
    (tmp_path / "file").write_text("")
    code, said = _refused(_ports(), {"DATA_DIR": str(tmp_path / "file" / "data")}, tmp_path / "no")
    assert code == 1 and said.startswith("DATA_DIR:") and said.count("\n") == 1
    assert system.processes_using(tmp_path) == []


def test_a_package_index_out_of_reach_is_one_sentence(tmp_path: Path) -> None:
    """A first start without a network says what is missing, and leaves no half-made environment behind."""
    dead = f"http://127.0.0.1:{free_port()}/simple"
    env = {"ENVIRONMENTS_DIR": str(tmp_path / "environments"), "PIP_INDEX_URL": dead, "UV_DEFAULT_INDEX": dead, "PIP_EXTRA_INDEX_URL": "",
           "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_RETRIES": "0", "PIP_DEFAULT_TIMEOUT": "2", "UV_HTTP_TIMEOUT": "2"}
    code, said = _refused(_ports(), env, tmp_path / "data")
    assert code == 1 and "The package index cannot be reached" in said.splitlines()[-1]
    assert not list((tmp_path / "environments").glob("*"))


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


def test_ctrl_c_ends_everything_and_a_second_start_has_the_data(own: Path) -> None:
    """No process is left; the second start serves the same projects, fills in nothing twice, and ends as well."""
    first = system.start(own)
    assert f"Label Studio     {first.studio}" in first.log.read_text() and first.password in first.log.read_text()
    titles = _titles(first)
    assert len(titles) == 10
    running_now = system.processes_using(own)
    for part in ("label_studio.server", "ls-expert serve", "ls-expert ml-backend", "ls-expert worker"):
        assert any(part in command for command in running_now), part
    assert first.stop() == 0
    _assert_gone(own)
    second = system.start(own)
    assert "Filling in" not in second.log.read_text()
    assert _titles(second) == titles
    # The program is killed outright: what it started ends by itself.
    second.process.send_signal(signal.SIGKILL)
    second.process.wait()
    _assert_gone(own)


def test_a_part_that_ends_takes_the_others_with_it(own: Path) -> None:
    """The name of what ended, where its log is, exit code 1, nothing left."""
    running = system.start(own)
    worker = next(pid for pid in _pids(own, "ls-expert worker"))
    os.kill(worker, signal.SIGKILL)
    assert running.process.wait(60) == 1
    assert "Worker has ended by itself" in running.log.read_text()
    _assert_gone(own)


def _titles(running: Running) -> list[str]:
    studio = Studio(running.studio, running.admin_token)
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
