"""The two environments of ``make run`` and ``make test``, made with uv from the package index. Standard library only.

An environment is made anew when what it was made from has changed; a stamp file says what that was. The stamp is written last, and what was
interrupted is removed, so that nothing half-made looks ready. All of them share uv's own cache, by hard links where it is on the same disk.

    python environments.py uv|expert|label-studio    makes one of them: ``make run`` makes two at once, as processes it can end
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LABEL_STUDIO = "label-studio==1.23.2"
# Asks for a Flask of 2021, so it is installed without its dependencies; what it imports of them is in our own list.
LABEL_STUDIO_ML = "label-studio-ml==1.0.9"
# Bytes on the disk with a cold cache. With a warm one most of it is there already.
DATA_ROOM = 200_000_000
ROOM = {"expert": 600_000_000, "label-studio": 1_500_000_000}


class CannotStart(Exception):
    """Something is in the way; the sentence says what to do."""


@dataclass(frozen=True)
class Environments:
    """Where the environments of plug-in and Label Studio are."""

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
    """The Python of the service's environment, made where it is missing. ``extras`` of our package: "service", or "service,test"."""
    if "expert" in missing(root, extras):
        make(root, "expert", extras)
    return where(root, extras).expert_python


def ensure(root: Path, extras: str = "service") -> Environments:
    """Make what is missing. ``extras`` of our package for the service's environment: "service", or "service,test"."""
    for name in missing(root, extras):
        if name != "uv":  # which comes with the first
            make(root, name, extras)
    return where(root, extras)


def where(root: Path, extras: str = "service") -> Environments:
    """Where the two are, made or not."""
    return Environments(_folder(root, "expert", extras) / "bin", _folder(root, "label-studio", extras) / "bin")


def missing(root: Path, extras: str = "service") -> list[str]:
    """What is to be made yet, in this order: "uv" before the others."""
    names = [name for name in ("label-studio", "expert") if not _is_current(_folder(root, name, extras), _stamp(root))]
    return ["uv", *names] if names and not _uv_in(_home(root)).exists() else names


def make(root: Path, name: str, extras: str = "service") -> None:
    """Make one of those. Raises ``CannotStart``."""
    uv = _uv(_home(root))
    if name == "expert":
        _say("Making the plugin's environment …")
        _make(uv, _folder(root, name, extras), _stamp(root), [["-e", f"{root}[{extras}]"], ["--no-deps", LABEL_STUDIO_ML]])
    elif name == "label-studio":
        _say("Making Label Studio's environment (about 1 GB on disk) …")
        _make(uv, _folder(root, name, extras), _stamp(root), [[LABEL_STUDIO], ["--no-deps", "-e", str(root)]])


def require_room(root: Path, data_dir: Path, names: Sequence[str]) -> None:
    """Raises ``CannotStart`` when a disk cannot hold what is to be made there."""
    for folder, needed, setting in ((_home(root), sum(ROOM.get(name, 0) for name in names), "ENVIRONMENTS_DIR"), (data_dir, DATA_ROOM, "DATA_DIR")):
        existing = next(there for there in (folder, *folder.parents) if there.exists())
        problem = no_room(folder, shutil.disk_usage(existing).free, needed, setting)
        if problem:
            raise CannotStart(problem)


def no_room(folder: Path, free: int, needed: int, setting: str) -> str:
    """What to say about a disk with too little room. Bytes; empty: there is enough."""
    if free >= needed:
        return ""
    return f"The disk of {folder} is full: {needed / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free. Make room, or choose another place: {setting}"


def why_not(problem: OSError, doing: str, setting: str) -> str:
    """What to say about a file that could not be written or read. ``setting``: with what another place is chosen."""
    place = problem.filename or doing
    if problem.errno == errno.ENOSPC:
        return f"The disk is full ({place}). Make room, or choose another place: {setting}"
    return f"{problem.strerror or problem}: {place}"


