"""Template databases: a migrated Label Studio on each database, made once and kept beside the environments, to be copied.

    python -m tests.support.servers.templates

Migrating takes half a minute of processor time each, a copy starts in seconds. They are made anew when what they were made from
has changed; under their final name they stand only when whole. Several processes may ask at once: one makes, the others wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers.label_studio import LabelStudio, on_postgresql
from tests.support.servers.postgresql import DATA, PostgresServer, find_postgresql

ROOT = Path(__file__).resolve().parents[3]
# The database in the template cluster that Label Studio has migrated.
LABEL_STUDIO_DATABASE = "label_studio"
CLUSTER = "cluster"


def sqlite_template(binaries: Path) -> Path:
    """A folder with the data of a Label Studio that was started once, on SQLite."""
    with _made(binaries, "sqlite") as (kept, making):
        if making is not None:
            LabelStudio(binaries, making).stop()
    return kept


def postgresql_template(binaries: Path, postgresql: Path) -> Path:
    """The data directory of a PostgreSQL cluster, stopped, in which ``LABEL_STUDIO_DATABASE`` has been migrated."""
    with _made(binaries, "postgresql", str(postgresql)) as (kept, making):
        if making is not None:
            with tempfile.TemporaryDirectory(prefix="ls-expert-postgresql-", ignore_cleanup_errors=True) as folder:
                server = PostgresServer(postgresql, Path(folder))
                server.start()
                LabelStudio(binaries, making, on_postgresql(server.new_database(LABEL_STUDIO_DATABASE))).stop()
                server.stop(cleanly=True)
                shutil.move(Path(folder) / DATA, making / CLUSTER)
    return kept / CLUSTER


@contextmanager
def _made(binaries: Path, name: str, *made_with: str) -> Iterator[tuple[Path, Path | None]]:
    """Where the template is, and a folder to make it in if it is not there; that folder becomes the template at the end."""
    home = binaries.parents[1]
    kept = home / f"label-studio-on-{name}-{_hash(binaries, *made_with)}"
    with (home / f"label-studio-on-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            yield kept, None
            return
        for old in home.glob(f"label-studio-on-{name}-*"):
            shutil.rmtree(old, ignore_errors=True)
        making = kept.with_name(f"{kept.name}-making")
        making.mkdir()
        yield kept, making
        making.rename(kept)


def _hash(binaries: Path, *made_with: str) -> str:
    """What the templates are made from: Label Studio's environment, and what the extension does to its database."""
    extension = ROOT / "ls_expert_plugin" / "label_studio"
    sources = sorted(path for name in ("migrations/*.py", "*trigger*.py", "models.py", "apps.py") for path in extension.rglob(name))
    made_from = [(binaries.parent / "made-from").read_text(), *(path.read_text() for path in sources), *made_with]
    return hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:12]


def main() -> None:
    """Make what is missing, both at once."""
    binaries, postgresql = Path(os.environ["TESTED_LABEL_STUDIO_BIN"]), find_postgresql()
    print("Looking for a migrated Label Studio on each database, to copy from; made once, in a minute …", flush=True)
    with ThreadPoolExecutor(2) as pool:
        making = [pool.submit(sqlite_template, binaries)]
        if postgresql is not None:
            making.append(pool.submit(postgresql_template, binaries, postgresql))
        for one in making:
            one.result()


if __name__ == "__main__":
    sys.exit(main())
