"""The pytest plugin that both runs of ``make parity`` load, in a pytest of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.parity.outcomes import read_side

PLUGIN = Path(__file__).parents[1] / "parity" / "plugin"
SUITE = '''
import socket
import pytest

@pytest.fixture
def breaks_before():
    raise RuntimeError("before")

@pytest.fixture
def breaks_after():
    yield
    raise RuntimeError("after")

def test_passes(): pass
def test_fails(): assert "words" == "other words"
def test_is_skipped(): pytest.skip("no")
def test_breaks_before(breaks_before): pass
def test_breaks_after(breaks_after): pass
def test_a_name_of_another_machine(): socket.getaddrinfo("example.org", 80)
def test_an_address_of_another_machine(): socket.create_connection(("192.0.2.1", 80), timeout=1)
def test_the_form_of_an_address(): socket.getaddrinfo("192.0.2.1", 80)
def test_this_machine():
    with socket.create_server(("localhost", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
'''


def _run(folder: Path, **environment: str) -> list[str]:
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "test_broken.py").write_text("import no_such_module\n")
    written = folder / "outcomes.jsonl"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "ls_parity_outcomes", "--continue-on-collection-errors"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(PLUGIN), "LS_PARITY_WRITE_TO": str(written), **environment},
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
    )
    return written.read_text().splitlines()


def test_every_outcome_is_written_under_its_name(tmp_path: Path) -> None:
    """Also of tests that break before or after they run, of files that cannot be read, and without a network."""
    lines = _run(tmp_path)
    side = read_side("stock", lines)
    assert json.loads(next(line for line in lines if "collected" in line)) == {"collected": 9}
    assert {test.rpartition("::")[2]: outcome for test, outcome in side.outcomes.items()} == {
        "test_broken.py": "error", "test_passes": "passed", "test_fails": "failed", "test_is_skipped": "skipped",
        "test_breaks_before": "error", "test_breaks_after": "error", "test_a_name_of_another_machine": "failed",
        "test_an_address_of_another_machine": "failed", "test_the_form_of_an_address": "passed",
        "test_this_machine": "passed",
    }
    assert "other words" in side.why["test_suite.py::test_fails"] and not side.facts["modules_of_ours"]


def test_only_the_tests_that_are_named_are_run_again(tmp_path: Path) -> None:
    """A test that differed is run alone."""
    only = tmp_path / "only.json"
    only.write_text(json.dumps(["test_suite.py::test_fails"]))
    outcomes = read_side("stock", _run(tmp_path, LS_PARITY_ONLY=str(only))).outcomes
    assert {test: outcome for test, outcome in outcomes.items() if "::" in test} == {"test_suite.py::test_fails": "failed"}
