"""The triggers that let no account and no project begin with somebody else's memberships: part of the statement that makes it.

A restored Label Studio gives numbers a second time, and the projection may hold what the service has pushed for the first. The service hears
of the newcomer some seconds later and ends it for good; until then nobody is let in. Fails closed.
"""

from __future__ import annotations

from collections.abc import Iterator

# Name, table, and the column of the projection that names its rows.
TRIGGERS = (
    ("ls_expert_access_of_new_account", "htx_user", "user_id"),
    ("ls_expert_access_of_new_project", "project", "project_id"),
)


def definitions(vendor: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, table, the SQL that makes it, and on PostgreSQL its function's body. ``vendor`` is Django's name: "sqlite" or "postgresql"."""
    for name, table, column in TRIGGERS:
        end = f"UPDATE ls_expert_membership SET active = false WHERE {column} = NEW.id AND active"
        create = f"CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW"
        if vendor == "sqlite":
            yield name, table, f"{create} BEGIN {end}; END", ""
        else:
            yield name, table, f"{create} EXECUTE FUNCTION {name}()", f" BEGIN {end}; RETURN NULL; END "
