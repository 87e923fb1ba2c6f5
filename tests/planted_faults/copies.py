"""A copy of the tree to plant faults in, and running tests in it as ``make test`` would."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.leftovers import remove
from tests.planted_faults.fault import Fault
from tests.planted_faults.places import PACKAGE, Planted, planted

_LEFT_OUT = shutil.ignore_patterns(".git", ".environments*", "__pycache__", ".*_cache", "*.egg-info", ".hypothesis", ".ls-expert*")
ENDS_WITHIN_S = 30.0
# What the settings of pytest name; plugins of libraries that happen to be there take half of the time of a run of one test.
_PLUGINS = ("-p", "xdist", "-p", "timeout")


@dataclass(frozen=True)
class Ran:
    """What became of a run: tests that passed, the first that failed in its own body, and everything that failed, with what was said."""

    passed: tuple[str, ...]
    caught_by: str | None
    problems: tuple[tuple[str, str], ...]
    seconds: float
    is_over_time: bool = False


class Copy:
    """One copy of the tree. Python is told to look into it before all else, also in the processes that tests start."""

    def __init__(self, root: Path, folder: Path, label_studio_bin: Path) -> None:
        self.root, self._temporary = folder / "tree", folder / "tmp"
        self._folder = folder
        folder.mkdir(exist_ok=True)
        shutil.copytree(root, self.root, ignore=_LEFT_OUT)
        # By contents, not by time: a fault that comes and goes within a second has to be seen.
        subprocess.run(
            [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", PACKAGE], cwd=self.root, check=True,
        )
        self._label_studio_bin = _with_a_home_of_its_own(label_studio_bin, folder / "environments")
        self.env = {
            **os.environ, "PYTHONPATH": str(self.root), "TESTED_LABEL_STUDIO_BIN": str(self._label_studio_bin),
            "PLANTED_OUTCOMES": str(folder / "outcomes.json"), "PLANTED_MODULES": str(folder / "modules.json"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "ENVIRONMENTS_DIR": os.environ.get("ENVIRONMENTS_DIR") or str(root / ".environments"),
        }
        self.modules = folder / "modules.json"
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.planted_faults.warm"], cwd=self.root, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )

    def prove(self) -> None:
        """Both environments import the package from here, by their Python and by our command. Raises ``RuntimeError``.

        Each environment has the original installed. The rest of the proof is in the verdicts: a fault is caught only where the process
        that it is planted in reads the copy.
        """
        python, command = str(self._label_studio_bin / "python"), str(self._label_studio_bin / "ls-expert")
        asks = f"import {PACKAGE}; print({PACKAGE}.__file__)"
        runs = f"import runpy, sys\nsys.argv = [{command!r}, '--version']\ntry: runpy.run_path(sys.argv[0], run_name='__main__')\n" \
               f"except SystemExit: print(sys.modules['{PACKAGE}.cli'].__file__)"
        for interpreter, code in ((sys.executable, asks), (python, asks), (python, runs)):
            said = subprocess.run([interpreter, "-c", code], cwd=self._folder, env=self.env, capture_output=True, text=True)
            where = (said.stdout.strip().splitlines() or [said.stderr.strip()])[-1]
            if not where.startswith(str(self.root)):
                raise RuntimeError(f"{interpreter} reads {PACKAGE} from {where}, not from the copy")

    @contextlib.contextmanager
    def with_fault(self, fault: Fault) -> Iterator[Planted]:
        """Plant it, and take it out again. Raises ``NoLongerApplies``."""
        change = planted(self.root, fault)
        kept = change.path.read_text()
        change.path.write_text(change.text)
        try:
            yield change
        finally:
            change.path.write_text(kept)

    def run(self, tests: Sequence[str], within_s: float, *options: str, learn: bool = False) -> Ran:
        """Run these tests. What they do not end within the time is interrupted, so that they take down what they have started.

        ``learn``: what they import of libraries is imported beforehand for all later runs.
        """
        outcomes = Path(self.env["PLANTED_OUTCOMES"])
        outcomes.unlink(missing_ok=True)
        self._temporary.mkdir(exist_ok=True)
        began = time.monotonic()
        log = self._folder / "pytest.log"
        try:
            is_over_time = self._asked({
                "arguments": ["-q", "-p", "tests.planted_faults.outcomes", "-p", "no:cacheprovider", *_PLUGINS, *options, *tests],
                "log": str(log), "tmp": str(self._temporary), "learn": learn,
            }, within_s)
        finally:
            remove(self._temporary)
        seconds = time.monotonic() - began
        if is_over_time:
            return Ran((), None, (("the tests", f"did not end within {within_s:.0f} s"),), seconds, is_over_time=True)
        if not outcomes.exists():
            return Ran((), None, (("pytest", f"ended early: {log.read_text(errors='replace')[-300:]}"),), seconds)
        told = json.loads(outcomes.read_text())
        caught = next((one["test"] for one in told["failed"] if one["is_verdict"]), None)
        problems = tuple((one["test"], one["said"]) for one in told["failed"])
        return Ran(tuple(told["passed"]), caught, problems, seconds)

    def learnt_from(self, other: Copy) -> None:
        """Import beforehand what another copy has found out to be needed."""
        if other is not self and other.modules.exists():
            shutil.copy(other.modules, self.modules)

    def interrupt(self) -> None:
        """End what runs, as Ctrl-C does; a terminal tells the fork server too, whoever ends this program alone does not."""
        self._server.send_signal(signal.SIGINT)

    def close(self) -> None:
        """End the fork server."""
        self._server.kill()
        self._server.wait()
        for pipe in (self._server.stdin, self._server.stdout):
            if pipe is not None:
                pipe.close()

    def _asked(self, request: dict[str, object], within_s: float) -> bool:
        """Have it run; whether it took too long, and was ended."""
        asks, answers = self._server.stdin, self._server.stdout
        assert asks is not None and answers is not None
        asks.write(json.dumps(request) + "\n")
        asks.flush()
        number = int(answers.readline())
        try:
            if select.select([answers], [], [], within_s)[0]:
                answers.readline()
                return False
            for sent in (signal.SIGINT, signal.SIGKILL):  # as with Ctrl-C first: then fixtures end what they have started
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(number, sent)
                if select.select([answers], [], [], ENDS_WITHIN_S)[0]:
                    break
            answers.readline()
            return True
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(number, signal.SIGINT)
            select.select([answers], [], [], ENDS_WITHIN_S)
            raise


def _with_a_home_of_its_own(label_studio_bin: Path, home: Path) -> Path:
    """Label Studio's environment under another path: what tests keep beside it is made with a fault in it, and must not stay."""
    home.mkdir()
    (home / "label-studio").symlink_to(label_studio_bin.parent, target_is_directory=True)
    for kept in label_studio_bin.parents[1].glob("label-studio-on-*-*"):
        subprocess.run(["cp", "-a", str(kept), str(home)], check=True)  # with its owner: PostgreSQL runs as another user
    return home / "label-studio" / "bin"
