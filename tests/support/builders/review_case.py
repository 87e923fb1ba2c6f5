"""Decisions about a candidate in review, each in a transaction of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.review import appeals
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.values import Person, Verification
from tests.support.builders.vetting_case import LATER, PACK, PACKS, Case
from tests.support.builders.vetting_samples import NOW, pack

UNTIL = dt.date(2027, 1, 1)
DAY = dt.timedelta(days=1)
LICENSED = {"law": pack(policy={"required_credentials": ["bar"], "recheck": {"dormant_after_days": 100, "on_new_version": True}})}


def second_manager(case: Case, ls_user_id: int = 2) -> Person:
    with case.store.begin() as unit:
        return members.joined(unit, ls_user_id, f"{ls_user_id}@example.org", f"Manager {ls_user_id}", "manager", NOW)


def verify(case: Case, verification: Verification, manager: Person | None = None, packs: Mapping[str, Pack] = PACKS, **more: Any) -> Verification:
    with case.store.begin() as unit:
        return actions.verify(unit, manager or case.manager, verification.id, UNTIL, "", LATER, packs=packs, **more)


def decline(case: Case, verification: Verification, manager: Person | None = None, packs: Mapping[str, Pack] = PACKS) -> Verification:
    with case.store.begin() as unit:
        return actions.decline(unit, manager or case.manager, verification.id, "Too little.", LATER, packs=packs)


def appeal(case: Case, verification: Verification, now: dt.datetime = LATER) -> Verification:
    with case.store.begin() as unit:
        return appeals.appeal(unit, case.person, verification.id, "You overlooked the second answer.", PACK, now)
