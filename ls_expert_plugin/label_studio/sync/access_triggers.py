"""The triggers that let no account, no project and no task begin with somebody else's memberships or assignments: part of the statement that makes it.

A restored Label Studio gives numbers a second time, SQLite does after each deletion, and the projection may hold what the service has pushed for the
first. The service hears of the newcomer some seconds later and ends it for good; until then nobody is let in. Fails closed.
"""

from __future__ import annotations

from collections.abc import Iterator

_MEMBERSHIPS = "UPDATE ls_expert_membership SET active = false WHERE {column} = NEW.id AND active"
_ASSIGNMENTS = "UPDATE ls_expert_assignment SET active = false WHERE {column} = NEW.id AND active"
_OF_TASK = "UPDATE ls_expert_assignment SET active = false, is_task_gone = true WHERE task_id = {row}.id AND active"
# Name, event, table, and what is done.
TRIGGERS = tuple(
    (name, "INSERT", table, tuple(one.format(column=column) for one in (_MEMBERSHIPS, _ASSIGNMENTS)))
    for name, table, column in (
        ("ls_expert_access_of_new_account", "htx_user", "user_id"),
        ("ls_expert_access_of_new_project", "project", "project_id"),
    )
) + (
    ("ls_expert_access_to_new_task", "INSERT", "task", (_OF_TASK.format(row="NEW"),)),
    ("ls_expert_access_to_deleted_task", "DELETE", "task", (_OF_TASK.format(row="OLD"),)),
)


def definitions(vendor: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, table, the SQL that makes it, and on PostgreSQL its function's body. ``vendor`` is Django's name: "sqlite" or "postgresql"."""
    for name, event, table, actions in TRIGGERS:
        done = "; ".join(actions)
        create = f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW"
        if vendor == "sqlite":
            yield name, table, f"{create} BEGIN {done}; END", ""
        else:
            yield name, table, f"{create} EXECUTE FUNCTION {name}()", f" BEGIN {done}; RETURN NULL; END "
