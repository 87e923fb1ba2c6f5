"""Installing the outbox's triggers: what is not as the code has it is replaced, table by table, and nothing else is touched.

Replacing one locks its table against everybody. So no transaction holds two tables, none waits long for one, and where all is well none is asked for.
"""

from __future__ import annotations

import logging
import pkgutil
import time
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.db.migrations.recorder import MigrationRecorder

from ls_expert_plugin.label_studio import migrations
from ls_expert_plugin.label_studio.models import TaskFilesDue
from ls_expert_plugin.label_studio.sync.outbox_triggers import EARLIER_ROWS, Definition, definitions

logger = logging.getLogger(__name__)
LOCK_TIMEOUT_S = 2
ATTEMPTS = 5
PAUSE_S = 1.0
# Processes that start at once put them in place one after the other.
_TURN = 0x6C735F6F7574626F


def keep_in_place(connection: Any) -> None:
    """Install what is missing or another; what cannot be is logged, and told by the extension's status. ``connection`` is Django's.

    Not before our migrations: what the triggers write to may not be there yet, and another process may be serving.
    """
    try:
        if not_in_place(connection) and _is_migrated(connection):
            install(connection)
    except DatabaseError as problem:
        logger.error("the outbox's triggers could not be put in place (%s): `ls-expert doctor` says which are missing", str(problem).strip())


def install(connection: Any) -> None:
    """Put every trigger in place. Raises ``DatabaseError`` where a table stays locked by others: what was replaced until then stays.

    Where there was none at all, members and projects that are there already are written to the outbox: a team's Label Studio has both on
    the day our extension comes. Where some were lost, changes were not told: a new epoch makes the service read everything again, and the index of
    files is made anew.
    """
    wanted = definitions(connection.vendor)
    before = found(connection)
    if not _wrong(wanted, before):
        return
    for table in sorted({one.table for one in wanted}):
        _patiently(connection, [one for one in wanted if one.table == table])
    lost = [one for one in wanted if one.name not in before]
    if any(one.indexes_files for one in lost) and not TaskFilesDue.objects.filter(project_id=None).exists():
        TaskFilesDue.objects.create(project_id=None, first_task_id=1, last_task_id=2**31 - 1)
    if not before:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            for earlier in EARLIER_ROWS[connection.vendor]:
                cursor.execute(earlier)
    elif any(one.tells for one in lost):
        from ls_expert_plugin.label_studio.sync import outbox

        logger.warning("triggers of the outbox were missing: what happened meanwhile is read again")
        outbox.begin()


def not_in_place(connection: Any) -> list[str]:
    """Names of triggers that are missing, switched off, or another than the code has."""
    return [one.name for one in _wrong(definitions(connection.vendor), found(connection))]


def found(connection: Any) -> dict[str, tuple[str, ...]]:
    """Our triggers by name, with what they are known again by; one that is switched off is known by nothing."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(r"SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ls\_expert\_%' ESCAPE '\'")
        else:
            cursor.execute(
                "SELECT tgname, CASE WHEN tgenabled IN ('O', 'A') THEN relname ELSE '' END, obj_description(pg_trigger.oid, 'pg_trigger'), prosrc"
                " FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_class ON pg_class.oid = tgrelid"
                r" WHERE NOT tgisinternal AND tgname LIKE 'ls\_expert\_%'"
            )
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}


def _is_migrated(connection: Any) -> bool:
    newest = max(module.name for module in pkgutil.iter_modules(migrations.__path__))
    return ("ls_expert", newest) in MigrationRecorder(connection).applied_migrations()


def _wrong(wanted: tuple[Definition, ...] | list[Definition], there: dict[str, tuple[str, ...]]) -> list[Definition]:
    return [one for one in wanted if there.get(one.name) not in ((one.table, one.create), (one.table, one.mark, one.body))]


def _patiently(connection: Any, wanted: list[Definition]) -> None:
    """Those of one table, in one transaction; when somebody keeps the table, again a little later."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute(f"SELECT pg_advisory_xact_lock({_TURN})")
                    cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")
                for one in _wrong(wanted, found(connection)):
                    for statement in _statements(one):
                        cursor.execute(statement)
            return
        except OperationalError:
            if attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_S)


def _statements(one: Definition) -> Iterator[str]:
    if not one.body:
        yield f"DROP TRIGGER IF EXISTS {one.name}"
        yield one.create
        return
    yield f"CREATE OR REPLACE FUNCTION {one.name}() RETURNS trigger LANGUAGE plpgsql AS $${one.body}$$"
    yield f"DROP TRIGGER IF EXISTS {one.name} ON {one.table}"
    yield one.create
    yield f"COMMENT ON TRIGGER {one.name} ON {one.table} IS '{one.mark}'"
