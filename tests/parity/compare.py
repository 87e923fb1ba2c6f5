"""Runs both sides and says what differs. In the environment that ``run.py`` makes; exit code 1 when something is lost.

    python -m tests.parity.compare [--sample] DATABASE…
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.parity.exceptions import FILE, read_exceptions
from tests.parity.outcomes import BrokenOff, Round, check_sides, compare, undecided
from tests.parity.report import told
from tests.parity.sample import SAMPLE
from tests.parity.suite import SETTINGS, Chosen, run_both
from tests.support.servers.postgresql import PostgresServer, find_postgresql

DATABASES = ("sqlite", "postgresql")
# How often a test that differs is run again before it counts. One that fails on both sides is run again once.
_REPETITIONS = 2

Places = Mapping[str, Mapping[str, str]]


def main(arguments: Sequence[str]) -> int:
    """0 when everything that passes on stock passes with the extension, on every database asked for."""
    parser = argparse.ArgumentParser(prog="make parity")
    parser.add_argument("databases", nargs="*", default=list(DATABASES), help="sqlite, postgresql, or both")
    parser.add_argument("--sample", action="store_true", help="the part that every change is tried with")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.databases if name not in DATABASES]
    if unknown:
        parser.error(f"there is no database {unknown[0]!r}: write sqlite, postgresql, or both")
    folder = Path(tempfile.mkdtemp(prefix="ls-expert-parity-"))
    try:
        exceptions = read_exceptions(FILE.read_text(encoding="utf-8"))
        chosen = Chosen(files=SAMPLE) if asked.sample else Chosen()
        held = [_compare_on(database, folder / database, chosen, exceptions) for database in asked.databases]
    except BrokenOff as broken:
        print(broken, file=sys.stderr)
        return 1
    if all(held):
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    print(f"What the runs printed is in {folder}.")
    return 1


def _compare_on(database: str, folder: Path, chosen: Chosen, exceptions: Mapping[str, str]) -> bool:
    print(f"Label Studio's own tests on {database}, on stock and with the extension, side by side …", flush=True)
    started = time.monotonic()
    rounds: list[Round] = []
    with _places(database, folder / "server") as places:
        rounds.append(run_both(folder / "whole", chosen, places))
        check_sides(*rounds[0], database)
        for number in range(1, _REPETITIONS + 1):
            again = [test for test in undecided(rounds) if test not in exceptions]
            if not again:
                break
            print(f"  {len(again)} tests differ or fail; they are run again alone, {number} of {_REPETITIONS} …", flush=True)
            files = sorted({test.split("::")[0] for test in again})
            rounds.append(run_both(folder / f"again-{number}", Chosen(files, again), places))
    difference = compare(rounds, exceptions)
    print(told(*rounds[0], difference))
    print(f"  {(time.monotonic() - started) / 60:.1f} minutes.", flush=True)
    return difference.is_parity


@contextlib.contextmanager
def _places(database: str, folder: Path) -> Iterator[Places]:
    """Where each side keeps its database; Django makes and destroys the test database itself."""
    if database == "sqlite":
        yield {name: {"DJANGO_DB": "sqlite"} for name in SETTINGS}
        return
    binaries = find_postgresql()
    if binaries is None:
        raise BrokenOff("There is no PostgreSQL server on this machine. On Debian: apt install postgresql")
    folder.mkdir(parents=True)
    server = PostgresServer(binaries, folder)
    server.start()
    try:
        yield {name: {
            "DJANGO_DB": "default", "POSTGRE_HOST": "127.0.0.1", "POSTGRE_PORT": str(server.port), "POSTGRE_USER": "postgres",
            "POSTGRE_PASSWORD": "", "POSTGRE_NAME": server.new_database().rpartition("/")[2],
        } for name in SETTINGS}
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
