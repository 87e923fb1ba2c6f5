"""Which status of a verification may follow which. Pure; the only place that says so.

    interested → interviewing → assessing → in_review → verified → expired | suspended | revoked
                      ↑                         ├─────→ declined
                      └──── more_asked ←────────┘   (and back to in_review, with an answer)
    declined, revoked → in_review                           (an appeal)
    declined, expired, revoked, withdrawn → interested      (the person starts again: a new interview, a new review)
    withdrawn from anything that is not over
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.vetting.lifecycle.status_catalogue import label
from ls_expert_plugin.vetting.values import Status, Verification

FLOW: Mapping[Status, frozenset[Status]] = {
    "interested": frozenset({"interviewing", "withdrawn"}),
    "interviewing": frozenset({"assessing", "withdrawn"}),
    "assessing": frozenset({"in_review", "withdrawn"}),
    "in_review": frozenset({"more_asked", "verified", "declined", "withdrawn"}),
    "more_asked": frozenset({"in_review", "interviewing", "withdrawn"}),
    "verified": frozenset({"expired", "suspended", "revoked", "withdrawn"}),
    "suspended": frozenset({"verified", "revoked", "withdrawn"}),
    "declined": frozenset({"interested", "in_review"}),
    "expired": frozenset({"interested"}),
    "revoked": frozenset({"interested", "in_review"}),
    "withdrawn": frozenset({"interested"}),
}


def may_become(was: Status, to: Status) -> bool:
    """Whether the status ``to`` may follow ``was``."""
    return to in FLOW[was]


def check(was: Status, to: Status) -> None:
    """Raise ``Conflict`` unless ``to`` may follow ``was``."""
    if was == to:
        raise Conflict(f"The status is {label(was)} already. Reload the page.")
    if not may_become(was, to):
        raise Conflict(f"The status is {label(was)} and cannot change to {label(to)} now. Reload the page to see the current status.")


def at(verification: Verification, now: dt.datetime) -> Status:
    """The status as it counts at ``now``: a verification past its date is expired, whether or not it was written down."""
    if verification.status == "verified" and not verification.in_force(now):
        return "expired"
    return verification.status


@dataclass(frozen=True)
class CurrentStatus:
    """A verification with its status as it counts at the moment it was asked for."""

    verification: Verification
    status: Status
