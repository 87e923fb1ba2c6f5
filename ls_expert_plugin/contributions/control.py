"""Counting answers to control tasks: Label Studio compares, the service keeps what came of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.storage.store import Store

# Older answers say little of how somebody works now.
LATEST = 200
PEOPLE_AT_A_TIME = 50


def count_control_answers(store: Store, client: ExtensionClient, now: dt.datetime) -> int:
    """Count anew for everybody who is verified; how many people. Raises ``LabelStudioError``: what was counted before stays."""
    with store.read() as unit:
        people = sorted({person.ls_user_id for _, person in unit.verifications.with_status("verified")})
    for start in range(0, len(people), PEOPLE_AT_A_TIME):
        some = people[start : start + PEOPLE_AT_A_TIME]
        counts = client.control_answers(some, LATEST)
        with store.begin() as unit:
            unit.control.replace(some, counts, now)
    return len(people)
