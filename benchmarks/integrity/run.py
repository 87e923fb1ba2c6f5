"""The measurement: fill, copy, migrate, measure both checkouts, print. Run it with ``make benchmark-integrity``."""

from __future__ import annotations

import argparse
import configparser
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.integrity import label_studio_rows, measure_label_studio, service_rows
from benchmarks.integrity.report import Taken, table
from benchmarks.integrity.sizes import SIZES, Amounts
from tests.support.clients.in_process import INSIDE
from tests.support.servers.label_studio import ADMIN_EMAIL, LabelStudio, on_postgresql
from tests.support.servers.postgresql import PostgresServer, find_postgresql

ROOT = Path(__file__).resolve().parents[2]
Found = dict[str, Taken]
EXPERTS = 5


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="make benchmark-integrity", description="How the service and the extension grow.")
    parser.add_argument("--label-studio-bin", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--before", type=Path, help="a checkout to compare with: git worktree add /some/folder 5f2ba60")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="numbers of annotations (default: %(default)s)")
    parser.add_argument("--only", choices=("service", "label-studio"), help="one side alone")
    asked = parser.parse_args(arguments)
    sides = {**({"before": asked.before.resolve()} if asked.before else {}), "after": ROOT}
    print(f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%d}, {os.cpu_count()} CPUs, {platform.machine()}, load {os.getloadavg()[0]:.1f}", flush=True)
    found: dict[str, dict[int, Found]] = {side: {} for side in sides}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-integrity-", ignore_cleanup_errors=True)))
        server = _postgresql(folder, stack)
        for size in asked.sizes:
            for side in sides:
                found[side][size] = {}
            if asked.only != "label-studio":
                _service(server, size, sides, found)
            if asked.only != "service":
                _label_studio(server, folder, size, sides, found, asked.label_studio_bin)
    print("\n" + table(asked.sizes, found))
    print(f"\nload {os.getloadavg()[0]:.1f}")
    return 0


def _service(server: PostgresServer, size: int, sides: dict[str, Path], found: dict[str, dict[int, Found]]) -> None:
    """Filled once by the oldest checkout, copied, and migrated by each: indexes are built over the rows, as an update does it."""
    oldest = next(iter(sides.values()))
    url = server.new_database(f"service_{size}")
    _python(oldest, "-c", f"from ls_expert_plugin.storage.migrate import migrate; migrate({url!r})")
    began = time.monotonic()
    service_rows.fill(_dsn(url), Amounts(size))
    _say(f"{size:,} annotations: the service's database filled in {time.monotonic() - began:.0f} s")
    for side, checkout in sides.items():
        copy = server.new_database(f"service_{size}_{side}", template=f"service_{size}")
        began = time.monotonic()
        _python(checkout, "-c", f"from ls_expert_plugin.storage.migrate import migrate; migrate({copy!r})")
        found[side][size]["update: migrating the service"] = time.monotonic() - began
        service_rows.tidy(_dsn(copy))
        said = _python(checkout, str(ROOT / "benchmarks/integrity/measure_service.py"), copy)
        found[side][size] |= json.loads(said.splitlines()[-1])
        _say(f"{size:,} annotations: service, {side}")


def _label_studio(server: PostgresServer, folder: Path, size: int, sides: dict[str, Path], found: dict[str, dict[int, Found]], binaries: Path) -> None:
    oldest = next(iter(sides.values()))
    name = f"label_studio_{size}"
    home, url = folder / name, server.new_database(name)
    home.mkdir()
    made = _prepared(_started(binaries, home, url, oldest), _dsn(url), Amounts(size))
    service_rows.tidy(_dsn(url))
    for side, checkout in sides.items():
        copy = server.new_database(f"{name}_{side}", template=name)
        began = time.monotonic()
        studio = _started(binaries, home, copy, checkout)
        found[side][size]["update: starting Label Studio"] = time.monotonic() - began
        service_rows.tidy(_dsn(copy))
        try:
            expert = studio.client(cookies=made["cookies"])
            expert.timeout = studio.service.timeout = studio.admin.timeout = measure_label_studio.LONGEST_S
            found[side][size] |= measure_label_studio.measure(
                studio.url, studio.service, expert, studio.admin, project=made["project"], experts=made["experts"], last_picture=made["last_picture"],
            )
        finally:
            studio.stop()
        _say(f"{size:,} annotations: Label Studio, {side}")


def _prepared(studio: LabelStudio, dsn: str, amounts: Amounts) -> dict[str, Any]:
    """A project with rows of each kind, and people; then everything by SQL, with Label Studio stopped."""
    try:
        project = studio.new_project("Big", [{"data": {"text": "first", "image": "/data/local-files/?d=pics/0.png"}}], maximum_annotations=2)
        [task] = studio.task_ids(project)
        members = [studio.sign_up(f"expert{number}@bench.example") for number in range(EXPERTS)]
        result = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]
        answer = studio.admin.post(f"/api/tasks/{task}/annotations/", json={"result": result})
        answer.raise_for_status()
        admin = int(studio.admin.get("/api/current-user/whoami").json()["id"])
        cookies = dict(members[0].http.cookies)
    finally:
        studio.stop()
    last = amounts.big_project - 1
    pictures = studio.files / "pics"
    pictures.mkdir(exist_ok=True)
    (pictures / f"{last}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    label_studio_rows.fill(dsn, amounts, project=project, task=task, annotation=int(answer.json()["id"]), experts=[one.id for one in members], admin=admin)
    studio.run_inside(
        INSIDE / "storage.py", kind="LocalFilesImportStorage", project=project, columns={"path": str(pictures)}, extra_env={"PYTHONPATH": str(ROOT)},
    )
    return {"project": project, "experts": [one.id for one in members], "cookies": cookies, "last_picture": last}


def _started(binaries: Path, home: Path, url: str, checkout: Path) -> LabelStudio:
    return LabelStudio(_commands(binaries, home, checkout), home, {**on_postgresql(url), "PYTHONPATH": str(checkout), "LABEL_STUDIO_USERNAME": ADMIN_EMAIL})


def _commands(binaries: Path, home: Path, checkout: Path) -> Path:
    """A folder with Label Studio's Python and this checkout's ``ls-expert``: the environment's own begins in a module that another checkout may not have."""
    settings = configparser.ConfigParser()
    settings.read(checkout / "setup.cfg")
    [line] = [line for line in settings["options.entry_points"]["console_scripts"].splitlines() if line.startswith("ls-expert ")]
    module, function = line.partition("=")[2].strip().split(":")
    folder = home / f"commands-{checkout.name}"
    folder.mkdir(exist_ok=True)
    for name, text in (
        ("python", f'#!/bin/sh\nexec "{binaries / "python"}" "$@"\n'),
        # From the checkout's folder: Label Studio's process is begun with "-c", which looks there first. Settings that it does not know it would refuse.
        ("ls-expert", f"#!{binaries / 'python'}\nimport os, sys\nos.chdir({str(checkout)!r})\nsettings = 'ls_expert_plugin/config/settings.py'\n"
                      "known = open(settings if os.path.exists(settings) else 'ls_expert_plugin/config.py').read()\n"
                      "for name in [name for name in os.environ if name.startswith('LS_EXPERT_') and name not in known]:\n    del os.environ[name]\n"
                      f"from {module} import {function}\nsys.exit({function}())\n"),
    ):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def _python(checkout: Path, *arguments: str) -> str:
    """What a script of ours prints, with this checkout's modules."""
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)}, capture_output=True, text=True, check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{arguments[0]} failed in {checkout}:\n{ran.stderr[-3000:]}")
    return ran.stdout


def _postgresql(folder: Path, stack: ExitStack) -> PostgresServer:
    binaries = find_postgresql()
    if binaries is None:
        sys.exit("There is no PostgreSQL server on this machine. On Debian: apt install postgresql.")
    folder.chmod(0o755)
    home = folder / "postgresql"
    home.mkdir()
    server = PostgresServer(binaries, home)
    server.start()
    stack.callback(server.stop)
    return server


def _dsn(url: str) -> str:
    parts = urlsplit(url)
    return f"host=127.0.0.1 port={parts.port} user=postgres dbname={parts.path.lstrip('/')}"


def _say(text: str) -> None:
    print(f"  {dt.datetime.now(dt.timezone.utc):%H:%M:%S} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
