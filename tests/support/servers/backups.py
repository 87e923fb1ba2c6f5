"""Backups as somebody who runs this makes them, and their restore: ``pg_dump`` and ``psql`` on PostgreSQL, a copied file on SQLite."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.support.servers.postgresql import find_postgresql
from tests.support.waiting import until


def back_up(database_url: str, to: Path) -> Path:
    """The database as it is now, in a file."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        _copy(Path(str(url.database)), to)
    else:
        _run("pg_dump", "--no-owner", "--file", str(to), "--host", str(url.host), "--port", str(url.port), "--username", "postgres", str(url.database))
    return to


def base_backup(database_url: str, to: Path) -> Path:
    """The whole cluster, while it runs, in a folder that a server may be started on."""
    url = make_url(database_url)
    _run("pg_basebackup", "--pgdata", str(to), "--host", str(url.host), "--port", str(url.port), "--username", "postgres", "--checkpoint", "fast")
    return to


@contextlib.contextmanager
def archived(database_url: str, to: Path) -> Iterator[None]:
    """Inside, the cluster's WAL is archived, as a server's own backups do; whole up to the end."""
    url = make_url(database_url)
    to.mkdir()
    where = ("--host", str(url.host), "--port", str(url.port), "--username", "postgres")
    with subprocess.Popen([_program("pg_receivewal"), "--directory", str(to), "--synchronous", *where], stdout=subprocess.DEVNULL) as receiving:
        try:
            yield
            with psycopg.connect(host=url.host, port=url.port, user="postgres", dbname="postgres", autocommit=True) as connection:
                last = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
                connection.execute("SELECT pg_switch_wal()")
            assert last is not None
            until(lambda: (to / last[0]).exists(), "the last of the WAL is not in the archive")
        finally:
            receiving.terminate()
    for way in (to, *to.iterdir()):  # PostgreSQL's own user reads them
        way.chmod(0o755)


def set_point_in_time(base: Path, archive: Path, at_utc: dt.datetime) -> None:
    """A server that is started on this base backup goes on to that moment by the archive, and begins a timeline of its own."""
    with (base / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{at_utc.isoformat()}'\nrecovery_target_action = 'promote'\n")
    (base / "recovery.signal").touch()


def restore(backup: Path, database_url: str) -> None:
    """Put it in the database's place; whoever is connected there loses it."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        _copy(backup, Path(str(url.database)))
        return
    with psycopg.connect(host=url.host, port=url.port, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')  # type: ignore[arg-type]
        connection.execute(f'CREATE DATABASE "{url.database}"')  # type: ignore[arg-type]
    _run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(backup), "--host", str(url.host), "--port", str(url.port), "--username", "postgres",
         "--dbname", str(url.database))


def _copy(source: Path, target: Path) -> None:
    """As ``sqlite3 SOURCE '.backup TARGET'`` does: whole, also while somebody has it open."""
    with contextlib.closing(sqlite3.connect(source, timeout=30)) as there, contextlib.closing(sqlite3.connect(target, timeout=30)) as here:
        there.backup(here)


def _run(program: str, *arguments: str) -> None:
    subprocess.run([_program(program), *arguments], check=True, stdout=subprocess.DEVNULL)


def _program(program: str) -> str:
    binaries = find_postgresql()
    beside = binaries and shutil.which(program, path=str((binaries / "pg_ctl").resolve().parent))
    found = beside or shutil.which(program)
    assert found, f"no {program} on this machine (Debian: apt install postgresql)"
    return found
