"""Optimistic locking of profile entries: a fingerprint of what an entry says, so that a reviewer's tick is about what stood on their page. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.vetting.values import Claim

# Kinds of profile entries that somebody can look up.
CHECKABLE = ("licence", "language")


@dataclass(frozen=True)
class LookedUp:
    """Ids of licences and languages that are to count from now on, and of those that are not to count any more."""

    checked: frozenset[int]
    unchecked: frozenset[int]


def claim_fingerprint(claim: Claim) -> str:
    """The entry and what it says, as "<id>-<16 hexadecimal digits>"; any change of its kind or details gives another one."""
    said = json.dumps([claim.kind, dict(claim.details)], sort_keys=True)
    return f"{claim.id}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def looked_up(claims: Iterable[Claim], ticked: Collection[str]) -> LookedUp:
    """Which of a person's ``claims`` the reviewer ticked (by fingerprint), and which of those that counted they did not.

    Raises ``Conflict`` when a ticked entry says something else by now.
    """
    known = {claim_fingerprint(claim): claim for claim in claims if claim.kind in CHECKABLE}
    if not set(ticked) <= known.keys():
        raise Conflict("An entry that you ticked was changed since you opened the page. Read it again, then decide.")
    return LookedUp(
        checked=frozenset(claim.id for mark, claim in known.items() if mark in ticked),
        unchecked=frozenset(claim.id for mark, claim in known.items() if mark not in ticked and claim.is_checked),
    )
