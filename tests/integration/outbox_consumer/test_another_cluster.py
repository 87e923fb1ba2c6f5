"""Label Studio's database goes to another PostgreSQL cluster, from a dump or a base backup, and the service's follows from a dump."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from ls_expert_plugin.storage.unit_of_work import Database
from tests.conftest import label_studio_bin
from tests.integration.conftest import own_label_studio
from tests.support.builders.service import RESULT, Service
from tests.support.servers.backups import archived, back_up, base_backup, restore, set_point_in_time
from tests.support.servers.label_studio import LabelStudio, on_postgresql
from tests.support.servers.postgresql import PostgresServer, find_postgresql

label_studio = own_label_studio("postgresql")

pytestmark = [
    pytest.mark.database, pytest.mark.slow("a second cluster, and a Label Studio on it"),
    pytest.mark.release("a second cluster, and a Label Studio on it; a restore into the same cluster is tried every day"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """None of pytest's: PostgreSQL's own user has to get there."""
    with tempfile.TemporaryDirectory(prefix="ls-expert-another-cluster-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def _submit(studio: LabelStudio, project: int, times: int = 1) -> None:
    [task] = studio.task_ids(project)
    for _ in range(times):
        studio.admin.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).raise_for_status()


def _newest(studio: LabelStudio) -> int:
    """The number of the newest transaction."""
    with studio.database() as connection:
        found = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
    assert found is not None
    return int(found[0])


def _elsewhere(studio: LabelStudio, how: str, folder: Path) -> tuple[PostgresServer, str]:
    """Another server with Label Studio's database as it is now, not started yet where it is a base backup's."""
    binaries, home = find_postgresql(), folder / "cluster"
    assert binaries is not None
    home.mkdir()
    server, url = PostgresServer(binaries, home), make_url(studio.database_url)
    if how == "dump":
        with psycopg.connect(host="127.0.0.1", port=url.port, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute("DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$")
        back_up(studio.database_url, folder / "dump.sql")
    else:
        base_backup(studio.database_url, folder / "base")
    return server, str(url.set(port=server.port).render_as_string(hide_password=False))


@pytest.mark.parametrize("how", ["dump", "base backup"])
def test_nothing_is_lost_or_counted_twice_in_another_cluster(label_studio: LabelStudio, service: Service, database_url: str, how: str, folder: Path) -> None:
    """Transaction numbers begin far below the cursor (a dump) or go on from where they were (a base backup): a new epoch either way, and one alone."""
    project = label_studio.new_project("Moved", ["one"])
    service.read()
    _submit(label_studio, project)
    server, url = _elsewhere(label_studio, how, folder)
    _submit(label_studio, project, 5)
    service.read()
    with service.store.read() as unit:
        before = unit.outbox_epochs.current()
    server.start(*([folder / "base"] if how == "base backup" else []))
    try:
        if how == "dump":
            restore(folder / "dump.sql", url)
        (folder / "label-studio").mkdir()
        there = LabelStudio(label_studio_bin(), folder / "label-studio", on_postgresql(url))
        moved = Service(service.store, there)
        try:
            assert how != "dump" or _newest(there) < _newest(label_studio)
            assert moved.count("annotation_created", project) == 6
            _submit(there, project, 3)
            assert moved.read() == 3
            with service.store.read() as unit:
                after = unit.outbox_epochs.current()
            assert before is not None and after is not None and after.resynced_at_utc is not None
            assert (after.number, after.reason) == (before.number + 1, "database" if how == "dump" else "ahead")
            assert moved.count("annotation_created", project) == 9 and there.events() == []
            _follows(there, database_url, server, project, folder)
        finally:
            moved.close()
            there.stop()
    finally:
        server.stop()


def test_nothing_is_lost_at_an_earlier_point_in_time_on_a_timeline_of_its_own(label_studio: LabelStudio, service: Service, folder: Path) -> None:
    """A base backup, the archive of WAL and a moment: what came after it is gone there, its transaction numbers come again, and all that is new is read."""
    project = label_studio.new_project("A moment", ["one"])
    url = make_url(label_studio.database_url)
    service.read()
    with archived(label_studio.database_url, folder / "archive"):
        base_backup(label_studio.database_url, folder / "base")
        _submit(label_studio, project, 2)
        service.read()
        with service.store.read() as unit:
            before, cursor = unit.outbox_epochs.current(), unit.events.cursor()
        moment = _now(label_studio)
        _submit(label_studio, project, 5)  # not read, and not there afterwards
    assert before is not None and service.count("annotation_created", project) == 2
    binaries, home = find_postgresql(), folder / "cluster"
    assert binaries is not None
    home.mkdir()
    set_point_in_time(folder / "base", folder / "archive", moment)
    server = PostgresServer(binaries, home)
    server.start(folder / "base")
    try:
        (folder / "label-studio").mkdir()
        there = LabelStudio(label_studio_bin(), folder / "label-studio", on_postgresql(str(url.set(port=server.port).render_as_string(hide_password=False))))
        moved = Service(service.store, there)
        try:
            _submit(there, project, 3)
            assert moved.read() > 0
            with service.store.read() as unit:
                after = unit.outbox_epochs.current()
            assert after is not None and after.resynced_at_utc is not None and (after.number, after.reason) == (before.number + 1, "database")
            assert moved.count("annotation_created", project) == 5 and there.events() == [], cursor
        finally:
            moved.close()
            there.stop()
    finally:
        server.stop()


def _now(studio: LabelStudio) -> dt.datetime:
    """The database's clock, after everything that was committed."""
    with studio.database() as connection:
        found = connection.execute("SELECT clock_timestamp()").fetchone()
    assert found is not None
    return dt.datetime.fromisoformat(str(found[0]))


def _follows(there: LabelStudio, database_url: str, server: PostgresServer, project: int, folder: Path) -> None:
    """The service's database in the other cluster too: it goes on where it was, and nothing begins anew."""
    url = server.new_database("service_there")
    restore(back_up(database_url, folder / "service.sql"), url)
    followed = Service(Database(url), there)
    with followed.store.read() as unit:
        before = unit.outbox_epochs.current()
    _submit(there, project)
    assert followed.read() == 1 and followed.count("annotation_created", project) == 10
    with followed.store.read() as unit:
        assert unit.outbox_epochs.current() == before
    followed.close()
    followed.store.close()
