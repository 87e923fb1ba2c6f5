"""Taking in what happened in Label Studio: its outbox, read by cursor, each event once.

A page of events, what they change on our side, and the cursor after them are stored in one transaction; only then may Label
Studio forget them. Whatever stops in between, the next reading starts at the stored cursor and skips what it already has. A cursor that is no place in
the log any more, because one of the two databases was restored, begins a new epoch (``epochs.py``).
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import OutboxReplaced
from ls_expert_plugin.outbox_consumer import epochs
from ls_expert_plugin.outbox_consumer.effects import Effects, effects_of
from ls_expert_plugin.routing.sync import directory_sync
from ls_expert_plugin.routing.sync.push import push

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.ls_client.values import OutboxEvent
    from ls_expert_plugin.routing.configuration import RoutingConfiguration, RoutingContext
    from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import Epoch
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

@dataclass(frozen=True)
class Place:
    """Where we are: a cursor in an epoch."""

    cursor: str
    epoch: Epoch | None


logger = logging.getLogger(__name__)
# While a long way is caught up, the log says so this often.
SAYS_SO_EVERY_S = 5.0


def read_outbox(
    store: Database, client: ExtensionClient, configuration: RoutingConfiguration, clock: Callable[[], dt.datetime], *,
    patience_s: float | None = None,
) -> int:
    """Take in what there is; returns how many new events there were. Raises ``LabelStudioError``: what was taken in stays; nothing is, while directory
    synchronisation is on hold.

    ``patience_s``: stop after about this long, at the end of a page; the next reading goes on there.
    """
    with store.read() as unit:
        directory_sync.raise_if_held(unit)
    try:
        epochs.join(store, client, clock())
        taken, is_at_end = _read(store, client, configuration, clock, patience_s)
    except OutboxReplaced as problem:
        epochs.begin(store, client, problem, clock)
        taken, is_at_end = _read(store, client, configuration, clock, patience_s)
    if is_at_end:
        epochs.reread_gap(store, client, configuration, clock)
    push(store, client, patience_s=patience_s)
    return taken


def _read(
    store: Database, client: ExtensionClient, configuration: RoutingConfiguration, clock: Callable[[], dt.datetime], patience_s: float | None,
) -> tuple[int, bool]:
    """(how many new events there were, whether there are no more)."""
    began = said = time.monotonic()
    taken = 0
    while True:
        with store.read() as unit:
            place = Place(unit.events.cursor(), unit.outbox_epochs.current())
        events, after = client.events(place.cursor, place.epoch.epoch if place.epoch else None)  # no transaction is open while the network is waited for
        if not events:
            return taken, True
        new = store.run(partial(_take_in, place=place, events=events, after=after, context=configuration.at(clock())))
        if new is None:
            continue  # somebody else read on from there while we fetched: only what is stored may be forgotten
        taken += new
        client.forget_events(after, place.epoch.epoch if place.epoch else None)
        now = time.monotonic()
        if now - said > SAYS_SO_EVERY_S:
            logger.info("outbox: %d events taken in so far, up to %s", taken, events[-1].at_utc.isoformat(timespec="seconds"))
            said = now
        if patience_s is not None and now - began > patience_s:
            logger.info("outbox: %d events taken in, up to %s; the rest is next", taken, events[-1].at_utc.isoformat(timespec="seconds"))
            return taken, False


def _take_in(
    unit: UnitOfWork, place: Place, events: list[OutboxEvent], after: str, context: RoutingContext
) -> int | None:
    changes = effects_of(events)
    if changes.any:
        unit.memberships.take_turn(alone=True)  # before any lock: whoever recomputes takes its turn first
    if Place(unit.events.lock_cursor(context.now), unit.outbox_epochs.current()) != place:
        return None
    new = unit.events.new_of(events)
    unit.events.keep(new)
    if len(new) == len(events):
        _apply(unit, changes, context)
    elif new:
        _apply(unit, effects_of(new), context)
    unit.events.move_cursor(after, context.now)
    return len(new)


def _apply(unit: UnitOfWork, changes: Effects, context: RoutingContext) -> None:
    """What a page of events changes on our side, beside being kept."""
    directory_sync.write(unit, changes.people, changes.deleted, changes.projects, context)
