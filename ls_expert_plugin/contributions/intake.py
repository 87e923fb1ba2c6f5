"""Taking in what happened in Label Studio: its outbox, read by cursor, each event once.

A page of events, what they change on our side, and the cursor after them are stored in one transaction; only then may Label
Studio forget them. Whatever stops in between, the next reading starts at the stored cursor and skips what it already has.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ls_expert_plugin.contributions.effects import Effects, effects_of
from ls_expert_plugin.routing import directory_sync
from ls_expert_plugin.routing.push import push

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.ls_client.extension import Event, ExtensionClient
    from ls_expert_plugin.storage.store import Store, Unit

logger = logging.getLogger(__name__)
# While a long way is caught up, the log says so this often.
SAYS_SO_EVERY_S = 5.0


def read_outbox(
    store: Store, client: ExtensionClient, packs: Mapping[str, Pack], clock: Callable[[], dt.datetime], *,
    unrestricted: bool = False, patience_s: float | None = None,
) -> int:
    """Take in what there is; returns how many new events there were. Raises ``LabelStudioError``: what was taken in stays.

    ``patience_s``: stop after about this long, at the end of a page; the next reading goes on there.
    """
    began = said = time.monotonic()
    taken = 0
    while True:
        with store.read() as unit:
            cursor = unit.events.cursor()
        events, after = client.events(cursor)  # no transaction is open while the network is waited for
        if not events:
            break
        new = store.run(partial(_take_in, cursor=cursor, events=events, after=after, packs=packs, now=clock(), unrestricted=unrestricted))
        if new is None:
            continue  # somebody else read on from there while we fetched: only what is stored may be forgotten
        taken += new
        client.forget_events(after)
        now = time.monotonic()
        if now - said > SAYS_SO_EVERY_S:
            logger.info("outbox: %d events taken in so far, up to %s", taken, events[-1].at_utc.isoformat(timespec="seconds"))
            said = now
        if patience_s is not None and now - began > patience_s:
            logger.info("outbox: %d events taken in, up to %s; the rest is next", taken, events[-1].at_utc.isoformat(timespec="seconds"))
            break
    push(store, client, patience_s=patience_s)
    return taken


def _take_in(
    unit: Unit, cursor: str, events: list[Event], after: str, packs: Mapping[str, Pack], now: dt.datetime, unrestricted: bool
) -> int | None:
    changes = effects_of(events)
    if changes.any:
        unit.memberships.take_turn(alone=True)  # before any lock: whoever recomputes takes its turn first
    if unit.events.lock_cursor(now) != cursor:
        return None
    new = unit.events.new_of(events)
    unit.events.keep(new)
    if len(new) == len(events):
        _apply(unit, changes, packs, now, unrestricted)
    elif new:
        _apply(unit, effects_of(new), packs, now, unrestricted)
    unit.events.move_cursor(after, now)
    return len(new)


def _apply(unit: Unit, changes: Effects, packs: Mapping[str, Pack], now: dt.datetime, unrestricted: bool) -> None:
    """What a page of events changes on our side, beside being kept."""
    directory_sync.write(unit, changes.people, changes.deleted, changes.titles, packs, now, unrestricted=unrestricted)
