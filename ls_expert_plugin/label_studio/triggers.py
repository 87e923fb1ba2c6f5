"""The outbox's writers: database triggers, so that a row exists exactly when the change does.

Django's signals will not do: ``post_save`` runs after the change has been committed when no transaction is open, and
``bulk_create``, ``update`` and raw SQL send none. A trigger is part of the statement, whoever runs it. PostgreSQL 13 or
later, and SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ls_expert_plugin.label_studio import file_triggers


@dataclass(frozen=True)
class Trigger:
    """One kind of event: when ``event`` happens on ``table`` and ``when`` holds, write ``values`` to the outbox.

    ``when`` and ``values`` are SQL over NEW and OLD that both databases understand; ``differs(a, b)`` in ``when`` stands
    for "is distinct from".
    """

    kind: str
    table: str
    event: str
    values: Sequence[tuple[str, str]]
    when: str = ""


def _annotation(row: str) -> tuple[tuple[str, str], ...]:
    return (
        ("user_id", f"{row}.completed_by_id"), ("project_id", f"{row}.project_id"), ("task_id", f"{row}.task_id"),
        ("annotation_id", f"{row}.id"), ("was_cancelled", f"{row}.was_cancelled"),
    )


_MEMBER, _USER, _PROJECT, _ANNOTATION = "organizations_organizationmember", "htx_user", "project", "task_completion"

TRIGGERS: tuple[Trigger, ...] = (
    Trigger("user_joined", _MEMBER, "INSERT", (("user_id", "NEW.user_id"),)),
    Trigger("user_joined", _MEMBER, "UPDATE OF deleted_at", (("user_id", "NEW.user_id"),),
            "OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL"),
    Trigger("user_left", _MEMBER, "UPDATE OF deleted_at", (("user_id", "NEW.user_id"),),
            "OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL"),
    Trigger("user_left", _MEMBER, "DELETE", (("user_id", "OLD.user_id"),)),
    Trigger("user_changed", _USER, "UPDATE OF email, first_name, last_name, is_active", (("user_id", "NEW.id"),),
            "differs(OLD.email, NEW.email) OR differs(OLD.first_name, NEW.first_name)"
            " OR differs(OLD.last_name, NEW.last_name) OR differs(OLD.is_active, NEW.is_active)"),
    Trigger("role_changed", "ls_expert_role", "INSERT", (("user_id", "NEW.user_id"),)),
    Trigger("role_changed", "ls_expert_role", "UPDATE OF role", (("user_id", "NEW.user_id"),), "differs(OLD.role, NEW.role)"),
    Trigger("project_created", _PROJECT, "INSERT", (("user_id", "NEW.created_by_id"), ("project_id", "NEW.id"))),
    Trigger("project_changed", _PROJECT, "UPDATE OF title, label_config, deleted_at", (("project_id", "NEW.id"),),
            "NEW.deleted_at IS NULL AND (differs(OLD.title, NEW.title)"
            " OR differs(OLD.label_config, NEW.label_config) OR OLD.deleted_at IS NOT NULL)"),
    Trigger("project_deleted", _PROJECT, "UPDATE OF deleted_at", (("project_id", "NEW.id"),),
            "OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL"),
    Trigger("project_deleted", _PROJECT, "DELETE", (("project_id", "OLD.id"),)),
    Trigger("annotation_created", _ANNOTATION, "INSERT", _annotation("NEW")),
    Trigger("annotation_updated", _ANNOTATION, "UPDATE OF result, was_cancelled", _annotation("NEW"),
            "differs(OLD.result, NEW.result) OR differs(OLD.was_cancelled, NEW.was_cancelled)"),
    Trigger("annotation_deleted", _ANNOTATION, "DELETE", _annotation("OLD")),
)


# What was there before the triggers, told as if it had just come: the service hears of it by the same way as of everything.
# Hearing twice of a member or a project changes nothing, so this may run again after triggers were lost.
EARLIER = (
    f"INSERT INTO ls_expert_outbox (txid, kind, created_at, user_id) "
    f"SELECT {{txid}}, 'user_joined', {{now}}, user_id FROM {_MEMBER} WHERE deleted_at IS NULL ORDER BY id",
    f"INSERT INTO ls_expert_outbox (txid, kind, created_at, user_id, project_id) "
    f"SELECT {{txid}}, 'project_created', {{now}}, created_by_id, id FROM {_PROJECT} WHERE deleted_at IS NULL ORDER BY id",
)
_SQLITE_NOW, _POSTGRESQL_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')", "clock_timestamp()"
_POSTGRESQL_TXID = "pg_current_xact_id()::text::bigint"


def install(connection: Any) -> None:
    """Put every trigger in place, replacing older ones of ours. ``connection`` is Django's; all or nothing.

    Where there were none, members and projects that are there already are written to the outbox first: a team's Label
    Studio has both on the day our extension comes.
    """
    from django.db import transaction

    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        is_first = not _has_triggers(cursor, connection.vendor)
        for statement in statements(connection.vendor):
            cursor.execute(statement)
        if is_first:
            values = ("0", _SQLITE_NOW) if connection.vendor == "sqlite" else (_POSTGRESQL_TXID, _POSTGRESQL_NOW)
            for earlier in EARLIER:
                cursor.execute(earlier.format(txid=values[0], now=values[1]).replace("%", "%%"), [])


def _has_triggers(cursor: Any, vendor: str) -> bool:
    catalogue = "sqlite_master WHERE type = 'trigger' AND name" if vendor == "sqlite" else "pg_trigger WHERE tgname"
    cursor.execute(f"SELECT COUNT(*) FROM {catalogue} = %s", [f"ls_expert_00_{TRIGGERS[0].kind}"])
    return bool(cursor.fetchone()[0])


def statements(vendor: str) -> Iterator[str]:
    """The SQL that installs the triggers. ``vendor`` is Django's name: "sqlite" or "postgresql"."""
    for number, trigger in enumerate(TRIGGERS):
        name = f"ls_expert_{number:02d}_{trigger.kind}"
        yield from (_sqlite if vendor == "sqlite" else _postgresql)(name, trigger)
    yield from file_triggers.statements(vendor)


