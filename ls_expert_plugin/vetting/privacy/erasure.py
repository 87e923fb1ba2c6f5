"""Erasure: what a person told us goes at once; their projects close and their name leaves Label Studio as soon as it answers.

    ask        one transaction: words, profile, findings and address are gone here, verifications and consents have ended
    carry_out  memberships end in Label Studio; then the account there gets a number for a name. Interrupted, it is done again.

Annotations stay, under that number: they belong to the projects. The record of work keeps numbers alone.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ls_expert_plugin.errors import BadInput, LabelStudioError
from ls_expert_plugin.vetting import consent
from ls_expert_plugin.vetting.values import Erasure, Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

logger = logging.getLogger(__name__)
# Why: the person asked, an administrator did, the days that the consent named are over, or a restored backup has brought back what was erased.
ASKED, COMMAND, RETENTION, RESTORED = "asked", "command", "retention", "restored"


class ProjectCloser(Protocol):
    """What closes projects to a person, and tells Label Studio."""

    def refresh(self, ls_user_id: int) -> bool:
        """Recompute a person's memberships and tell Label Studio; False: it does not know yet."""


class Accounts(Protocol):
    """What erases accounts of Label Studio."""

    def erase_account(self, ls_user_id: int, made_at_utc: dt.datetime | None = None) -> str | None:
        """Take name, address, picture and ways in from an account, if it was made then; by what it is known again. Raises ``LabelStudioError``."""


def check_may_be_erased(person: Person) -> None:
    """Raise ``BadInput`` for managers: what they decided is part of other people's record, and somebody must run this place."""
    if person.is_manager:
        raise BadInput("A manager is not erased. Make them an expert first: `ls-expert roles set ADDRESS expert`.")


def ask(unit: UnitOfWork, person: Person, reason: str, now: dt.datetime) -> Erasure:
    """Remove what they told us, and write down that the rest is to be done. Asked twice, it is done once. Raises ``BadInput``."""
    check_may_be_erased(person)
    lock_whole(unit, person)
    consent.withdraw_all(unit, person, now)
    erasure = unit.erasures.ask(person.id, reason, now)
    unit.erasures.remove(person.id, person.ls_user_id)
    _leave(unit, person, now)
    return erasure


def carry_out(store: Database, routing: ProjectCloser, accounts: Accounts, erasure: Erasure, clock: Callable[[], dt.datetime]) -> bool:
    """The rest of it; False while Label Studio does not answer. May be called again at any time."""
    person = erasure.person
    if not routing.refresh(person.ls_user_id):
        return False
    try:
        mark = accounts.erase_account(person.ls_user_id, person.made_at_utc) if person.has_account else None
    except LabelStudioError as problem:
        logger.warning("erasure %d waits: %s", erasure.id, problem.message)
        return False

    def finish(unit: UnitOfWork) -> None:
        # Label Studio may have told us of them once more in between.
        lock_whole(unit, person)
        unit.erasures.remove(person.id, person.ls_user_id)
        _leave(unit, person, clock())
        unit.erasures.finish(erasure.id, clock(), mark)

    store.run(finish)
    logger.info("erasure %d is finished", erasure.id)
    return True


def carry_out_waiting(store: Database, routing: ProjectCloser, accounts: Accounts, clock: Callable[[], dt.datetime]) -> int:
    """The rest of all that wait; how many still do. For the sweep."""
    with store.read() as unit:
        waiting = unit.erasures.waiting()
    return sum(not carry_out(store, routing, accounts, erasure, clock) for erasure in waiting)


def lock_whole(unit: UnitOfWork, person: Person) -> None:
    """Nobody else changes this person, or decides about them, before this unit ends. For what removes what they told us."""
    unit.people.lock(person.ls_user_id)
    for verification in unit.verifications.of(person.id):
        unit.verifications.lock(verification.id)


def _leave(unit: UnitOfWork, person: Person, now: dt.datetime) -> None:
    unit.people.mark_gone(person.ls_user_id, now)
    unit.erasures.rename(person.id)
