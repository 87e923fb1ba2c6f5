"""Our own index on Label Studio's annotations: who has worked in a project, without reading its annotations.

Built at the end of each migrate where it is missing, because a migration that rebuilds a table on SQLite drops it. Without it all answers are the same, later.
"""

from __future__ import annotations

from typing import Any

NAME = "ls_expert_annotation_people"
_INDEX = f"INDEX {{concurrently}}IF NOT EXISTS {NAME} ON task_completion (project_id, completed_by_id)"
# From each person to the next one, by the index: as many steps as there are people, however many annotations.
PEOPLE = (
    "WITH RECURSIVE who(id) AS ("
    " SELECT (SELECT MIN(completed_by_id) FROM task_completion WHERE project_id = %s)"
    " UNION ALL"
    " SELECT (SELECT MIN(completed_by_id) FROM task_completion WHERE project_id = %s AND completed_by_id > who.id) FROM who WHERE who.id IS NOT NULL"
    ") SELECT id FROM who WHERE id IS NOT NULL"
)


def build(connection: Any) -> None:
    """Build it beside people who work. ``connection`` is Django's; one whose building was broken off is built anew."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("CREATE " + _INDEX.format(concurrently=""))
            return
        if connection.in_atomic_block:
            return  # somebody's tests: it would lock the table
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [NAME])
        found = cursor.fetchone()
        if found is not None and not found[0]:
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
        if found is None or not found[0]:
            cursor.execute("CREATE " + _INDEX.format(concurrently="CONCURRENTLY "))


def people_of(project_id: int) -> set[int]:
    """Everybody who has annotations in the project."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [project_id, project_id])
        return {row[0] for row in cursor.fetchall()}
