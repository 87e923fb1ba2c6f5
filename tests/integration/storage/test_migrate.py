"""The service's database: migrations make exactly the tables that the code works with."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from ls_expert_plugin.errors import StartError
from ls_expert_plugin.routing.values import Membership, Requirement, Rules
from ls_expert_plugin.storage.migrate import alembic_config, current_revision, migrate, newest_revision, problem_with, shown
from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.servers.backups import back_up, restore
from tests.support.servers.postgresql import PostgresServer

pytestmark = pytest.mark.database


def test_migrating_an_empty_database_makes_every_table_as_the_code_has_it(database_url: str) -> None:
    """No table, column, index or constraint is missing, and none is too many."""
    problem = str(problem_with(database_url))
    assert "There is no database of the expert service at" in problem and "`ls-expert migrate --create`" in problem
    with pytest.raises(StartError, match="Run `ls-expert migrate --create` to make one"):
        migrate(database_url, creates=False)
    assert current_revision(database_url) is None
    assert migrate(database_url) == f"Created database {shown(database_url)}, at schema version {newest_revision()}."
    store = Database(database_url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    store.close()


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    """The second time says that all is well, and start-up has no complaint."""
    migrate(database_url)
    assert migrate(database_url, creates=False) == f"The database {shown(database_url)} is up to date, at schema version {newest_revision()}."
    assert current_revision(database_url) == newest_revision() and problem_with(database_url) is None


def test_an_older_database_keeps_what_is_in_it(database_url: str) -> None:
    """A project with a domain asks for it as before; people stay verified, memberships stay, and nothing has to be pushed again."""
    command.upgrade(alembic_config(database_url), "0001")
    now = "2026-11-01 10:00:00+00:00" if database_url.startswith("postgresql") else "2026-11-01 10:00:00.000000"
    engine = create_engine(database_url)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO person (id, ls_user_id, email, name, role, joined_at_utc) VALUES (1, 7, 'ada@example.org', 'Ada', 'expert', :now)",
            "INSERT INTO verification (id, person_id, domain, status, reason, revision, created_at_utc, updated_at_utc)"
            " VALUES (1, 1, 'law', 'verified', '', 4, :now, :now)",
            "INSERT INTO claim (id, person_id, kind, details, status, source, created_at_utc, updated_at_utc)"
            " VALUES (1, 1, 'licence', '{\"kind\": \"sra\"}', 'claimed', 'form', :now, :now)",
            "INSERT INTO project (ls_project_id, title, domain, updated_at_utc) VALUES (10, 'Clauses', 'law', :now), (11, 'Free', NULL, :now)",
            "INSERT INTO membership (ls_user_id, ls_project_id, active, reason, revision, pushed_revision, updated_at_utc)"
            " VALUES (7, 10, true, 'verified in law', 3, 3, :now)",
        ):
            connection.exec_driver_sql(statement.replace(":now", f"'{now}'"))
    engine.dispose()
    assert str(problem_with(database_url)).endswith(f"needs {newest_revision()}. Run `ls-expert migrate`.")
    assert migrate(database_url, creates=False) == f"Updated database {shown(database_url)} from schema version 0001 to {newest_revision()}."
    store = Database(database_url)
    with store.read() as unit:
        assert [(p.title, p.requirement, p.rules, p.invited) for p in unit.projects.all()] == [
            ("Clauses", Requirement("law"), Rules(), frozenset()), ("Free", None, Rules(), frozenset()),
        ]
        [candidate] = unit.candidates.all(dt.datetime.now(dt.timezone.utc))
        [verification] = candidate.verifications
        assert (verification.domain, verification.status, verification.specialties, verification.level) == ("law", "verified", (), None)
        assert [(c.status, c.checked_at_utc) for c in unit.claims.of(1)] == [("claimed", None)]
        assert unit.memberships.of(7) == [Membership(7, 10, True, None, "verified in law", 3)]
        assert unit.memberships.unpushed(10) == [] and unit.projects.unpushed(10) == [] and unit.memberships.due() == set()
    store.close()


# Says when it asks for its turn ("asks") and when it begins to change tables ("changes"); with "waits" it goes on there when told to.
_MIGRATES = """
import sys
from sqlalchemy import Engine, event
from ls_expert_plugin.storage.migrate import migrate
said = set()
def say(connection, cursor, statement, *rest):
    word = "asks" if "advisory" in statement or statement == "BEGIN IMMEDIATE" else "changes" if statement.lstrip().startswith(("ALTER", "CREATE")) else ""
    if word and word not in said:
        said.add(word)
        print(word, flush=True)
        if word == "changes" and sys.argv[2:]:
            sys.stdin.readline()
