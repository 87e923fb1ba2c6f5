"""Bringing memberships in line with verifications and requirements, in the database and in Label Studio.

The database is changed in one transaction; Label Studio is told afterwards. What could not be told stays marked as not
pushed, and the next push, by whoever, tells it.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.routing.eligibility import accessible

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.storage.store import Store, Unit

logger = logging.getLogger(__name__)
PUSH_ROWS = 500


def recompute(unit: Unit, ls_user_id: int, now: dt.datetime) -> int:
    """Set this person's memberships to what their verifications give them; returns how many changed."""
    person = unit.people.lock(ls_user_id)
    verifications = unit.verifications.of(person.id) if person is not None else []
    wanted = accessible(verifications, unit.projects.all(), now)
    existing = {m.ls_project_id: m for m in unit.memberships.of(ls_user_id)}
    changed = 0
    for ls_project_id in wanted.keys() | existing.keys():
        access, old = wanted.get(ls_project_id), existing.get(ls_project_id)
        if access is not None:
            changed += unit.memberships.put(
                ls_user_id, ls_project_id, active=True, valid_until_utc=access.valid_until_utc, reason=access.reason, now=now
            )
        elif old is not None and old.active:
            changed += unit.memberships.put(
                ls_user_id, ls_project_id, active=False, valid_until_utc=old.valid_until_utc, reason="no longer verified", now=now
            )
    return changed


def recompute_all(unit: Unit, now: dt.datetime) -> int:
    """The same for everybody we know."""
    return sum(recompute(unit, ls_user_id, now) for ls_user_id in unit.people.all_ls_user_ids())


def push(store: Store, client: ExtensionClient) -> bool:
    """Tell Label Studio everything it has not been told. False: it did not take it, and the rows wait."""
    while True:
        with store.read() as unit:
            waiting = unit.memberships.unpushed(PUSH_ROWS)
        if not waiting:
            return True
        try:
            client.push(waiting)
        except LabelStudioError as problem:
            logger.warning("memberships wait to be pushed: %s", problem.message)
            return False
        with store.begin() as unit:
            unit.memberships.mark_pushed(waiting)
