"""Reading the outbox in order, by cursor, at least once; and its epochs.

The cursor is "txid.id". On PostgreSQL a row can become visible after a later one (ids are given before the commit), so
only rows of transactions older than every running one are handed out: nothing can appear before the cursor any more.

Both databases may be restored from a backup without the other. Whoever reads says of which epoch, and is refused when the cursor is no place in it
(``protocol/outbox_position.py``): then a new one is begun. Reading without an epoch is looking only.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import connection
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from ls_expert_plugin.label_studio.models import Outbox, OutboxLog
from ls_expert_plugin.label_studio.sync.write_transaction import writing
from ls_expert_plugin.protocol.outbox_position import START, OutboxState, Reason, parse, why_not, why_not_join


class OutboxReplaced(Exception):
    """The cursor is no place in this outbox."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def read(after: str, limit: int, epoch: str | None = None) -> tuple[list[Outbox], str]:
    """At most ``limit`` rows after the cursor, and the cursor after them.

    Raises ``ValueError`` on a bad cursor, and ``OutboxReplaced`` when it is no place in the log of that ``epoch``.
    """
    if epoch is not None:
        _check(after, epoch, state())
    rows = list(_settled().filter(_beyond(after)).order_by("txid", "id")[:limit])
    cursor = f"{rows[-1].txid}.{rows[-1].pk}" if rows else after
    if epoch is not None and rows:
        with writing():
            log = _log()
            _check(after, epoch, _state_of(log))
            if log is not None and parse(cursor) > parse(log.handed_through):
                log.handed_through = cursor
                log.save(update_fields=["handed_through"])
    return rows, cursor


def forget(through: str, epoch: str | None = None) -> int:
    """Delete what the service has acknowledged; returns how many rows. Raises as ``read``, and forgets nothing then."""
    with writing():
        log = _log()
        if epoch is not None:
            _check(through, epoch, _state_of(log))
        if log is not None and parse(through) > parse(log.forgotten_through):
            log.forgotten_through = through
            log.save(update_fields=["forgotten_through"])
        return Outbox.objects.exclude(_beyond(through)).delete()[0]


def join(cursor: str) -> str:
    """The epoch, for a reader that knows of none yet and goes on at ``cursor``. Raises ``OutboxReplaced`` where it cannot."""
    with writing():
        log = _log() or OutboxLog(pk=1, **_fresh())
        problem = why_not_join(cursor, _newest(), _state_of(log) or _never())
        if problem is not None:
            raise OutboxReplaced(problem)
        log.handed_through = log.forgotten_through = cursor
        log.save()
        return log.epoch


def begin() -> str:
    """A new epoch: what has not been forgotten comes again, from the start, under the ids it had. Returns its name.

    Rows that are there are older than every transaction that runs: they come first, whatever numbers another cluster gave them.
    """
    with writing():
        _log()
        log = OutboxLog(pk=1, **_fresh())
        log.save()
        number = Concat(Cast(F("txid"), CharField()), Value("."), Cast(F("id"), CharField()))
        Outbox.objects.update(earlier_id=Coalesce(F("earlier_id"), number), txid=0)
        return log.epoch


def state() -> OutboxState | None:
    """What is kept of the log; None: nobody has read by epoch yet."""
    return _state_of(OutboxLog.objects.filter(pk=1).first())


def where() -> str:
    """Where the outbox lies: cluster, timeline, database and table. A restore by SQL, a point in time and a replica that takes over change it.

    A copied file (SQLite, or a cluster's folder) does not: there, the cursor is ahead of what was handed out.
    """
    if connection.vendor != "postgresql":
        return connection.vendor
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
        system = "(SELECT system_identifier FROM pg_control_system())" if cursor.fetchone()[0] else "0"
        cursor.execute(
            f"SELECT {system}, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), oid, %s::regclass::oid"
            " FROM pg_database WHERE datname = current_database()", [Outbox._meta.db_table],
        )
        return ".".join(str(part) for part in cursor.fetchone())


def _fresh() -> dict[str, Any]:
    return {
        "epoch": uuid.uuid4().hex, "database": where(), "handed_through": START, "forgotten_through": START, "begun_at": timezone.now(),
    }


def _never() -> OutboxState:
    return OutboxState("", START, START)


def _log() -> OutboxLog | None:
    """The row, and nobody else changes it meanwhile."""
    return OutboxLog.objects.select_for_update().filter(pk=1).first()


def _state_of(log: OutboxLog | None) -> OutboxState | None:
    return OutboxState(log.epoch, log.forgotten_through, log.handed_through, log.database == where()) if log is not None else None


def _check(cursor: str, epoch: str, there: OutboxState | None) -> None:
    problem = why_not(cursor, epoch, there)
    if problem is not None:
        raise OutboxReplaced(problem)


def _newest() -> str:
    """A cursor that no row has reached yet, or that the newest has."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text || '.0'")
        else:
            cursor.execute("SELECT '0.' || COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)", [Outbox._meta.db_table])
        return str(cursor.fetchone()[0])


def _beyond(cursor: str) -> Q:
    txid, pk = parse(cursor)
    return Q(txid__gt=txid) | Q(txid=txid, id__gt=pk)


def _settled() -> QuerySet[Outbox]:
    if connection.vendor != "postgresql":
        return Outbox.objects.all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        oldest_running: Any = cursor.fetchone()[0]
    return Outbox.objects.filter(txid__lt=oldest_running)
