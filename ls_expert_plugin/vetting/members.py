"""People come and go in Label Studio; this keeps our record of them in step."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, LabelStudioError
from ls_expert_plugin.vetting.profile import claim_history
from ls_expert_plugin.vetting.profile.name_matching import is_same_text
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

NAME_MAX_CHARS = 200
logger = logging.getLogger(__name__)


def joined(
    unit: UnitOfWork, ls_user_id: int, email: str, name: str, role: str, now: dt.datetime, made_at_utc: dt.datetime | None = None,
) -> Person:
    """Somebody joined, signed in, or changed: keep what Label Studio says of them now.

    People write their own names. One that changes takes with it what a register matched under the old one. ``made_at_utc``: when their account was
    made. Where that is another one than we knew under this number, so is the person: who was known is gone, and nothing of theirs is carried over.
    Raises ``LabelStudioError`` for them while so many would be others that it is on hold.
    """
    known = unit.people.lock_known(ls_user_id)
    is_another = False
    if known is not None and made_at_utc is not None and known.is_another(made_at_utc):
        held = unit.directory_holds.current()
        if held is not None:
            raise LabelStudioError(f"{held} A manager has to look at it.")
        is_another = True
        former = unit.people.replace(ls_user_id, made_at_utc, now)
        logger.warning(
            "account %d of Label Studio is another one than before: who had it is gone, and on record under %d. See `ls-expert doctor`.",
            ls_user_id, former.ls_user_id,
        )
        known = unit.people.lock_known(ls_user_id)  # whose account it was before, if it is back
    person = unit.people.save(ls_user_id, email, name.strip(), role, now, made_at_utc)
    if is_another:
        unit.people.note_due(person.id)
    if known is not None and known.name and not is_same_text(known.name, person.name):
        person = unit.people.note_renamed(ls_user_id, now)
        claim_history.renamed(unit, person, now)
    return person


def named(unit: UnitOfWork, person: Person, name: str) -> None:
    """Somebody whose account has no name says what they are called. A name that is there stays: it is changed in Label Studio. Raises ``BadInput``."""
    said = " ".join(clean(name).split())
    if len(said) > NAME_MAX_CHARS:
        raise BadInput(f"Write at most {NAME_MAX_CHARS} characters.")
    if said and not person.name:
        unit.people.set_own_name(person.id, said)


def gone(unit: UnitOfWork, ls_user_id: int, now: dt.datetime) -> None:
    """Somebody left. Their record stays, nobody can sign in as them, and they wait for no review."""
    unit.people.mark_gone(ls_user_id, now)
