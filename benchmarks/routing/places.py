"""Where a Label Studio keeps its data: a folder, and on PostgreSQL a database too. Copies of one are made in a second or so."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.support.servers.postgresql import PostgresServer


@dataclass(frozen=True)
class Place:
    """One Label Studio's data, and the environment variables that say where it is."""

    folder: Path
    env: Mapping[str, str]


def on_sqlite(folder: Path) -> Place:
    """A new place; the database is a file in the folder."""
    folder.mkdir(parents=True)
    return Place(folder, {"DJANGO_DB": "sqlite"})


def on_postgresql(folder: Path, server: PostgresServer) -> Place:
    """A new place with a new, empty database on this server."""
    folder.mkdir(parents=True)
    return Place(folder, _env(server, urlsplit(server.new_database()).path.lstrip("/")))


def copy(place: Place, folder: Path, server: PostgresServer | None) -> Place:
    """The same data once more. Nothing may be running on ``place``."""
    shutil.copytree(place.folder, folder)
    if server is None:
        return Place(folder, place.env)
    name = f"{folder.name.replace('-', '_')}_{folder.stat().st_ino}"
    _execute(server, "postgres", f'CREATE DATABASE "{name}" TEMPLATE "{place.env["POSTGRE_NAME"]}"')
    return Place(folder, _env(server, name))


def tidy(place: Place, server: PostgresServer | None) -> None:
    """What PostgreSQL does by itself in the background: statistics. SQLite does nothing by itself, and nothing is done to it."""
    if server is not None:
        _execute(server, place.env["POSTGRE_NAME"], "VACUUM ANALYZE")


def _env(server: PostgresServer, name: str) -> dict[str, str]:
    return {
        "DJANGO_DB": "default", "POSTGRE_HOST": "127.0.0.1", "POSTGRE_PORT": str(server.port), "POSTGRE_USER": "postgres", "POSTGRE_PASSWORD": "",
        "POSTGRE_NAME": name,
    }


def _execute(server: PostgresServer, database: str, statement: str) -> None:
    with psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", dbname=database, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # made of names of our own
