"""The measurement: prepare, start side by side, ask by turns, print. Run it with ``make benchmark-routing``."""

from __future__ import annotations

import datetime as dt
import os
import platform
import random
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.routing.measuring import Pair, measure
from benchmarks.routing.operations import Asker, Project
from benchmarks.routing.options import FEWER, Database, Options, read
from benchmarks.routing.places import Place
from benchmarks.routing.prepared import Prepared, prepare
from benchmarks.routing.report import table
from benchmarks.routing.servers import Server, Side, run_inside
from tests.support.servers.postgresql import PostgresServer, find_postgresql


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    options = read(arguments)
    print(f"{_machine()}\n{options.rounds} rounds; intervals: 95 of 100 resamplings of the rounds")
    for database in options.databases:
        print(f"\n=== {database} ===", flush=True)
        with ExitStack() as stack:
            _measure_on(database, options, stack)
    return 0


def _measure_on(database: Database, options: Options, stack: ExitStack) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-routing-")))
    server = _postgresql(folder, stack) if database == "postgresql" else None
    data = prepare(folder, options.sizes, server, options.label_studio_bin)
    print(f"  {_load()}", flush=True)
    for text in compare(data, options, stack):
        print(text, flush=True)
    print(f"\n  {_load()}")


def compare(data: Prepared, options: Options, stack: ExitStack) -> list[str]:
    """The tables."""
    needed = options.rounds + options.warmup + 1
    # Of the projects that the expert sees, others for each comparison: a task is submitted once.
    chosen = random.Random(7).sample(data.seen, 3 * needed)  # noqa: S311  (a sample, not a secret)
    asked = [Project(**row) for row in run_inside("about.py", "stock", data.whole, options.label_studio_bin, projects=chosen)]
    servers: dict[str, Server] = {}
    sides: tuple[tuple[str, Side, Place], ...] = (
        ("whole", "stock", data.whole), ("visible", "stock", data.visible), ("granted", "extended", data.granted), ("small", "extended", data.small),
    )
    for name, side, place in sides:
        servers[name] = Server(side, place, options.label_studio_bin)
        stack.callback(servers[name].stop)

    def asker(name: str, email: str) -> Asker:
        made = Asker(servers[name].port, email)
        stack.callback(made.close)
        return made

    expert = asker("granted", data.expert_email)
    total, seen = options.sizes.projects, len(data.seen)
    few = seen + (total - seen) // FEWER
    pairs = (
        (Pair("manager", asker("whole", data.manager_email), asker("granted", data.manager_email)), asked[:needed],
         f"Managers: stock, extended; both with {total} projects", "medians and p95 at most 1.05, one query more"),
        (Pair("expert", asker("visible", data.expert_email), expert), asked[needed:2 * needed],
         f"Experts: stock with no more than the {seen} projects that the expert sees, extended with {total}",
         "medians and p95 at most 1.10, one query more"),
        (Pair("growth", asker("small", data.expert_email), expert), asked[2 * needed:],
         f"Growth: extended with {options.sizes.users // FEWER} people who have memberships and {few} projects, extended with "
         f"{options.sizes.users} and {total}; the expert sees {seen} of either", "no growth: ratios near 1, the same number of queries"),
    )
    return [table(title, measure(pair, projects, options.rounds, options.warmup), target) for pair, projects, title, target in pairs]


def _postgresql(folder: Path, stack: ExitStack) -> PostgresServer:
    binaries = find_postgresql()
    if binaries is None:
        sys.exit("There is no PostgreSQL server on this machine. On Debian: apt install postgresql. Or choose --database sqlite.")
    folder.chmod(0o755)
    home = folder / "postgresql"
    home.mkdir()
    server = PostgresServer(binaries, home)
    server.start()
    stack.callback(server.stop)
    return server


def _machine() -> str:
    return f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%d}, {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def _load() -> str:
    return "load of the machine (1, 5, 15 minutes): " + ", ".join(f"{load:.1f}" for load in os.getloadavg())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
