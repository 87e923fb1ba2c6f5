"""Checksums of assignments, the same on both sides, as ``membership_checksum.py`` has them for memberships. Standard library only."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.protocol.membership_checksum import checksum_of, postgresql_sum_of, written


def row_checksum(
    ls_user_id: int, ls_task_id: int, ls_project_id: int, purpose: str, active: bool, barred: bool, valid_until: dt.datetime | None,
    task_made_at: dt.datetime, revision: int,
) -> int:
    """The checksum of one row, 0 to 2**60 - 1. Times are aware; what they are stored in does not matter."""
    return checksum_of(
        ls_user_id, ls_task_id, ls_project_id, purpose, int(active), int(barred), written(valid_until), written(task_made_at), revision,
    )


def postgresql_sum(user: str, task: str, project: str, valid_until: str, task_made_at: str) -> str:
    """The SQL for the sum of it over rows with these columns; the others are called the same on both sides. Text, as the sum may be long."""
    return postgresql_sum_of(user, task, project, "purpose", "active::int", "barred::int", _written(valid_until), _written(task_made_at), "revision")


def _written(column: str) -> str:
    return f"coalesce(to_char({column} AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), '')"
