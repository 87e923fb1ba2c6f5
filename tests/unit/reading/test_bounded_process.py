"""Parsers of files: what they are given, and how many run at once."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ls_expert_plugin.errors import Busy
from ls_expert_plugin.reading import bounded_process
from ls_expert_plugin.reading.bounded_process import Line, run

TELLS = "import json, os, sys; json.dump({'environ': dict(os.environ), 'path': sys.path, 'cwd': os.getcwd(), 'read': sys.stdin.read()}, sys.stdout)"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A parser that tells what it can see."""
    path = tmp_path / "tells.py"
    path.write_text(TELLS)
    return path


@pytest.fixture
def secrets_around() -> Iterator[None]:
    """Secrets in the environment, as every process of ours has them."""
    ours = {"LS_EXPERT_SECRET_KEY": "a-secret-of-ours", "OPENAI_API_KEY": "a-key-of-ours", "PYTHONPATH": "/somewhere"}
    before = dict(os.environ)
    os.environ.update(ours)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_a_parser_sees_no_secret(script: Path, secrets_around: None, tmp_path: Path) -> None:
    """Nothing of our environment, and no folder of ours to work in."""
    done = run(str(script), [], b"the file", 30, Line(tmp_path / "line"))
    seen = json.loads(done.stdout)
    assert "of-ours" not in done.stdout.decode() and not any(name.startswith(("LS_EXPERT", "OPENAI")) for name in seen["environ"])
    assert seen["read"] == "the file" and seen["cwd"] == "/" and "/somewhere" not in seen["path"]


def test_two_run_at_once_and_the_others_wait_in_line(tmp_path: Path) -> None:
    """Also those of another process, which share the places; a third comes in as soon as one is done."""
    ours, theirs = Line(tmp_path, wait_s=30), Line(tmp_path, max_waiting=0)
    came_in = threading.Event()

    def third() -> None:
        with ours.place():
            came_in.set()

    waiting = threading.Thread(target=third)
    with ExitStack() as second:
        with theirs.place():
            second.enter_context(ours.place())
            waiting.start()
            with pytest.raises(Busy, match="Try again"):
                theirs.place().__enter__()
            assert not came_in.is_set()
        assert came_in.wait(timeout=30)
    waiting.join(timeout=30)
    assert not waiting.is_alive() and ours.waiting == 0


def test_the_line_has_an_end(tmp_path: Path) -> None:
    """Whoever waits too long, or comes when it is full, is told to try again."""
    full, short = Line(tmp_path, max_waiting=0), Line(tmp_path, wait_s=0.01)
    with full.place(), full.place():
        for line in (full, short):
            with pytest.raises(Busy), line.place():
                pass
    with short.place():
        pass
    assert stat.S_IMODE(tmp_path.joinpath("place-0").stat().st_mode) == 0o600


def test_a_folder_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    """Somebody else on the machine could have made it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "line").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Busy, match="not its own"), Line(tmp_path / "line").place():
        pass


def test_the_line_is_one_for_all_of_a_user() -> None:
    """It lies in a folder that every process of the service finds."""
    assert str(os.getuid()) in str(bounded_process.LINE._folder)
