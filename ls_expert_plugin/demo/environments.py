"""The two environments of ``make run`` and ``make test``, made with uv from the package index. Standard library only.

An environment is made anew when what it was made from has changed; a stamp file says what that was. It is put in place
under its final name only when whole, so that an interrupted install leaves nothing that looks ready.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LABEL_STUDIO = "label-studio==1.23.2"
# Asks for a Flask of 2021, so it is installed without its dependencies; what it imports of them is in our own list.
LABEL_STUDIO_ML = "label-studio-ml==1.0.9"


class CannotStart(Exception):
    """Something is in the way; the sentence says what to do."""


@dataclass(frozen=True)
class Environments:
    """Where the two environments are."""

    expert_bin: Path
    label_studio_bin: Path

    @property
    def expert_python(self) -> Path:
        return self.expert_bin / "python"


def ensure_pinned(root: Path, name: str, extras: str, pins: Sequence[str]) -> Path:
    """The Python of a further environment with these versions instead of the newest."""
    home = _home(root)
    folder, stamp = home / name, _stamp(root, *pins)
    if not _is_current(folder, stamp):
        uv = _uv(home)
        _say(f"Making an environment with {', '.join(pins)} …")
        _make(uv, folder, stamp, [["-e", f"{root}[{extras}]", *pins], ["--no-deps", LABEL_STUDIO_ML]])
    return folder / "bin" / "python"


def ensure_label_studio_with(root: Path, name: str, packages: Sequence[str]) -> Path:
    """The Python of a further environment of Label Studio, with these packages beside it and ours."""
    home = _home(root)
    folder, stamp = home / name, _stamp(root, *packages)
    if not _is_current(folder, stamp):
        uv = _uv(home)
        _say("Making an environment with Label Studio and what its own tests need …")
        _make(uv, folder, stamp, [[LABEL_STUDIO, *packages], ["--no-deps", "-e", str(root)]])
    return folder / "bin" / "python"


def ensure_service(root: Path, extras: str = "service") -> Path:
    """The Python of the service's environment. ``extras`` of our package: "service", or "service,test"."""
    home, stamp = _home(root), _stamp(root)
    folder = home / f"expert-{extras.replace(',', '-')}"
    if not _is_current(folder, stamp):
        uv = _uv(home)
        _say("Making the plugin's environment …")
        _make(uv, folder, stamp, [["-e", f"{root}[{extras}]"], ["--no-deps", LABEL_STUDIO_ML]])
    return folder / "bin" / "python"


def ensure(root: Path, extras: str = "service") -> Environments:
    """Make what is missing: the service's environment and Label Studio's."""
    home, stamp = _home(root), _stamp(root)
    expert, studio = ensure_service(root, extras), home / "label-studio"
    if not _is_current(studio, stamp):
        uv = _uv(home)
        _say("Making Label Studio's environment (about 1 GB on disk) …")
        _make(uv, studio, stamp, [[LABEL_STUDIO], ["--no-deps", "-e", str(root)]])
    return Environments(expert.parent, studio / "bin")


def check(python: Path, arguments: Sequence[str], env: Mapping[str, str]) -> None:
    """Run a command of ours quietly; raises ``CannotStart`` with its last line when it fails."""
    done = subprocess.run([str(python), *arguments], env=dict(env), capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotStart((done.stderr.strip().splitlines() or ["A command failed without a word."])[-1])


def show(python: Path, arguments: Sequence[str], env: Mapping[str, str]) -> None:
    """Run a command of ours with its output shown; raises ``CannotStart`` when it fails."""
    done = subprocess.run([str(python), *arguments], env=dict(env), stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise CannotStart((done.stderr.strip().splitlines() or ["A command failed; what it said is above."])[-1])


def capture(python: Path, code: str, env: Mapping[str, str]) -> str:
    """What a line of Python of ours prints."""
    done = subprocess.run([str(python), "-c", code], env=dict(env), capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotStart((done.stderr.strip().splitlines() or ["A command failed without a word."])[-1])
    return done.stdout.strip()


def _home(root: Path) -> Path:
    return Path(os.environ.get("ENVIRONMENTS_DIR") or root / ".environments").absolute()


def _stamp(root: Path, *pins: str) -> str:
    """What an environment is made from: our dependencies, this Python, this checkout."""
    made_from = [(root / "setup.cfg").read_text(), LABEL_STUDIO, LABEL_STUDIO_ML, sys.version, str(root), *pins]
    return hashlib.sha256("\n".join(made_from).encode()).hexdigest()


def _is_current(folder: Path, stamp: str) -> bool:
    file = folder / "made-from"
    return file.exists() and file.read_text() == stamp


def _uv(home: Path) -> Path:
    """uv, in an environment of its own."""
    folder = home / "tools"
    uv = folder / "bin" / "uv"
    if uv.exists():
        return uv
    home.mkdir(parents=True, exist_ok=True)
    _say("Fetching uv from the package index …")
    shutil.rmtree(folder, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True)
    if made.returncode != 0:
        raise CannotStart("Python here cannot make virtual environments. On Debian: apt install python3-venv")
    got = subprocess.run(
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv>=0.5"],
        capture_output=True, text=True,
    )
    if got.returncode != 0 or not uv.exists():
        shutil.rmtree(folder, ignore_errors=True)
        raise CannotStart("The package index cannot be reached, or has no uv for this machine. Check the network, or pip's index-url.")
    return uv


def _make(uv: Path, folder: Path, stamp: str, installs: Sequence[Sequence[str]]) -> None:
    started = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    env = {**os.environ, **_index(uv)}
    steps: list[list[str]] = [[str(uv), "venv", "--quiet", "--python", sys.executable, str(folder)]]
    steps += [[str(uv), "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *what] for what in installs]
    for step in steps:
        done = subprocess.run(step, env=env, capture_output=True, text=True)
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise CannotStart(_why(done.stderr))
    (folder / "made-from").write_text(stamp)
    _say(f"  done in {time.monotonic() - started:.0f} s.")


def _why(said: str) -> str:
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    if any(word in said.lower() for word in ("dns error", "failed to fetch", "connection", "timed out", "could not connect")):
        return "The package index cannot be reached. Check the network, or UV_DEFAULT_INDEX, and start again."
    return "Installing failed: " + " ".join(lines[-3:])[:500]


def _index(uv: Path) -> dict[str, str]:
    """uv does not read pip's configuration; a team's own index is handed over."""
    if any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        return {}
    pip = subprocess.run([str(uv.parent / "python"), "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True)
    url = os.environ.get("PIP_INDEX_URL") or pip.stdout.strip()
    return {"UV_DEFAULT_INDEX": url} if url else {}


def _say(text: str) -> None:
    print(text, flush=True)
