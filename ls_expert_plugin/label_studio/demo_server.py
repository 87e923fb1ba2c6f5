"""Label Studio's server for the demo: its first migration goes into a database of another name, which is renamed when whole.

So it may be quick (nothing waits for the disk, garbage is collected seldom), and what is broken off never looks ready. Everything else is
``label-studio start``. Only ``make run`` starts it; a team's own Label Studio starts with ``ls-expert label-studio``.
"""

from __future__ import annotations

import contextlib
import gc
import os
from pathlib import Path
from typing import Any

MAKING = ".making"
# Rendering its 265 migrations makes 22,000 classes, most of them garbage; collected this seldom, it takes a fifth less time, for 0.2 GB meanwhile.
GC_THRESHOLDS = (1_000_000, 1000, 1000)
# Who writes takes their turn when their transaction begins, and waits for it; readers and a writer do not wait for each other; and a commit does not
# wait for the disk, which a write-ahead log survives whole (sqlite.org/wal.html).
LOCKING = {"transaction_mode": "IMMEDIATE", "timeout": 60, "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"}


def main() -> None:
    """Make the database if there is none, then be Label Studio. Takes its command line."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "ls_expert_plugin.label_studio.settings"
    from label_studio import server  # type: ignore[import-not-found]

    server._setup_env()
    from django.db import connection

    if connection.vendor == "sqlite":
        _make_database(server, connection, Path(connection.settings_dict["NAME"]))
        connection.close()
        connection.settings_dict["OPTIONS"].update(LOCKING)  # every thread's connection is made from this
    server.main()


def _make_database(server: Any, connection: Any, final: Path) -> None:
    """On SQLite, where there is no database yet. An empty file is what Label Studio leaves that was stopped while it loaded."""
    making = final.with_name(final.name + MAKING)
    for left in final.parent.glob(f"{making.name}*"):
        left.unlink()  # of a first start that was stopped
    if final.exists() and final.stat().st_size > 0:
        return
    connection.close()
    connection.settings_dict["NAME"] = str(making)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA journal_mode=MEMORY")
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    server._apply_database_migrations()
    gc.set_threshold(*before)
    gc.unfreeze()
    gc.collect()
    connection.close()
    with making.open("rb") as whole:
        os.fsync(whole.fileno())
    making.replace(final)
    with contextlib.suppress(OSError):
        folder = os.open(final.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    connection.settings_dict["NAME"] = str(final)


if __name__ == "__main__":
    main()
