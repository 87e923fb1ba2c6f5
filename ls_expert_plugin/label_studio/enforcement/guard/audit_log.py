"""Counting what ``enforce`` would refuse, while audit mode refuses nothing.

One row for each person, method, address and reason, so the table stays small however long audit mode runs.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.db import transaction
from django.db.models import F

from ls_expert_plugin.label_studio.enforcement.request.call import READ
from ls_expert_plugin.label_studio.models import Audit

Reason = Literal["address", "object"]
_METHODS = READ | {"POST", "PUT", "PATCH", "DELETE", "TRACE"}
_MAX_NAME_CHARS = 200


def count(user_id: int, method: str, url_name: str, reason: Reason, now: dt.datetime) -> None:
    """One more. In a transaction of its own: where it fails, the error is the caller's and the request's work is untouched."""
    # A method that is none must not make a row of its own each time.
    key = {
        "user_id": user_id, "method": method if method in _METHODS else "other", "url_name": url_name[:_MAX_NAME_CHARS], "reason": reason,
    }
    with transaction.atomic():
        # Writing first: SQLite then waits for its turn, instead of failing between a read and a write. The addition happens
        # in the database, and the unique constraint makes the row one, so no count is lost between processes.
        if not _add(key, now):
            Audit.objects.get_or_create(**key, defaults={"first_at": now, "last_at": now})
            _add(key, now)


def _add(key: dict[str, Any], now: dt.datetime) -> int:
    return int(Audit.objects.filter(**key).update(count=F("count") + 1, last_at=now))
