"""What somebody may be told, and whom. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ls_expert_plugin.vetting.values import Status

Kind = Literal[
    "verified", "more_asked", "declined", "expired", "suspended", "revoked", "reminder", "projects", "add_on", "to_review", "person_asked", "renamed",
    "number_twice",
]
Outcome = Literal["sent", "refused", "given_up"]
# For whoever reviews; the others are for the person they are about.
FOR_MANAGERS: frozenset[Kind] = frozenset({"to_review", "person_asked", "renamed", "number_twice"})
_OF_STATUS: dict[Status, Kind] = {
    "verified": "verified", "more_asked": "more_asked", "declined": "declined", "expired": "expired", "suspended": "suspended", "revoked": "revoked",
}
# A decision and the projects it opens come in one message.
HELD_BACK = dt.timedelta(minutes=1)
# What happened longer ago than this is no news.
GIVEN_UP_AFTER = dt.timedelta(days=3)
KEPT = dt.timedelta(days=30)
_FIRST_WAIT, _LONGEST_WAIT = dt.timedelta(minutes=1), dt.timedelta(hours=6)


@dataclass(frozen=True)
class Notification:
    """Something to tell one person. ``domain``: an id, empty where it is about none. ``attempts``: how often sending was begun."""

    id: int
    person_id: int
    kind: Kind
    domain: str
    count: int
    made_at_utc: dt.datetime
    attempts: int = 0


@dataclass(frozen=True)
class Digest:
    """What goes to one person in one message, oldest first. ``ends_at_utc``: domain id → when the verification there expires unless something is done."""

    notifications: tuple[Notification, ...]
    ends_at_utc: Mapping[str, dt.datetime]


def kind_of(to: Status) -> Kind | None:
    """What a person is told when somebody else has brought their verification to this status; None: nothing."""
    return _OF_STATUS.get(to)


def wait_after(attempts: int) -> dt.timedelta:
    """How long until the next attempt, after so many: a minute, two, four, … six hours."""
    return min(_FIRST_WAIT * (1 << min(max(attempts - 1, 0), 10)), _LONGEST_WAIT)