event.listen(Engine, "before_cursor_execute", say)
migrate(sys.argv[1])
"""


def test_two_that_migrate_at_once_wait_for_each_other(database_url: str) -> None:
    """Both end well, and every table is there once: services on two machines that start at the same time."""
    command.upgrade(alembic_config(database_url), "0001")
    pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    first, second = (subprocess.Popen([sys.executable, "-c", _MIGRATES, database_url, *waits], text=True, **pipes) for waits in (["waits"], []))
    assert first.stdout is not None and second.stdout is not None
    while first.stdout.readline() not in ("changes\n", ""):
        pass
    second.stdout.readline()
    complaints = [process.communicate("\n", timeout=120)[1] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], complaints
    assert current_revision(database_url) == newest_revision()


def test_an_index_is_built_beside_people_who_write(postgresql: PostgresServer) -> None:
    """While one waits to be built behind somebody's open transaction, others go on writing; one whose building was broken off is built anew."""
    url = postgresql.new_database()
    command.upgrade(alembic_config(url), "0025")
    engine = create_engine(url)
    written = "INSERT INTO work_event (outbox_id, kind, at_utc) VALUES ('{}', 'annotation_created', now())"
    building = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%%INDEX CONCURRENTLY%%ix_work_event_person_time%%' AND wait_event_type = 'Lock'"
    ended: list[BaseException | None] = []

    def build() -> None:
        try:
            migrate(url)
            ended.append(None)
        except Exception as problem:  # noqa: BLE001  # looked at below
            ended.append(problem)

    with engine.connect() as open_one, engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        open_one.exec_driver_sql(written.format("0.1"))
        for attempt in range(2):
            thread = threading.Thread(target=build)
            thread.start()
            pid = _when_there(lambda: other.exec_driver_sql(building).scalar() or ended[attempt:] or None)  # noqa: B023  # called at once
            assert isinstance(pid, int), pid
            other.exec_driver_sql("SET lock_timeout = '2s'")
            other.exec_driver_sql(written.format(f"0.{attempt + 2}"))
            if attempt == 0:
                other.exec_driver_sql(f"SELECT pg_cancel_backend({pid})")
            else:
                open_one.commit()
            thread.join(timeout=300)
    assert isinstance(ended[0], OperationalError) and ended[1] is None, ended
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid").scalar() == 0
    engine.dispose()
    assert current_revision(url) == newest_revision()


def _when_there(look: Callable[[], Any]) -> Any:
    """What is seen, as soon as there is something."""
    until = time.monotonic() + 300
    while (seen := look()) is None:
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)
    return seen


def test_going_back_is_refused_with_what_to_do(database_url: str) -> None:
    """A downgrade is no way back: the sentence says which is, and nothing has changed."""
    migrate(database_url)
    with pytest.raises(StartError, match="only goes forward. To go back, restore the backup"):
        command.downgrade(alembic_config(database_url), "0001")
    assert current_revision(database_url) == newest_revision()


def test_the_way_back_is_a_backup(database_url: str, tmp_path: Path) -> None:
    """Made before an update and restored after it: everything is as it was, the older version's tables too, and may be migrated again."""
    command.upgrade(alembic_config(database_url), "0023")
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO cursor (name, position, updated_at_utc) VALUES ('label_studio_outbox', '0.7', '2026-11-01 10:00:00+00:00')")
    engine.dispose()
    backup = back_up(database_url, tmp_path / "backup")
    migrate(database_url)
    restore(backup, database_url)
    assert current_revision(database_url) == "0023"
    assert migrate(database_url) == f"Updated database {shown(database_url)} from schema version 0023 to {newest_revision()}."
    store = Database(database_url)
    with store.read() as unit:
        assert (unit.events.cursor(), unit.outbox_epochs.current()) == ("0.7", None)
    store.close()


def test_a_newer_database_is_not_touched(database_url: str) -> None:
    """An older package on a database that a newer one has migrated says so, instead of asking to migrate."""
    migrate(database_url)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    assert "which this version of the package does not know" in str(problem_with(database_url))
    with pytest.raises(StartError, match="Install that one, or restore the backup"):
        migrate(database_url)


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    """The sentence says which, and shows no secret."""
    problem = str(problem_with("postgresql+psycopg://someone:very-secret@127.0.0.1:1/nothing"))
    assert "127.0.0.1:1/nothing" in problem and "does not answer" in problem and "very-secret" not in problem


def test_a_migration_that_is_interrupted_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    """Killed in its middle: the next one begins where that one began, and goes through."""
    url = f"sqlite:///{tmp_path / 'expert.sqlite3'}"
    script = (
        "import os; from sqlalchemy import Engine, event; from ls_expert_plugin.storage.migrate import migrate;"
        "event.listen(Engine, 'after_cursor_execute', lambda *given: os._exit(9) if 'CREATE TABLE consent' in given[2] else None);"
        f"migrate({url!r})"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert current_revision(url) is None
    assert migrate(url).startswith("Created database ") and current_revision(url) == newest_revision()
