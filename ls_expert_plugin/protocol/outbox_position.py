"""Consumer offsets of the outbox: whether a cursor is a place in the log that is there now. Pure; imported on both sides.

An *epoch* is one unbroken life of Label Studio's outbox, from a beginning to the next. Within it every cursor that the service holds lies between what
was forgotten last and what was handed out last. A cursor that does not, or one of another epoch, means that one of the two databases is
another than it was: restored from a backup, or begun anew. What then lies between the two is in no log; it has to be reread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

START = "0.0"
_MAX = 2**63 - 1
Reason = Literal["epoch", "database", "ahead", "forgotten"]
# Somebody else has begun another epoch.
LOST_TO_ANOTHER: Reason = "epoch"
SENTENCES: dict[Reason, str] = {
    "epoch": "the outbox is of another epoch than the cursor: one of the two databases is not the one it was",
    "database": "Label Studio's database is in another place than the outbox was begun in: it was restored, copied or taken over",
    "ahead": "the cursor is ahead of everything that this outbox has handed out: Label Studio's database was restored from a backup",
    "forgotten": "events after the cursor have been forgotten: the expert service's database was restored from a backup, or is new",
}


@dataclass(frozen=True)
class OutboxState:
    """What Label Studio keeps of its outbox. ``is_same_database``: it lies where the epoch was begun (cluster, timeline, database, table)."""

    epoch: str
    forgotten_through: str
    handed_through: str
    is_same_database: bool = True


def parse(cursor: str) -> tuple[int, int]:
    """(transaction, id) of a cursor. Raises ``ValueError``."""
    txid, _, pk = cursor.partition(".")
    if max(int(txid), int(pk)) > _MAX:
        raise ValueError(f"cursor: no part of one is larger than {_MAX}")
    return int(txid), int(pk)


def why_not(cursor: str, epoch: str, state: OutboxState | None) -> Reason | None:
    """Why a consumer of ``epoch`` cannot go on at ``cursor``; None: it can."""
    if state is None or epoch != state.epoch:
        return "epoch"
    if not state.is_same_database:
        return "database"
    if parse(cursor) > parse(state.handed_through):
        return "ahead"
    return "forgotten" if parse(cursor) < parse(state.forgotten_through) else None


def why_not_join(cursor: str, newest: str, state: OutboxState) -> Reason | None:
    """Why a consumer that knows of no epoch yet cannot go on at ``cursor``. One may that reads from the start what nobody has read, or
    that read before there were epochs, as long as the log (``newest``) reaches that far. Joined twice, it is joined once.
    """
    if not state.is_same_database:
        return "database"
    if parse(cursor) > parse(newest):
        return "ahead"
    return None if state.forgotten_through == state.handed_through and state.handed_through in (START, cursor) else "forgotten"