def keeping_bytecode(environ: Mapping[str, str]) -> dict[str, str]:
    """These variables for processes of ours: compiled Python is kept, whatever the caller's habit. Each would compile all it imports."""
    return {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _folder(root: Path, name: str, extras: str) -> Path:
    return _home(root) / (f"expert-{extras.replace(',', '-')}" if name == "expert" else name)


def _home(root: Path) -> Path:
    return Path(os.environ.get("ENVIRONMENTS_DIR") or root / ".environments").absolute()


def _stamp(root: Path, *pins: str) -> str:
    """What an environment is made from: our dependencies, this Python, this checkout."""
    made_from = [(root / "setup.cfg").read_text(), LABEL_STUDIO, LABEL_STUDIO_ML, sys.version, str(root), *pins]
    return hashlib.sha256("\n".join(made_from).encode()).hexdigest()


def _is_current(folder: Path, stamp: str) -> bool:
    file = folder / "made-from"
    return file.exists() and file.read_text() == stamp


def _uv_in(home: Path) -> Path:
    return home / "tools" / "bin" / "uv"


def _uv(home: Path) -> Path:
    """uv, in a folder of its own: by this Python's pip, or where it has none, by that of an environment."""
    uv = _uv_in(home)
    if not uv.exists():
        with _alone(home / "tools"):
            if not uv.exists():
                _fetch_uv(home)
    return uv


def _fetch_uv(home: Path) -> None:
    folder, making = home / "tools", home / "tools.making"
    _say("Fetching uv from the package index …")
    for left in (folder, making):
        shutil.rmtree(left, ignore_errors=True)
    quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv>=0.5"]
    try:
        if _runs(sys.executable, "-m", "pip", "--version"):
            got = _runs(sys.executable, *quiet, "--no-user", "--target", str(making))
        elif _runs(sys.executable, "-m", "venv", str(making)):
            got = _runs(str(making / "bin" / "python"), *quiet)
        else:
            raise CannotStart("Python here cannot make virtual environments. On Debian: apt install python3-venv")
        if not got or not (making / "bin" / "uv").exists():
            raise CannotStart("The package index cannot be reached, or has no uv for this machine. Check the network, or pip's index-url.")
        making.replace(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _runs(*command: str) -> bool:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process makes this; others wait for it, and look again."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(uv: Path, folder: Path, stamp: str, installs: Sequence[Sequence[str]]) -> None:
    with _alone(folder):
        if not _is_current(folder, stamp):
            _make_alone(uv, folder, stamp, installs)


def _make_alone(uv: Path, folder: Path, stamp: str, installs: Sequence[Sequence[str]]) -> None:
    started = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    env = {**os.environ, **_index(uv)}
    steps: list[list[str]] = [[str(uv), "venv", "--quiet", "--python", sys.executable, str(folder)]]
    steps += [[str(uv), "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *what] for what in installs]
    try:
        for step in steps:
            done = subprocess.run(step, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode != 0:
                raise CannotStart(_why(done.stderr))
        (folder / "made-from").write_text(stamp)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _say(f"  done in {time.monotonic() - started:.0f} s.")


def _why(said: str) -> str:
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    if "no space left" in said.lower() or "os error 28" in said.lower():
        return "The disk is full: Label Studio's environment and ours need about 1.5 GB. Make room, or choose another place: ENVIRONMENTS_DIR"
    if any(word in said.lower() for word in ("dns error", "failed to fetch", "connection", "timed out", "could not connect")):
        return "The package index cannot be reached. Check the network, or UV_DEFAULT_INDEX, and start again."
    return "Installing failed: " + " ".join(lines[-3:])[:500]


def _index(uv: Path) -> dict[str, str]:
    """uv does not read pip's configuration; a team's own index is handed over."""
    if any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        return {}
    python = uv.parent / "python"  # where this Python has no pip
    pip = subprocess.run([str(python) if python.exists() else sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True)
    url = os.environ.get("PIP_INDEX_URL") or pip.stdout.strip()
    return {"UV_DEFAULT_INDEX": url} if url else {}


def _say(text: str) -> None:
    print(text, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Make one; exit code 1 with one sentence on stderr. Told to end, it removes what is half-made."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        make(Path(__file__).resolve().parents[2], arguments[0])
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"Making an environment failed: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