def _sqlite(name: str, trigger: Trigger) -> Iterator[str]:
    columns = ", ".join(column for column, _ in trigger.values)
    values = ", ".join(value for _, value in trigger.values)
    when = f"WHEN {_differs(trigger.when, 'IS NOT')} " if trigger.when else ""
    yield f"DROP TRIGGER IF EXISTS {name}"
    yield (
        f"CREATE TRIGGER {name} AFTER {trigger.event} ON {trigger.table} FOR EACH ROW {when}BEGIN "
        f"INSERT INTO ls_expert_outbox (txid, kind, created_at, {columns}) "
        f"VALUES (0, '{trigger.kind}', {_SQLITE_NOW}, {values}); END"
    )


def _postgresql(name: str, trigger: Trigger) -> Iterator[str]:
    columns = ", ".join(column for column, _ in trigger.values)
    values = ", ".join(value for _, value in trigger.values)
    when = f"WHEN ({_differs(trigger.when, 'IS DISTINCT FROM')}) " if trigger.when else ""
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO ls_expert_outbox (txid, kind, created_at, {columns}) "
        f"VALUES ({_POSTGRESQL_TXID}, '{trigger.kind}', {_POSTGRESQL_NOW}, {values}); RETURN NULL; END $$"
    )
    yield f"DROP TRIGGER IF EXISTS {name} ON {trigger.table}"
    yield f"CREATE TRIGGER {name} AFTER {trigger.event} ON {trigger.table} FOR EACH ROW {when}EXECUTE FUNCTION {name}()"


def _differs(condition: str, operator: str) -> str:
    """``differs(a, b)`` in the database's own words."""
    import re

    return re.sub(r"differs\(([^,()]+), ([^,()]+)\)", rf"\1 {operator} \2", condition)
