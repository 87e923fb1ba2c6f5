"""Checksums of memberships, the same on both sides: a person's rows are compared by one number before any of them is read.

A row's checksum is 60 bits of SHA-256 over its values as text; a person's is the sum over their rows, which knows no order. PostgreSQL
computes it by itself (``postgresql_sum``), elsewhere ``row_checksum`` does. Imported on both sides: standard library only. Where the
two should ever differ, rows are compared one by one: that costs time and nothing else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

_HEX_DIGITS = 15  # 60 bits: a bigint holds it
# Asked for at a time: with 5,000 projects each, half a million rows.
PEOPLE_AT_A_TIME = 100


@dataclass(frozen=True)
class PersonChecksum:
    """One person's memberships: how many rows, ended ones included, and the sum of their checksums."""

    ls_user_id: int
    rows: int
    checksum: int


def row_checksum(
    ls_user_id: int, ls_project_id: int, active: bool, valid_until: dt.datetime | None, revision: int, specialties: Sequence[str], reason: str,
) -> int:
    """The checksum of one row, 0 to 2**60 - 1. ``valid_until`` is aware; what it is stored in does not matter."""
    listed = json.dumps(list(specialties), ensure_ascii=False)
    return checksum_of(ls_user_id, ls_project_id, int(active), revision, written(valid_until), listed, reason)


def checksum_of(*values: object) -> int:
    """The checksum of a row with these values, as they are written: 0 to 2**60 - 1."""
    text = "|".join(map(str, values))
    return int(hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_HEX_DIGITS], 16)


def written(moment: dt.datetime | None) -> str:
    """An aware moment as it goes into a checksum, to the microsecond; empty for none."""
    return moment.astimezone(dt.timezone.utc).strftime("%Y%m%d%H%M%S%f") if moment else ""


def postgresql_sum(user: str, project: str, valid_until: str) -> str:
    """The SQL for the sum of it over rows with these columns; ``active``, ``revision``, ``specialties`` and ``reason`` are called so on both sides.

    Text, because the sum of very many needs more than a bigint. PostgreSQL 11 or later.
    """
    until = f"coalesce(to_char({valid_until} AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), '')"
    return postgresql_sum_of(user, project, "active::int", "revision", until, "specialties::jsonb::text", "reason")


def postgresql_sum_of(*expressions: str) -> str:
    """The SQL for the sum of ``checksum_of`` over rows with the values of these expressions, none of which is null."""
    values = f"concat_ws('|', {', '.join(expressions)})"
    return f"sum(('x' || substr(encode(sha256(convert_to({values}, 'UTF8')), 'hex'), 1, {_HEX_DIGITS}))::bit({4 * _HEX_DIGITS})::bigint)::text"
