"""Starting, watching and ending the processes of ``make run``. Standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from ls_expert_plugin.demo.environments import CannotStart

STOP_WITHIN_S = 12.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Treat a polite end like Ctrl-C."""
    raise KeyboardInterrupt


def require_free(setting: str, port: int) -> None:
    """Raises ``CannotStart`` when something listens on this port already."""
    with socket.socket() as probe:
        # As servers do: a port whose last connection is just closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CannotStart(f"Port {port} is in use. Stop what uses it, or choose another: {setting}={port + 100} make run") from None


def require_writable(data_dir: Path) -> None:
    """Makes the data directory; raises ``CannotStart`` when that cannot be done."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / ".writable").touch()
        (data_dir / ".writable").unlink()
    except OSError as problem:
        raise CannotStart(f"DATA_DIR: {data_dir} cannot be written to ({problem.strerror}). Choose another directory.") from None


class Children:
    """The processes that were started here, each the leader of a session of its own."""

    def __init__(self) -> None:
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, Path] = {}
        self._log_from: dict[str, int] = {}

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        """Start one; its output goes to ``log``."""
        with log.open("ab") as output:
            self._log_from[name] = output.tell()
            self._processes[name] = subprocess.Popen(
                command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        self._logs[name] = log

    def wait(self, name: str, url: str, within_s: float) -> None:
        """Wait until ``url`` answers 200. Raises ``CannotStart`` when the process ends or the time is over."""
        self._wait(name, within_s, lambda: _answers(url))

    def wait_for_line(self, name: str, words: str, within_s: float) -> None:
        """Wait until the log written since the start says ``words``."""
        self._wait(name, within_s, lambda: words in self._since_start(name))

    def wait_for_first_end(self) -> str:
        """Sleep until one of them ends; returns its name."""
        while True:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    return name
            time.sleep(0.5)

    def stop(self) -> None:
        """End all of them, politely first; a second Ctrl-C does not leave any behind."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(list(self._processes.values())):
            _signal_session(process, signal.SIGTERM)
        until = time.monotonic() + STOP_WITHIN_S
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
            # Whatever of its session is left, leader or not.
            _signal_session(process, signal.SIGKILL)
            process.wait()

    def _wait(self, name: str, within_s: float, is_up: Callable[[], bool]) -> None:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if self._processes[name].poll() is not None:
                last = self._since_start(name).strip().splitlines()[-1:] or [""]
                raise CannotStart(f"{name} did not start: {last[0].strip()} (log: {self._logs[name]})")
            if is_up():
                return
            time.sleep(0.2)
        raise CannotStart(f"{name} did not answer within {within_s:.0f} s. Its log: {self._logs[name]}")

    def _since_start(self, name: str) -> str:
        with self._logs[name].open("rb") as log:
            log.seek(self._log_from[name])
            return log.read().decode(errors="replace")


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _signal_session(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Each child leads its own process group: signal the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _end_with_parent() -> None:
    """In the child: be told to end when the parent is killed outright. Linux only."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
