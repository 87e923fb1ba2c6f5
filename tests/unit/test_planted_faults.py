"""The planted faults still say something: each applies, and each names tests that ``make test`` runs."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.planted_faults.fault import Fault, read_all
from tests.planted_faults.places import NoLongerApplies, marks_of, named_test, planted
from tests.planted_faults.plant import sample

ROOT = Path(__file__).parents[2]
FAULTS = read_all()
# What `make test` leaves out.
LEFT_OUT = {"release", "skip", "skipif", "xfail"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_planted_fault_applies_and_names_tests_that_make_test_runs(fault: Fault) -> None:
    """Its text stands in one place, Python can read what comes of it, and whoever has to catch it is there and is run."""
    assert planted(ROOT, fault).text
    for test in fault.tests:
        assert not marks_of(ROOT, named_test(ROOT, test)) & LEFT_OUT, test


def test_there_are_faults_in_every_room() -> None:
    """A promise without a fault is one that nobody has tried to break."""
    rooms = {Path(fault.file).parts[1].removesuffix(".py") for fault in FAULTS}
    assert len(FAULTS) >= 60
    assert rooms >= {"vetting", "routing", "label_studio", "ml_backend", "storage", "notifications", "web", "llm", "ls_client", "domains", "cli"}


def test_the_sample_of_a_day_is_the_same_for_everybody_and_quick() -> None:
    """Five, other ones on another day, none that starts a server or does not end."""
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=number) for number in range(30)]
    samples = [sample(FAULTS, 5, day) for day in days]
    assert samples == [sample(tuple(reversed(FAULTS)), 5, day) for day in days]
    assert all(len(one) == 5 and not any(fault.needs or fault.hangs for fault in one) for one in samples)
    assert len({fault.id for one in samples for fault in one}) > 30


def _fault(**fields: object) -> Fault:
    return Fault.model_validate({
        "id": "a-fault", "promise": "a promise that it breaks", "file": "ls_expert_plugin/room/module.py", "before": "one = 1", "after": "one = 2",
        "tests": ("tests/unit/test_module.py::test_one",), **fields,
    })


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with one module and one test."""
    for name, text in {
        "ls_expert_plugin/room/module.py": "class A:\n    def f(self):\n        one = 1\n        if one:\n            return one\n",
        "ls_expert_plugin/other.py": "two = 1\n", "tests/unit/test_module.py": "import pytest\n\n@pytest.mark.release\ndef test_one(): pass\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_fault_is_found_after_its_file_has_moved(tree: Path) -> None:
    """The text counts, and whole lines at whatever indentation; the file is where it is looked for first."""
    moved = planted(tree, _fault(file="ls_expert_plugin/was/elsewhere.py", before="one = 1\nif one:\n    return one", after="if True:\n    return 2"))
    assert moved.path == tree / "ls_expert_plugin/room/module.py"
    assert moved.text == "class A:\n    def f(self):\n        if True:\n            return 2\n"
    assert named_test(tree, "tests/unit/test_was_elsewhere.py::test_one") == "tests/unit/test_module.py::test_one"
    assert marks_of(tree, "tests/unit/test_module.py::test_one") == {"release"}


@pytest.mark.parametrize(("fields", "says"), [
    ({"before": "three = 3"}, "nowhere"), ({"before": " one", "after": " two"}, "in 3 places"), ({"after": "one ="}, "no Python"),
    ({"file": "ls_expert_plugin/gone.py", "before": " = 1"}, "in 2 places"),
])
def test_a_fault_that_no_longer_applies_says_so(tree: Path, fields: dict[str, str], says: str) -> None:
    """Nowhere, in several places, or not Python any more: each is named."""
    with pytest.raises(NoLongerApplies, match=f"no longer applies: .*{says}"):
        planted(tree, _fault(**fields))


def test_a_test_that_is_gone_is_named(tree: Path) -> None:
    """A fault nobody would catch is as good as none."""
    with pytest.raises(NoLongerApplies, match="there is no test test_gone"):
        named_test(tree, "tests/unit/test_module.py::test_gone")


def test_only_a_test_that_fails_in_its_own_body_catches_anything(tmp_path: Path) -> None:
    """Not a file that cannot be imported, not a fixture, not a name that is not defined; and who is skipped has not passed."""
    (tmp_path / "test_broken.py").write_text("import no_such_module\n")
    (tmp_path / "test_some.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef given(): assert False\n\ndef test_fixture(given): pass\ndef test_name(): no_such_name\n"
        "def test_skipped(): pytest.skip('no')\ndef test_passes(): pass\ndef test_promise(): assert 1 == 2\n"
    )
    told = tmp_path / "outcomes.json"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.planted_faults.outcomes", "-p", "no:cacheprovider", "--continue-on-collection-errors",
         "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT, env={**os.environ, "PLANTED_OUTCOMES": str(told), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, capture_output=True, timeout=60,
    )
    outcomes = json.loads(told.read_text())
    assert {one["test"].rpartition("::")[2] for one in outcomes["failed"] if not one["is_verdict"]} == {"test_broken.py", "test_fixture", "test_name"}
    assert [one["test"] for one in outcomes["failed"] if one["is_verdict"]] == ["test_some.py::test_promise"]
    assert outcomes["passed"] == ["test_some.py::test_passes"]
