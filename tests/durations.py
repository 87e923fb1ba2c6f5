"""Durations of the tests: a pytest plugin that keeps those of the last whole run, and the command that writes them into docs/testing.md.

    python -m tests.durations

The tables show where the minutes are: the slowest tests (set-up, call and tear-down of each), files, and fixtures that are shared.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".environments" / "durations.json"
PAGE = ROOT / "docs" / "testing.md"
BEGIN, END = "<!-- durations -->", "<!-- end of durations -->"
SLOWEST, FILES, FIXTURES = 20, 20, 12
_FIXTURE = "seconds of a shared fixture"


class Durations:
    """Adds up, in the process that reports, what each test and each shared fixture took."""

    def __init__(self) -> None:
        self.started = time.time()
        self.tests: dict[str, float] = defaultdict(float)
        self.fixtures: dict[str, list[float]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests[report.nodeid] += report.duration
        if report.when == "setup":
            for name, value in report.user_properties:
                if name == _FIXTURE:
                    fixture, seconds = value  # type: ignore[misc]
                    self.fixtures[str(fixture)].append(float(seconds))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput") or not session.config.getoption("keep_durations"):
            return
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps({
            "seconds": time.time() - self.started, "everything": session.config.getoption("everything"),
            "tests": self.tests, "fixtures": self.fixtures,
        }))


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--keep-durations``: a whole run, whose durations are worth keeping."""
    parser.addoption("--keep-durations", action="store_true", help="keep the durations for python -m tests.durations")


def pytest_configure(config: pytest.Config) -> None:
    """Count in each process; only the one that reports keeps."""
    config.pluginmanager.register(Durations(), "durations-of-this-run")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Iterator[None]:
    """Note what a fixture of a module or session takes, with the test that asked for it first. It includes those it asks for itself."""
    before = time.perf_counter()
    result = yield
    if fixturedef.scope != "function":
        request._pyfuncitem.user_properties.append((_FIXTURE, (fixturedef.argname, time.perf_counter() - before)))  # noqa: SLF001
    return result


def tables(kept: Mapping[str, Any]) -> str:
    """The tables as Markdown. ``kept``: what ``Durations`` wrote."""
    tests: Mapping[str, float] = kept["tests"]
    files: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    for test, seconds in tests.items():
        files[test.partition("::")[0]] += seconds
        counts[test.partition("::")[0]] += 1
    command = "make test-all" if kept["everything"] else "make test"
    fixtures = {name: sum(each) for name, each in kept["fixtures"].items()}
    return "\n\n".join([
        f"Of a run of `{command}` on two cores: {len(tests)} tests, {kept['seconds'] / 60:.1f} minutes.",
        _table(("slowest tests", "s"), [(f"`{_short(test)}`", f"{tests[test]:.1f}") for test in _most(tests, SLOWEST)]),
        _table(("file", "tests", "s"), [(f"`{_short(file)}`", str(counts[file]), f"{files[file]:.0f}") for file in _most(files, FILES)]),
        _table(("shared fixture", "times", "s in all"), [
            (f"`{name}`", str(len(kept["fixtures"][name])), f"{fixtures[name]:.0f}") for name in _most(fixtures, FIXTURES)
        ]),
    ])


def _most(of: Mapping[str, float], number: int) -> list[str]:
    return sorted(of, key=lambda name: -of[name])[:number]


def _short(test: str) -> str:
    return test.removeprefix("tests/")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def main() -> int:
    """Write the tables between their marks in the page."""
    if not KEPT.exists():
        print("No durations are kept yet: run make test first.", file=sys.stderr)
        return 1
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{tables(json.loads(KEPT.read_text()))}\n{END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
