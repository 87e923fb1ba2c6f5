"""The whole system as a newcomer starts it: ``make run``'s own program, on ports and a data directory of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers.postgresql import free_port

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 420


@dataclass
class Running:
    """One running system. ``process`` is the program of ``make run``."""

    process: subprocess.Popen[str]
    data_dir: Path
    ports: Mapping[str, int]
    log: Path

    @property
    def studio(self) -> str:
        return f"http://localhost:{self.ports['LS_PORT']}"

    @property
    def portal(self) -> str:
        return f"http://localhost:{self.ports['EXPERT_PORT']}"

    @property
    def password(self) -> str:
        return (self.data_dir / "secrets" / "demo_password").read_text().strip()

    @property
    def admin_token(self) -> str:
        return (self.data_dir / "secrets" / "label_studio_token").read_text().strip()

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.data_dir / 'expert.sqlite3'}"

    def stop(self) -> int:
        """Ctrl-C, as a terminal sends it; returns the exit code. Raises ``subprocess.TimeoutExpired`` when that does not end it, and kills it then."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()


def free_ports() -> dict[str, int]:
    """Three ports that nothing listens on."""
    return {name: free_port() for name in ("LS_PORT", "EXPERT_PORT", "ML_PORT")}


def start(data_dir: Path, extra_env: Mapping[str, str] | None = None) -> Running:
    """Start it and wait until it says it is ready. Raises ``RuntimeError`` with what it said instead."""
    running = launch(data_dir, free_ports(), extra_env)
    wait_until(running, lambda: "Ready after" in running.log.read_text())
    return running


def wait_until(running: Running, condition: Callable[[], bool]) -> None:
    """Wait for something while it starts. Raises ``RuntimeError`` with what it said when it ends before, or the time is over."""
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and running.process.poll() is None:
        if condition():
            return
        time.sleep(0.1)
    running.process.kill()
    raise RuntimeError("the system did not get as far as that:\n" + running.log.read_text()[-3000:])


def launch(data_dir: Path, ports: Mapping[str, int], extra_env: Mapping[str, str] | None = None) -> Running:
    """Start it without waiting, as a shell starts a background job: with Ctrl-C ignored, which the program has to mend."""
    log = data_dir.parent / f"{data_dir.name}.log"
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("LS_EXPERT_", "OPENAI_", "LABEL_STUDIO_"))}
    env = {**keep, "DATA_DIR": str(data_dir), **{name: str(port) for name, port in ports.items()}, **(extra_env or {})}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ls_expert_plugin.demo.run"], cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )
    return Running(process, data_dir, ports, log)


def processes_using(data_dir: Path) -> list[str]:
    """Command lines of processes started for this data directory (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if re.fullmatch(r"\d+", entry.name) and int(entry.name) != os.getpid():
            try:
                environment = (entry / "environ").read_bytes().decode(errors="replace")
                if str(data_dir) in environment and (entry / "cmdline").read_bytes():
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue  # it has just ended, or is not ours to look at
    return found
