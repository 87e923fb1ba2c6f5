"""Runs Label Studio's own tests: one process on stock and one with the extension, side by side on one kind of database."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.parity.outcomes import BrokenOff, Side, read_side

SETTINGS = {"stock": "core.settings.label_studio", "extended": "ls_expert_plugin.label_studio.settings"}
_PLUGIN = Path(__file__).parent / "plugin"
# The slowest single test takes a minute on a busy machine; the first one also makes the database.
_SILENT_MAX_S = 15 * 60
_LOOKS_EVERY_S, _SAYS_EVERY_S = 0.5, 30


@dataclass(frozen=True)
class Chosen:
    """What to run: these files or folders of Label Studio's (none: all), and of them these tests by id (None: all)."""

    files: Sequence[str] = ()
    tests: Sequence[str] | None = None


def run_both(folder: Path, chosen: Chosen, databases: Mapping[str, Mapping[str, str]]) -> tuple[Side, Side]:
    """(stock, extended). ``databases``: for each side, the environment that says where its database is.

    Raises ``BrokenOff`` when either does not come to its end; what it printed is in ``folder``.
    """
    folder.mkdir(parents=True)
    runs = {name: _Run(name, folder, chosen, databases[name]) for name in SETTINGS}
    try:
        _wait(list(runs.values()))
    finally:
        for run in runs.values():
            run.stop()
    return runs["stock"].side(), runs["extended"].side()


def _wait(runs: Sequence[_Run]) -> None:
    said = time.monotonic()
    while any([run.is_going_on() for run in runs]):
        time.sleep(_LOOKS_EVERY_S)
        if time.monotonic() - said > _SAYS_EVERY_S:
            said = time.monotonic()
            print("  " + ", ".join(run.progress() for run in runs), flush=True)


class _Run:
    """One pytest process and the file its plugin writes."""

    def __init__(self, name: str, folder: Path, chosen: Chosen, database: Mapping[str, str]) -> None:
        self._name, self._printed, self._written = name, folder / f"{name}.log", folder / f"{name}.jsonl"
        self._size, self._changed = 0, time.monotonic()
        self._written.touch()
        env = {
            **_inherited(), **database, "PYTHONPATH": str(_PLUGIN), "LS_PARITY_WRITE_TO": str(self._written),
            "LABEL_STUDIO_BASE_DATA_DIR": str(folder / f"{name}-data"), "LOG_LEVEL": "WARNING",
            # Nothing leaves the machine; on stock as in our settings module.
            "COLLECT_ANALYTICS": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "LATEST_VERSION_CHECK": "false",
        }
        if name == "extended":
            env |= {
                "LS_EXPERT_ENFORCEMENT": "enforce", "LS_EXPERT_DEFAULT_ROLE": "manager", "LS_EXPERT_SHARED_SECRET": secrets.token_hex(32),
                "LS_EXPERT_DATA_DIR": str(folder / "extended-expert"),
            }
        if chosen.tests is not None:
            only = folder / "only.json"
            only.write_text(json.dumps(list(chosen.tests)))
            env["LS_PARITY_ONLY"] = str(only)
        command = [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "ls_parity_outcomes", f"--ds={SETTINGS[name]}",
            "--continue-on-collection-errors", *chosen.files,
        ]
        with self._printed.open("wb") as printed:
            self._process = subprocess.Popen(
                command, cwd=_label_studio(), env=env, stdin=subprocess.DEVNULL, stdout=printed,
                stderr=subprocess.STDOUT, start_new_session=True,
            )

    def is_going_on(self) -> bool:
        """Raises ``BrokenOff`` when nothing has happened for too long."""
        size = self._written.stat().st_size
        if size != self._size:
            self._size, self._changed = size, time.monotonic()
        if time.monotonic() - self._changed > _SILENT_MAX_S:
            raise BrokenOff(f"The {self._name} run stood still for {_SILENT_MAX_S // 60} minutes; see {self._printed}.")
        return self._process.poll() is None

    def progress(self) -> str:
        """As in "stock 310 of 1320"."""
        lines = self._written.read_bytes().splitlines()
        total = next((json.loads(line)["collected"] for line in lines if line.startswith(b'{"collected"')), "?")
        done = sum(line.startswith(b'{"id"') for line in lines)
        return f"{self._name} {done} of {total}"

    def side(self) -> Side:
        """What it came to."""
        try:
            return read_side(self._name, self._written.read_text(encoding="utf-8").splitlines())
        except BrokenOff as broken:
            raise BrokenOff(f"{broken} See {self._printed}.") from None

    def stop(self) -> None:
        """End it and whatever it started, if it has not ended."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _label_studio() -> Path:
    """Its folder, where its ``pytest.ini`` is and its tests expect to be run."""
    spec = importlib.util.find_spec("label_studio")
    if spec is None or spec.origin is None:
        raise BrokenOff("Label Studio is not installed here. Start this with: make parity")
    return Path(spec.origin).parent


def _inherited() -> dict[str, str]:
    """The environment without anybody's settings of Label Studio, of ours, or of a proxy."""
    prefixes = ("LS_", "LABEL_STUDIO_", "DJANGO_", "POSTGRE_", "OPENAI_", "PYTEST_", "AWS_", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes) and not name.lower().endswith("_proxy")}
