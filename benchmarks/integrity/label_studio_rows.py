"""Fills Label Studio's database on PostgreSQL: one row of each kind is made by its own API, and copied by SQL with other ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.integrity.sizes import Amounts

# A picture in a folder of local files, of each task of the big project.
PICTURE = "pics/{}.png"


def fill(dsn: str, amounts: Amounts, *, project: int, task: int, annotation: int, experts: list[int], admin: int) -> None:
    """Tasks and annotations, half of them in ``project``, the others in copies of it; a ground truth for one task in a hundred.

    The first expert is a member of the big project, and of every second of the others; they have annotated in turn.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers: the outbox is not what is measured
        first_project, first_task, first_annotation = project + 1000, task + 1000, annotation + 1000
        _copy(connection, "project", project, {"id": "{first} + i", "title": "'Project ' || i", "token": "'token ' || i"}, amounts.projects, first_project)
        where = f"CASE WHEN i <= {amounts.big_project} THEN {project} ELSE {first_project} + i % {amounts.projects} + 1 END"
        data = "jsonb_build_object('text', 'Text ' || i, 'image', '/data/local-files/?d=pics/' || i || '.png')"
        _copy(connection, "task", task, {
            "id": "{first} + i", "project_id": where, "inner_id": "i", "data": data, "is_labeled": "true", "total_annotations": "1",
        }, amounts.annotations, first_task)
        people = f"(ARRAY[{', '.join(map(str, experts))}])[i % {len(experts)} + 1]"
        _copy(connection, "task_completion", annotation, {
            "id": "{first} + i", "project_id": where, "task_id": f"{first_task} + i", "completed_by_id": people, "updated_by_id": people,
            "unique_id": "gen_random_uuid()", "ground_truth": "false",
        }, amounts.annotations, first_annotation)
        _copy(connection, "task_completion", annotation, {
            "id": f"{{first}} + {amounts.annotations} + i", "project_id": where.replace("i <=", "i * 100 <=").replace("+ i %", "+ (i * 100) %"),
            "task_id": f"{first_task} + i * 100", "completed_by_id": str(admin), "updated_by_id": str(admin), "unique_id": "gen_random_uuid()",
            "ground_truth": "true",
        }, amounts.annotations // 100, first_annotation)
        connection.execute(
            "INSERT INTO ls_expert_membership (user_id, project_id, active, valid_until, revision, reason, specialties, updated_at)"
            f" SELECT {experts[0]}, p.id, true, NULL, 1, '', '[]', now() FROM project p"
            f" WHERE p.id = {project} OR p.id >= {first_project} AND p.id % 2 = 0"
            " ON CONFLICT DO NOTHING",  # type: ignore[arg-type]
        )
        for table in ("project", "task", "task_completion"):
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # type: ignore[arg-type]
        connection.execute("SET session_replication_role = origin")


def _copy(connection: psycopg.Connection[Any], table: str, pk: int, changed: Mapping[str, str], rows: int, first: int) -> None:
    """``rows`` copies of one row, with these columns as SQL over ``i`` from 1 on."""
    columns = [row[0] for row in connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public' AND is_generated = 'NEVER'"
        " ORDER BY ordinal_position", [table],
    )]
    known = {name: text.format(first=first) for name, text in changed.items() if name in columns}
    values = sql.SQL(", ").join(sql.SQL(known[name]) if name in known else sql.SQL("t.{}").format(sql.Identifier(name)) for name in columns)  # type: ignore[arg-type]
    connection.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} t, generate_series(1, {}) i WHERE t.id = {}").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), values, sql.Identifier(table), sql.Literal(rows), sql.Literal(pk),
    ))
