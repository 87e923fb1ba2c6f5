"""A PostgreSQL server for the tests, started from the system's binaries in a temporary directory."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg

DEBIAN = Path("/usr/lib/postgresql")
# The cluster's folder inside a server's own.
DATA = "data"


def find_postgresql() -> Path | None:
    """The directory with ``initdb`` and ``pg_ctl``: on the path, or the newest where Debian keeps them."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgresServer:
    """One server; a database of its own for each test. PostgreSQL refuses to run as root: then it runs as "postgres"."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries, self._folder, self.port = binaries, folder, free_port()
        self._as: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            for way in (folder, *folder.parents):  # however deep: where tests run in several processes, each has a folder of its own
                if way in (Path(tempfile.gettempdir()), Path("/")):
                    break
                way.chmod(way.stat().st_mode | 0o055)
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]

    def start(self, template: Path | None = None) -> None:
        """Make the cluster, or copy one that was stopped cleanly, and start it. No durability: it lives as long as the tests."""
        data = self._folder / DATA
        if template is None:
            self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        else:
            shutil.copytree(template, data)
            if self._as:
                subprocess.run(["chown", "-R", "postgres", str(data)], check=True)
            data.chmod(0o700)
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} "
            "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        )
        self._run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(self._folder / "log"), "start")

    def stop(self, *, cleanly: bool = False) -> None:
        """Stop it: at once, or so that its folder can be copied. A server that has already gone is stopped."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", str(self._folder / DATA), "-w", "-m", "fast" if cleanly else "immediate", "stop")

    def new_database(self, name: str | None = None, *, template: str | None = None, strategy: str = "FILE_COPY") -> str:
        """Make a database, empty or the same as ``template``, which nobody may be connected to; returns its SQLAlchemy address.

        ``strategy``: PostgreSQL's; FILE_COPY for much (Label Studio's), WAL_LOG for little.
        """
        name = name or f"test_{uuid.uuid4().hex[:12]}"
        copied = f' TEMPLATE "{template}" STRATEGY {strategy}' if template else ""
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"{copied}')  # type: ignore[arg-type]
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self._as, str(self._binaries / program), *arguments], check=True, cwd=self._folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
