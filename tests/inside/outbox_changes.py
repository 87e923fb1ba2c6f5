"""Changes single rows by one statement each, and prints what the triggers wrote to the outbox. Everything is taken back.

    python outbox_changes.py {"changes": [{"table", "before", "after"}, ...]}

``before`` and ``after``: columns that differ from an ordinary row; None: there is no row. Prints {"ids": of the rows around, by name,
"told": for each change its row's id and the outbox rows, "installed": names of the triggers that were there}.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from start import start

start()

_COLUMNS = ("kind", "user_id", "project_id", "task_id", "annotation_id", "was_cancelled")


def _run(changes: list[dict[str, Any]]) -> dict[str, Any]:
    from django.db import transaction

    with transaction.atomic():
        installed = _triggers_there()
        _install_anew(installed)
        ids, ordinary = _rows_around()
        told = []
        for change in changes:
            with transaction.atomic():
                told.append(_told(ordinary[change["table"]], change["before"], change["after"]))
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    return {"ids": ids, "told": told, "installed": installed}


def _triggers_there() -> list[str]:
    from django.db import connection

    catalogue = "name FROM sqlite_master WHERE type = 'trigger' AND name" if connection.vendor == "sqlite" else "tgname FROM pg_trigger WHERE tgname"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {catalogue} LIKE 'ls_expert_%%' ORDER BY 1", [])
        return [row[0] for row in cursor.fetchall()]


def _install_anew(installed: list[str]) -> None:
    """As the code has them now: the database may be a copy of one that was set up with other code."""
    from django.db import connection

    from ls_expert_plugin.label_studio.sync.trigger_installation import install

    with connection.cursor() as cursor:
        for name in installed:
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER {name}")
            else:
                cursor.execute(f"DROP FUNCTION {name}() CASCADE")
    install(connection)


def _rows_around() -> tuple[dict[str, int], dict[str, Callable[[Mapping[str, Any]], Any]]]:
    """The ids of what the changed rows point to, and by table how to make an ordinary row. No signal is sent."""
    from organizations.models import Organization, OrganizationMember
    from projects.models import Project
    from tasks.models import Annotation, Task
    from users.models import User

    from ls_expert_plugin.label_studio.models import Role

    organization = Organization._base_manager.order_by("pk")[0]

    def made(row: Any) -> Any:
        type(row)._base_manager.bulk_create([row])
        return row

    def user() -> Any:
        name = f"{uuid.uuid4().hex}@test.example"
        return User(email=name, username=name, first_name="First", last_name="Last", active_organization=organization)

    person = made(user())
    project = made(Project(title="Around", label_config="<View/>", organization=organization, created_by=person))
    task = made(Task(data={}, project=project))
    ids = {"user": person.pk, "project": project.pk, "task": task.pk}
    ordinary: dict[str, Callable[[], Any]] = {
        "organizations_organizationmember": lambda: OrganizationMember(user_id=person.pk, organization=organization),
        "htx_user": user,
        "ls_expert_role": lambda: Role(user_id=person.pk, role="expert"),
        "project": lambda: Project(title="Ordinary", label_config="<View/>", organization=organization, created_by_id=person.pk),
        "task_completion": lambda: Annotation(task_id=task.pk, project_id=project.pk, completed_by_id=person.pk, result=[{"id": "x"}]),
    }

    def row_of(table: str) -> Callable[[Mapping[str, Any]], Any]:
        def make(columns: Mapping[str, Any]) -> Any:
            row = ordinary[table]()
            for name, value in columns.items():
                setattr(row, name, value)
            return made(row)

        return make

    return ids, {table: row_of(table) for table in ordinary}


def _told(make: Callable[[Mapping[str, Any]], Any], before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    from django.db import connection

    from ls_expert_plugin.label_studio.models import Outbox

    row = make(before) if before is not None else None
    start_at = Outbox.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if row is None:
        row = make(after or {})
    elif after is not None:
        type(row)._base_manager.filter(pk=row.pk).update(**after)
    else:
        with connection.cursor() as cursor:  # what points to it stays: only this row goes
            cursor.execute(f'DELETE FROM {row._meta.db_table} WHERE "{row._meta.pk.column}" = %s', [row.pk])
    return {"row": row.pk, "events": list(Outbox.objects.filter(pk__gt=start_at).order_by("pk").values(*_COLUMNS))}


if __name__ == "__main__":
    print(json.dumps(_run(**json.loads(sys.argv[1]))))
