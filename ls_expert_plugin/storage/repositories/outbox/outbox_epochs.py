"""Repository of the outbox's epochs that we have read in, and whether what lies between two of them has been reread."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ls_expert_plugin.protocol.outbox_position import LOST_TO_ANOTHER
from ls_expert_plugin.storage.tables import OutboxEpochRow

# Why there is an epoch that none came before: from the start, or after what was read before there were any.
JOINED, BEFORE = "joined", "before"
# So many epochs of ours ended by somebody else in so long, and it is a second service beside the same Label Studio.
CONTESTED_FROM, CONTESTED_FOR = 3, dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Epoch:
    """One epoch of the outbox's log, whose events have one numbering.

    ``number`` grows; ``reason``: why the one before it ended. ``resynced_at_utc`` None: the gap is still to be reread.
    """

    number: int
    epoch: str
    reason: str
    begun_at_utc: dt.datetime
    resynced_at_utc: dt.datetime | None


class OutboxEpochs:
    """Repository of epochs, from which nothing is ever deleted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def current(self) -> Epoch | None:
        """The one that is read now; None: we know of none yet."""
        row = self._session.scalars(select(OutboxEpochRow).order_by(OutboxEpochRow.id.desc()).limit(1)).first()
        return Epoch(row.id, row.epoch, row.reason, row.begun_at_utc, row.resynced_at_utc) if row else None

    def contested_since(self, now: dt.datetime) -> dt.datetime | None:
        """Since when another service and this one end each other's epochs; None: they do not. A restore ends one epoch, not several."""
        lost = self._session.scalars(
            select(OutboxEpochRow.begun_at_utc).where(OutboxEpochRow.reason == LOST_TO_ANOTHER, OutboxEpochRow.begun_at_utc > now - CONTESTED_FOR)
            .order_by(OutboxEpochRow.id)
        ).all()
        return lost[0] if len(lost) >= CONTESTED_FROM else None

    def join(self, epoch: str, now: dt.datetime) -> None:
        """We go on reading where we are, now by epoch: nothing lies between."""
        self._session.add(OutboxEpochRow(epoch=epoch, reason=JOINED, begun_at_utc=now, resynced_at_utc=now))
        self._session.flush()

    def begin(self, epoch: str, reason: str, now: dt.datetime) -> None:
        """Another one follows, and what lies between is to be reread."""
        if self.current() is None:  # what was read without an epoch is the first
            self._session.add(OutboxEpochRow(epoch="", reason=BEFORE, begun_at_utc=now, resynced_at_utc=now))
            self._session.flush()
        self._session.add(OutboxEpochRow(epoch=epoch, reason=reason, begun_at_utc=now))
        self._session.flush()

    def note_resynced(self, number: int, now: dt.datetime) -> None:
        """What lies before this epoch has been reread; with it, before every earlier one."""
        self._session.execute(update(OutboxEpochRow).where(
            OutboxEpochRow.id <= number, OutboxEpochRow.resynced_at_utc.is_(None)
        ).values(resynced_at_utc=now))
