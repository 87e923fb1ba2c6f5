"""What a reconciliation costs when nothing differs: PEOPLE × PROJECTS memberships on PostgreSQL, compared by checksums.

    python -m benchmarks.reconcile POSTGRESQL_URL [PEOPLE PROJECTS]      (an empty database; default: 10,000 × 200)

Label Studio's side is the same query on the same table: what it takes there is what it takes here.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import time
from collections.abc import Iterator

from sqlalchemy import text

from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.protocol.membership_checksum import PEOPLE_AT_A_TIME, PersonChecksum
from ls_expert_plugin.routing.sync.reconcile import reconcile
from ls_expert_plugin.routing.values import TaskAssignment
from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.storage.unit_of_work import Database

NOW = dt.datetime(2026, 11, 25, tzinfo=dt.timezone.utc)


class _SameThere(ExtensionClient):
    """A Label Studio that has exactly what we have, without HTTP between."""

    def __init__(self, store: Database) -> None:
        super().__init__("http://127.0.0.1:1", "a-secret-for-a-benchmark")
        self._store = store

    def membership_checksums(self) -> Iterator[PersonChecksum]:
        after = 0
        while True:
            with self._store.read() as unit:
                page = unit.memberships.checksums(after, PEOPLE_AT_A_TIME)
            if not page:
                return
            yield from page
            after = page[-1].ls_user_id

    def assignment_checksums(self) -> Iterator[PersonChecksum]:
        """No checksums, since nobody has assignments of tasks here."""
        return iter(())

    def gone_assignments(self) -> Iterator[TaskAssignment]:
        """No assignments have ended, since there are none."""
        return iter(())

    def projects(self, after: int) -> tuple[list[object], int]:  # type: ignore[override]
        return [], after


def main(database_url: str, people: int, projects: int) -> None:
    """Print a line for each step."""
    store = Database(database_url)
    Base.metadata.create_all(store.engine)
    with store.begin() as unit:
        unit.session.execute(text(
            "INSERT INTO membership (ls_user_id, ls_project_id, active, valid_until_utc, reason, specialties, revision, pushed_revision, updated_at_utc)"
            " SELECT who, project, true, now(), 'verified in medicine', '[\"cardiology\", \"general practice\"]', 3, 3, now()"
            " FROM generate_series(1, :people) who, generate_series(1, :projects) project"
        ), {"people": people, "projects": projects})
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE membership")
    client = _SameThere(store)
    for what, work in (("checksums of one side", lambda: sum(one.rows for one in client.membership_checksums())),
                       ("reconciliation, both sides", lambda: reconcile(store, client, lambda: NOW).compared)):
        began, used = time.perf_counter(), time.process_time()
        rows = work()
        print(f"{what}: {rows} rows, {time.perf_counter() - began:.1f} s, of that {time.process_time() - used:.1f} s here;"
              f" {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB at most", flush=True)
    client.close()
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], *(int(number) for number in sys.argv[2:4] or ("10000", "200")))
