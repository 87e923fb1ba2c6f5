"""People come and go in Label Studio; this keeps our record of them in step."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.profile import claim_history
from ls_expert_plugin.vetting.profile.name_matching import is_same_text
from ls_expert_plugin.vetting.values import Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


def joined(unit: UnitOfWork, ls_user_id: int, email: str, name: str, role: str, now: dt.datetime) -> Person:
    """Somebody joined, signed in, or changed: keep what Label Studio says of them now.

    People write their own names. One that changes takes with it what a register matched under the old one.
    """
    before = unit.people.name_of(ls_user_id)
    person = unit.people.save(ls_user_id, email, name.strip(), role, now)
    if before and not is_same_text(before, person.name):
        person = unit.people.note_renamed(ls_user_id, now)
        claim_history.renamed(unit, person, now)
    return person


def gone(unit: UnitOfWork, ls_user_id: int, now: dt.datetime) -> None:
    """Somebody left. Their record stays, nobody can sign in as them, and they wait for no review."""
    unit.people.mark_gone(ls_user_id, now)
