"""Reading the outbox in order, by cursor, at least once.

The cursor is "txid.id". On PostgreSQL a row can become visible after a later one (ids are given before the commit), so
only rows of transactions older than every running one are handed out: nothing can appear before the cursor any more.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from ls_expert_plugin.label_studio.models import Outbox

START = "0.0"
_MAX_ID = 2**63 - 1


def read(after: str, limit: int) -> tuple[list[Outbox], str]:
    """At most ``limit`` rows after the cursor, and the cursor after them. Raises ``ValueError`` on a bad cursor."""
    rows = list(_settled().filter(_beyond(after)).order_by("txid", "id")[:limit])
    return rows, f"{rows[-1].txid}.{rows[-1].pk}" if rows else after


def forget(through: str) -> int:
    """Delete what the service has acknowledged; returns how many rows."""
    return Outbox.objects.exclude(_beyond(through)).delete()[0]


def _beyond(cursor: str) -> Q:
    txid, _, pk = cursor.partition(".")
    if max(int(txid), int(pk)) > _MAX_ID:
        raise ValueError(f"cursor: no part of one is larger than {_MAX_ID}")
    return Q(txid__gt=int(txid)) | Q(txid=int(txid), id__gt=int(pk))


def _settled() -> QuerySet[Outbox]:
    if connection.vendor != "postgresql":
        return Outbox.objects.all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        oldest_running: Any = cursor.fetchone()[0]
    return Outbox.objects.filter(txid__lt=oldest_running)
