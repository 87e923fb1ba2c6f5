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
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ls_expert_plugin.demo.environments import CannotStart
from ls_expert_plugin.demo.run_lock import RunLock

STOP_WITHIN_S = 12.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Treat a polite end like Ctrl-C."""
    raise KeyboardInterrupt


def restore_handlers() -> None:
    """Treat a polite end like Ctrl-C, and hear Ctrl-C where the caller ignores it: a shell's background job is started so.

    A hang-up that the caller ignores stays ignored: that is what ``nohup`` is for.
    """
    for number in _ENDING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)


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


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    log: Path
    log_from: int
    started_s: float
    # Of a server: when it is up, and within how long it has to be. None: it is to end by itself, with 0.
    is_up: Callable[[str], bool] | None
    within_s: float
    was_up: bool = False

    @property
    def said(self) -> str:
        """What it wrote into its log since it was started."""
        with self.log.open("rb") as log:
            log.seek(self.log_from)
            return log.read().decode(errors="replace")


class Children:
    """The processes that were started here, each the leader of a session of its own. ``lock``: a file they keep open."""

    def __init__(self) -> None:
        self._children: dict[str, _Child] = {}
        self.lock: RunLock | None = None

    def start(
        self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path, *,
        is_up: Callable[[str], bool] | None = None, within_s: float = 0, shows_output: bool = False,
    ) -> None:
        """Start one. ``is_up``: whether it answers, told what it wrote; without, it is one that ends. Its output goes to ``log``; to the terminal where
        ``shows_output``, but for its errors."""
        held = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # so that what is started is also known here
        try:
            with log.open("ab") as output:
                log_from = output.tell()
                process = subprocess.Popen(
                    command, env=dict(env), stdin=subprocess.DEVNULL, stdout=None if shows_output else output, stderr=output,
                    start_new_session=True, preexec_fn=_in_the_child, pass_fds=(self.lock.fd,) if self.lock else (),
                )
            self._children[name] = _Child(process, log, log_from, time.monotonic(), is_up, within_s)
            if self.lock:
                self.lock.add(process.pid)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def names(self) -> frozenset[str]:
        """Names of all processes that were started here."""
        return frozenset(self._children)

    def is_done(self, name: str) -> bool:
        """Whether one that ends has ended well."""
        return name in self._children and self._children[name].process.poll() == 0

    def has_said(self, name: str, words: str) -> bool:
        """Whether its log has these words since it was started."""
        return name in self._children and words in self._children[name].said

    def all_up(self) -> bool:
        """Whether all servers answer. Raises ``CannotStart`` when one has ended, or has not answered in time; so does one that ended badly."""
        for name, child in self._children.items():
            code = child.process.poll()
            if code is not None and (child.is_up is not None or code != 0):
                last = (child.said.strip().splitlines() or [""])[-1].strip()
                if child.is_up is None:
                    raise CannotStart(last or f"{name} failed without a word (log: {child.log})")
                raise CannotStart(f"{name} did not start: {last} (log: {child.log})")
            if child.is_up is not None and not child.was_up:
                child.was_up = child.is_up(child.said)
                if not child.was_up and time.monotonic() > child.started_s + child.within_s:
                    raise CannotStart(f"{name} did not answer within {child.within_s:.0f} s. Its log: {child.log}")
        return all(child.was_up for child in self._children.values() if child.is_up is not None)

    def wait_for_first_end(self) -> str:
        """Sleep until one of the servers ends; returns its name."""
        while True:
            for name, child in self._children.items():
                if child.is_up is not None and child.process.poll() is not None:
                    return name
            time.sleep(0.5)

    def stop(self) -> None:
        """End all of them, politely first; a second Ctrl-C does not leave any behind.

        Those that end by themselves go first: what they asked of a server is answered yet, and written down.
        """
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        children = list(self._children.values())
        _end([child.process for child in children if child.is_up is None])
        _end([child.process for child in reversed(children) if child.is_up is not None])
        if self.lock:
            self.lock.release()


def answers(url: str) -> Callable[[str], bool]:
    """Whether ``url`` answers 200, for ``Children.start``."""
    return lambda _said: _answers(url)


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        _signal_session(process, signal.SIGTERM)
    until = time.monotonic() + STOP_WITHIN_S
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, until - time.monotonic()))
        # Whatever of its session is left, leader or not.
        _signal_session(process, signal.SIGKILL)
        process.wait()


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


def _in_the_child() -> None:
    """In the child: signals as usual; on Linux, be told to end when the parent is killed outright."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
