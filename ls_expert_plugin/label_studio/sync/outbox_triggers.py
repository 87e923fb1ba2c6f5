"""The outbox's writers: database triggers, so that a row exists exactly when the change does.

Django's signals will not do: ``post_save`` runs after the change has been committed when no transaction is open, and
``bulk_create``, ``update`` and raw SQL send none. A trigger is part of the statement, whoever runs it. PostgreSQL 13 or
later, and SQLite. Here is what they are; ``trigger_installation.py`` puts them in place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ls_expert_plugin.label_studio.sync import access_triggers, file_triggers


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


EARLIER_ROWS = {
    "sqlite": tuple(earlier.format(txid="0", now=_SQLITE_NOW) for earlier in EARLIER),
    "postgresql": tuple(earlier.format(txid=_POSTGRESQL_TXID, now=_POSTGRESQL_NOW) for earlier in EARLIER),
}


@dataclass(frozen=True)
class Definition:
    """One trigger as SQL. ``create`` puts it on ``table``; on PostgreSQL it calls a function of its name with this ``body``.

    ``tells``: it writes to the outbox; ``indexes_files``: to the index of files.
    """

    name: str
    table: str
    create: str
    body: str = ""
    tells: bool = True
    indexes_files: bool = False

    @property
    def mark(self) -> str:
        """The comment by which PostgreSQL's trigger is known again: its own text is not ours."""
        return hashlib.sha256(f"{self.create}\n{self.body}".encode()).hexdigest()[:32]


def definitions(vendor: str) -> tuple[Definition, ...]:
    """Every trigger, those of the index of files and of the projection too. ``vendor`` is Django's name: "sqlite" or "postgresql"."""
    return (
        *((_sqlite if vendor == "sqlite" else _postgresql)(f"ls_expert_{number:02d}_{trigger.kind}", trigger) for number, trigger in enumerate(TRIGGERS)),
        *(Definition(*one, tells=False, indexes_files=True) for one in file_triggers.definitions(vendor)),
        *(Definition(*one, tells=False) for one in access_triggers.definitions(vendor)),
    )


def _sqlite(name: str, trigger: Trigger) -> Definition:
    columns = ", ".join(column for column, _ in trigger.values)
    values = ", ".join(value for _, value in trigger.values)
    when = f"WHEN {_differs(trigger.when, 'IS NOT')} " if trigger.when else ""
    return Definition(name, trigger.table, (
        f"CREATE TRIGGER {name} AFTER {trigger.event} ON {trigger.table} FOR EACH ROW {when}BEGIN "
        f"INSERT INTO ls_expert_outbox (txid, kind, created_at, {columns}) "
        f"VALUES (0, '{trigger.kind}', {_SQLITE_NOW}, {values}); END"
    ))


def _postgresql(name: str, trigger: Trigger) -> Definition:
    columns = ", ".join(column for column, _ in trigger.values)
    values = ", ".join(value for _, value in trigger.values)
    when = f"WHEN ({_differs(trigger.when, 'IS DISTINCT FROM')}) " if trigger.when else ""
    return Definition(
        name, trigger.table, f"CREATE TRIGGER {name} AFTER {trigger.event} ON {trigger.table} FOR EACH ROW {when}EXECUTE FUNCTION {name}()",
        f" BEGIN INSERT INTO ls_expert_outbox (txid, kind, created_at, {columns}) "
        f"VALUES ({_POSTGRESQL_TXID}, '{trigger.kind}', {_POSTGRESQL_NOW}, {values}); RETURN NULL; END ",
    )


def _differs(condition: str, operator: str) -> str:
    """``differs(a, b)`` in the database's own words."""
    import re

    return re.sub(r"differs\(([^,()]+), ([^,()]+)\)", rf"\1 {operator} \2", condition)
