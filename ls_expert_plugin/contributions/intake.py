"""Taking in what happened in Label Studio: its outbox, read by cursor, each event once.

A page of events and the cursor after it are stored in one transaction; only then may Label Studio forget them. Whatever
stops in between, the next reading starts at the stored cursor and skips what it already has.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ls_expert_plugin.routing import memberships
from ls_expert_plugin.vetting import people

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import Event, ExtensionClient
    from ls_expert_plugin.storage.store import Store, Unit

logger = logging.getLogger(__name__)


def read_outbox(store: Store, client: ExtensionClient, clock: Callable[[], dt.datetime], pages: int = 200) -> int:
    """Take in at most ``pages`` pages; returns how many new events there were. Raises ``LabelStudioError``."""
    taken = 0
    for _ in range(pages):
        with store.begin() as unit:
            cursor = unit.events.cursor()
        events, after = client.events(cursor)  # no transaction is open while the network is waited for
        if not events:
            break
        with store.begin() as unit:
            taken += _take_in(unit, events, after, clock())
        client.forget_events(after)
    memberships.push(store, client)
    return taken


def _take_in(unit: Unit, events: list[Event], after: str, now: dt.datetime) -> int:
    unit.events.cursor()  # one reader at a time from here
    new = unit.events.new_of(events)
    for event in new:
        unit.events.keep(event)
        _apply(unit, event, now)
    unit.events.move_cursor(after, now)
    return len(new)


def _apply(unit: Unit, event: Event, now: dt.datetime) -> None:
    """What an event changes on our side, beside being kept."""
    if event.kind in ("user_joined", "user_changed", "role_changed") and event.user is not None:
        user = event.user
        people.joined(unit, user.ls_user_id, user.email, user.name, user.role, now)
    elif event.kind == "user_left" and event.ls_user_id is not None:
        people.gone(unit, event.ls_user_id, now)
        memberships.recompute(unit, event.ls_user_id, now)
    elif event.kind in ("project_created", "project_changed") and event.ls_project_id is not None:
        if event.project_title is not None:
            unit.projects.heard_of(event.ls_project_id, event.project_title, now)
    elif event.kind == "project_deleted" and event.ls_project_id is not None:
        unit.projects.gone(event.ls_project_id, now)
        memberships.recompute_all(unit, now)
