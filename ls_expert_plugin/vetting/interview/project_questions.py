"""A project's own short interview: one to four questions, whose answers a manager finds fitting, or not, for this project alone.

Nothing here touches a verification: whoever does not fit stays verified in the domain, and other projects do not learn of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from ls_expert_plugin.errors import BadInput, Conflict, NotFound, TooLarge
from ls_expert_plugin.vetting.consent import need_matching
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import AddOn, AddOnOutcome, AddOnQuestion, Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

REASON_MAX_CHARS = 2000
_GONE = "These questions are no longer there. Go back to home."


def latest(unit: UnitOfWork, person: Person, ls_project_id: int) -> AddOn | None:
    """The person's newest answers for this project, begun, sent or decided on."""
    return next((one for one in reversed(unit.add_ons.of(person.id)) if one.ls_project_id == ls_project_id), None)


def start(unit: UnitOfWork, person: Person, ls_project_id: int, asked: Sequence[AddOnQuestion], now: dt.datetime) -> AddOn:
    """Begin to answer; what is begun already is returned as it is. The caller has seen that nothing else stands in the way.

    Raises ``Forbidden`` (no consent), ``Conflict`` (answered already, or nothing is asked).
    """
    need_matching(unit, person)
    unit.people.lock(person.ls_user_id)
    before = latest(unit, person, ls_project_id)
    if before and before.outcome != "again":
        if before.ended_at_utc is None:
            return before
        raise Conflict("You have answered these questions already. A manager reads your answers.")
    if not asked:
        raise Conflict("This project has no screening questions any more. Go back to home.")
    return unit.add_ons.add(person.id, ls_project_id, asked, now)


def answer(unit: UnitOfWork, person: Person, add_on_id: int, number: int, text: str, max_chars: int, now: dt.datetime) -> AddOn:
    """Save the answer to question ``number``, from 0. The same answer sent again changes nothing.

    Raises ``NotFound`` (not this person's), ``Forbidden`` (no consent), ``BadInput``, ``TooLarge``, ``Conflict`` (answered otherwise).
    """
    need_matching(unit, person)
    held = unit.add_ons.lock(add_on_id)
    if held is None or held.person_id != person.id:
        raise NotFound(_GONE)
    said = clean(text)
    if not said:
        raise BadInput("Enter your answer.")
    if len(said) > max_chars:
        raise TooLarge(f"Your answer has {len(said)} characters; {max_chars} are the limit. Shorten it and send it again.")
    if 0 <= number < len(held.answers):
        if held.answers[number] == said:
            return held
        raise Conflict("This question was answered in another tab. Reload the page to see the next one.")
    if number != len(held.answers) or number >= len(held.asked):
        raise BadInput("That question is no longer open. Reload the page to see the current one.")
    answers = (*held.answers, said)
    unit.add_ons.set_answers(held.id, answers, now if len(answers) == len(held.asked) else None)
    return unit.add_ons.get(held.id) or held


def to_read(unit: UnitOfWork, manager: Person, add_on_id: int) -> AddOn:
    """Answers as a manager reads them. Raises ``NotFound``, ``Conflict`` (their own)."""
    held = unit.add_ons.get(add_on_id)
    if held is None or held.ended_at_utc is None:
        raise NotFound("There are no such answers. Go back to the review queue.")
    if held.person_id == manager.id:
        raise Conflict("These are your own answers. Another manager reads them.")
    return held


def decide(unit: UnitOfWork, manager: Person, add_on_id: int, outcome: str, reason: str, now: dt.datetime) -> AddOn:
    """Note what was found; but for "fits" with a reason. That answers fit may be taken back.

    Raises as ``to_read``, ``Conflict`` (decided already), ``BadInput``.
    """
    to_read(unit, manager, add_on_id)
    held = unit.add_ons.lock(add_on_id)
    if held is None or held.outcome == outcome or held.outcome not in (None, "fits"):
        raise Conflict("Somebody has decided on these answers already. Load the page again.")
    chosen = next((known for known in get_args(AddOnOutcome) if known == outcome), None)
    if chosen is None:
        raise BadInput("Choose what you found.")
    words = clean(reason)
    if chosen != "fits" and not words:
        raise BadInput("Write the reason. The person reads it.")
    if len(words) > REASON_MAX_CHARS:
        raise BadInput(f"Write a reason of at most {REASON_MAX_CHARS} characters.")
    unit.add_ons.decide(held.id, chosen, words, manager.id, now)
    unit.notifications.note([held.person_id], "add_on", now)
    return unit.add_ons.get(held.id) or held
