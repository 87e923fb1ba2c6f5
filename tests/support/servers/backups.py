"""Backups as somebody who runs this makes them, and their restore: ``pg_dump`` and ``psql`` on PostgreSQL, a copied file on SQLite."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.support.servers.postgresql import find_postgresql


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
    binaries = find_postgresql()
    beside = binaries and shutil.which(program, path=str((binaries / "pg_ctl").resolve().parent))
    found = beside or shutil.which(program)
    assert found, f"no {program} on this machine (Debian: apt install postgresql)"
    subprocess.run([found, *arguments], check=True, stdout=subprocess.DEVNULL)
