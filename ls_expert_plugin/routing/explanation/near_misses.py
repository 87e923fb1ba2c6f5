"""Who waits for a place in one project, and who almost has access: near misses, people with a single rule unmet. Pure.

By the rules of ``access/eligibility.py``, which also decide.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from ls_expert_plugin.routing.access.allocation import decide
from ls_expert_plugin.routing.access.eligibility import Check, explain
from ls_expert_plugin.routing.values import Candidate, Project
from ls_expert_plugin.vetting.values import Status

# Whoever was refused or has left a domain is not on the way to it.
NOT_ON_THE_WAY: frozenset[Status] = frozenset({"declined", "revoked", "withdrawn"})


@dataclass(frozen=True)
class NearMisses:
    """By Label Studio's ids. ``waiting``: meet everything, the next in line first. ``almost``: each with the one rule that is not met."""

    waiting: tuple[int, ...] = ()
    almost: tuple[tuple[int, Check], ...] = ()


def near_misses(candidates: Collection[Candidate], project: Project, holding: Collection[int], now: dt.datetime) -> NearMisses:
    """``holding``: who has a place now. For the domain itself only those count who are on the way to it."""
    asked = project.requirement
    if asked is None:
        return NearMisses()
    waiting = decide(candidates, [project], {project.ls_project_id: holding}, now)[project.ls_project_id].waiting
    almost = []
    for candidate in candidates:
        if candidate.is_manager or not any(one.domain == asked.domain and one.status not in NOT_ON_THE_WAY for one in candidate.verifications):
            continue
        missing = explain(candidate, project, now, has_place=True).missing
        if len(missing) == 1:
            almost.append((candidate.ls_user_id, missing[0]))
    return NearMisses(waiting, tuple(almost))
