"""Outbox epochs on the consumer's side: joining the log, beginning a new epoch after a restore, and rereading what no log tells.

    join         the first time: go on where we are, now by epoch
    begin        our cursor is no place in the log: a new epoch, read from the start; who was erased before is erased again first
    reread_gap   once the log has been read to its end: members, projects and work as they are, and the projection compared

Whatever stops in between is done again by the next reading.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.outbox_consumer.resync import resync
from ls_expert_plugin.protocol.outbox_position import LOST_TO_ANOTHER
from ls_expert_plugin.routing.sync import directory_sync
from ls_expert_plugin.routing.sync.reconcile import reconcile
from ls_expert_plugin.vetting.privacy import erasure_replay

if TYPE_CHECKING:
    from ls_expert_plugin.errors import OutboxReplaced
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.routing.configuration import RoutingConfiguration
    from ls_expert_plugin.storage.unit_of_work import Database

logger = logging.getLogger(__name__)


def join(store: Database, client: ExtensionClient, now: dt.datetime) -> None:
    """Learn the epoch, where we know of none. Raises ``OutboxReplaced`` when our cursor is no place in the log."""
    with store.read() as unit:
        cursor, known = unit.events.cursor(), unit.outbox_epochs.current()
    if known is not None:
        return
    epoch = client.join_outbox(cursor)
    with store.begin() as unit:
        if unit.events.lock_cursor(now) == cursor and unit.outbox_epochs.current() is None:
            unit.outbox_epochs.join(epoch, now)


def begin(store: Database, client: ExtensionClient, problem: OutboxReplaced, clock: Callable[[], dt.datetime]) -> None:
    """Begin a new epoch, from the start. Raises ``LabelStudioError``; also where dates are shifted, or a second service ends each of ours."""
    with store.read() as unit:
        contested = unit.outbox_epochs.contested_since(clock())
    if contested is not None and problem.reason == LOST_TO_ANOTHER:
        raise LabelStudioError(f"Another expert service reads from the same Label Studio since {contested:%Y-%m-%d %H:%M} UTC, and each ends the other's epoch "
                               "of its log. Nothing is read here meanwhile: stop one of the two.")
    logger.warning("%s A new epoch begins: the outbox is read from the start, and members, projects and work are read again.", problem.message)
    directory_sync.look(store, client, clock)  # before events are read that would make many of them somebody new
    epoch = client.begin_epoch()
    with store.begin() as unit:
        unit.events.lock_cursor(clock())
        unit.outbox_epochs.begin(epoch, problem.reason, clock())
        unit.events.move_cursor_to_start(clock())
    erasure_replay.replay(store, client, clock)


def reread_gap(
    store: Database, client: ExtensionClient, configuration: RoutingConfiguration, clock: Callable[[], dt.datetime],
) -> None:
    """Reread what no log tells, if that is still to be done. Raises ``LabelStudioError``: it is done the next time."""
    with store.read() as unit:
        epoch = unit.outbox_epochs.current()
    if epoch is None or epoch.resynced_at_utc is not None:
        return
    erasure_replay.replay(store, client, clock)
    found = resync(store, client, configuration, clock)
    drift = reconcile(store, client, clock)
    with store.begin() as unit:
        unit.outbox_epochs.note_resynced(epoch.number, clock())
    logger.warning(
        "epoch %d of the outbox: reread, %d members and projects were otherwise, %d annotations not on record, %d rows of the projection corrected",
        epoch.number, len(found.otherwise), found.annotations, drift.corrected,
    )
