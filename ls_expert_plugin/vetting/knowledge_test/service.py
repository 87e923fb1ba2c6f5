"""Taking the knowledge test: begin, answer, end. Every answer is saved when it is given, and the test goes on wherever it was left.

Each function that writes locks the verification first, so that two tabs, or a double click, come one after the other; the unique
position of an answer stands behind that.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Conflict, NotFound
from ls_expert_plugin.vetting.consent import need_matching
from ls_expert_plugin.vetting.evidence.grounds import KnowledgeResult
from ls_expert_plugin.vetting.knowledge_test import session as test
from ls_expert_plugin.vetting.knowledge_test.retakes import Attempt, MayTake, may_take
from ls_expert_plugin.vetting.knowledge_test.shuffling import handle, sitting_key
from ls_expert_plugin.vetting.knowledge_test.values import LETTERS, Held, Letter, PresentedItem, ScaledItem, Sitting
from ls_expert_plugin.vetting.values import Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

# Where a test can still make a difference, or a recheck may ask for one.
OPEN_TO = frozenset({"interested", "interviewing", "assessing", "in_review", "more_asked", "verified"})
DOES_NOT_KNOW = "unknown"


@dataclass(frozen=True)
class State:
    """Where somebody is with the test of a domain. ``item``: what is asked now; None when no test is running. ``last``: the newest that is over.

    ``may``: whether one may begin, and if not, why. ``specialties``: the person's, as far as they are known.
    """

    item: PresentedItem | None
    running: Held | None
    last: Held | None
    may: MayTake
    specialties: tuple[str, ...] = ()


def state(unit: UnitOfWork, verification: Verification, pack: Pack, secret: str, now: dt.datetime) -> State:
    """What the page shows. Saves nothing. ``secret`` is the server's: see ``order.sitting_key``."""
    held = unit.sittings.of(verification.id)
    running = _running(held)
    over = [one for one in held if one.ended_at_utc is not None]
    item = test.next_item(_bank(unit, pack), _keyed(running, secret), test.rules_of(pack.policy.test)) if running else None
    return State(item, running, over[-1] if over else None, _may(verification, held, pack, now), own_specialties(unit, verification))


def start(
    unit: UnitOfWork, person: Person, verification_id: int, pack: Pack, secret: str, now: dt.datetime, ticked: Collection[str] = ()
) -> None:
    """Begin a test; one that is running goes on. ``ticked``: ids of the specialties that the person says are theirs.

    Raises ``NotFound``, ``Forbidden`` (no consent), ``Conflict`` (not now, in words).
    """
    verification = _mine(unit, person, verification_id)
    need_matching(unit, person)
    held = unit.sittings.of(verification_id)
    if _running(held):
        return
    may = _may(verification, held, pack, now)
    if not may.allowed:
        raise Conflict(may.says)
    theirs = {*own_specialties(unit, verification), *ticked}
    specialties = tuple(one.id for one in pack.specialties if one.id in theirs)
    sitting = Sitting(seed=secrets.token_hex(16), specialties=specialties, excluded=may.excluded)
    begun = unit.sittings.add(verification_id, pack.version, sitting, now)
    _end_if_over(unit, begun, pack, secret, now)


def own_specialties(unit: UnitOfWork, verification: Verification) -> tuple[str, ...]:
    """Ids of somebody's specialties: those that a reviewer has set, and those that they ticked for the interview or the last test."""
    interview, held = unit.interviews.of_verification(verification.id), unit.sittings.of(verification.id)
    ticked = (*(interview.specialties if interview else ()), *(held[-1].sitting.specialties if held else ()))
    return tuple(dict.fromkeys((*verification.specialties, *ticked)))


def answer(
    unit: UnitOfWork, person: Person, verification_id: int, pack: Pack, asked: str, letter: str, secret: str, now: dt.datetime
) -> Held:
    """Save the answer to what is being asked, by its handle, ``letter`` a to d, or "unknown"; and the result, if the test is over with it.

    A question that is answered already stays as it is. Raises ``BadInput`` (no such option), ``Conflict`` (answered already, or over), ``NotFound``.
    """
    verification = _mine(unit, person, verification_id)
    need_matching(unit, person)
    held = unit.sittings.of(verification.id)
    running = _running(held)
    current = running or (held[-1] if held else None)
    if current and asked in _answered(current, pack, secret):
        return current  # a double click, or another tab: the first answer counts
    if running is None:
        raise Conflict("No knowledge test is in progress. Begin one on its page.")
    if letter not in (*LETTERS, DOES_NOT_KNOW):
        raise BadInput("Choose an answer, or “I don’t know”.")
    chosen: Letter | None = next((one for one in LETTERS if one == letter), None)
    bank = _bank(unit, pack)
    try:
        after = test.answer(bank, _keyed(running, secret), test.rules_of(pack.policy.test), asked, chosen, now)
    except ValueError as problem:
        raise Conflict(str(problem)) from None
    given = after.answers[-1]
    logits = next(one.difficulty.logits for one in bank if one.item.id == given.item_id)
    unit.sittings.add_answer(running.id, len(running.sitting.answers), given, logits)
    _end_if_over(unit, unit.sittings.of(verification.id)[-1], pack, secret, now)
    return unit.sittings.of(verification.id)[-1]


def result(unit: UnitOfWork, verification_id: int) -> KnowledgeResult | None:
    """What the tests of a verification come to: the newest that is over. None: none was begun."""
    held = unit.sittings.of(verification_id)
    if not held:
        return None
    over = [one for one in held if one.outcome is not None]
    outcome = over[-1].outcome if over else None
    return KnowledgeResult({"pass": True, "fail": False}.get(outcome or ""))


def _keyed(held: Held, secret: str) -> Sitting:
    """The sitting as it is used: with the key that its order follows from in place of the random text that is kept."""
    return replace(held.sitting, seed=sitting_key(secret, held.id, held.sitting.seed))


def _answered(held: Held, pack: Pack, secret: str) -> set[str]:
    """Handles of the items that have an answer."""
    given, seed = {one.item_id for one in held.sitting.answers}, _keyed(held, secret).seed
    return {handle(item, seed) for item in pack.items if item.id in given}


def _end_if_over(unit: UnitOfWork, held: Held, pack: Pack, secret: str, now: dt.datetime) -> None:
    found = test.result(_bank(unit, pack), _keyed(held, secret), test.rules_of(pack.policy.test))
    if found is not None:
        unit.sittings.end(held.id, found, now)


def _may(verification: Verification, held: tuple[Held, ...], pack: Pack, now: dt.datetime) -> MayTake:
    if not pack.items:
        return MayTake(False, "This domain has no knowledge test.", None, frozenset())
    if verification.status not in OPEN_TO:
        return MayTake(False, "Apply in this domain first; the knowledge test comes after it.", None, frozenset())
    attempts = [
        Attempt(one.started_at_utc, one.ended_at_utc, one.outcome, tuple(given.item_id for given in one.sitting.answers)) for one in held
    ]
    return may_take(attempts, pack.policy.retakes, now)


def _bank(unit: UnitOfWork, pack: Pack) -> tuple[ScaledItem, ...]:
    return test.scaled(pack.items, unit.sittings.calibrated(pack.id))


def _running(held: tuple[Held, ...]) -> Held | None:
    return next((one for one in reversed(held) if one.ended_at_utc is None), None)


def _mine(unit: UnitOfWork, person: Person, verification_id: int) -> Verification:
    verification = unit.verifications.lock(verification_id)
    if verification is None or verification.person_id != person.id:
        raise NotFound("There is no such application. Choose a domain on the home page.")
    return verification
