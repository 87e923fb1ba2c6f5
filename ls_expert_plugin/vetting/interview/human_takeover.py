"""A person in place of the planner: the candidate asks for one, a manager holds the interview in the same room, and gives it back.

While a person is asked for or is holding it, nothing is asked by itself. What a manager asks is a turn as any other, with the competency it
is about, so that it is searched for evidence in the same way.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Conflict, NotFound
from ls_expert_plugin.vetting.consent import need_matching
from ls_expert_plugin.vetting.interview.session import end, read
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import Interview, Person, Turn, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

BY_HAND = "by_hand"  # ``question_id`` of what a person asked
QUESTION_MAX_CHARS = 1200


def ask_for_person(unit: UnitOfWork, person: Person, interview_id: int, now: dt.datetime) -> Interview:
    """The candidate would rather talk to a person. Asked twice, it counts once. Raises ``NotFound``, ``Conflict`` (over)."""
    found = read(unit, person, interview_id)
    need_matching(unit, person)
    interview = _running(unit, found)
    if not interview.is_by_hand:
        unit.interviews.by_hand(interview_id, asked_at_utc=now, held_by_person_id=None)
        unit.notifications.note_managers("person_asked", now, but=person.id)
    return read(unit, person, interview_id)


def go_on_without(unit: UnitOfWork, person: Person, interview_id: int) -> Interview:
    """The candidate goes on with the questions of the program. Raises as ``ask_for_person``."""
    _running(unit, read(unit, person, interview_id))
    unit.interviews.by_hand(interview_id, asked_at_utc=None, held_by_person_id=None)
    return read(unit, person, interview_id)


def room(unit: UnitOfWork, manager: Person, interview_id: int) -> tuple[Interview, Verification, Person]:
    """An interview as a manager sees it. Raises ``NotFound``, ``Conflict`` (their own)."""
    interview = unit.interviews.get(interview_id)
    verification = unit.verifications.get(interview.verification_id) if interview else None
    candidate = unit.people.get(verification.person_id) if verification else None
    if interview is None or verification is None or candidate is None:
        raise NotFound("There is no such interview. Go back to the review queue.")
    if candidate.id == manager.id:
        raise Conflict("This is your own interview. Another manager holds it.")
    return interview, verification, candidate


def ask(unit: UnitOfWork, manager: Person, interview_id: int, competency: str, text: str, pack: Pack, after: int, now: dt.datetime) -> Turn:
    """Put a question; the manager holds the interview from then on. ``after``: the position of the last turn that they have read.

    Raises ``BadInput``, ``Conflict`` (over, or something was said since), ``NotFound``.
    """
    interview = _running(unit, room(unit, manager, interview_id)[0])
    said = clean(text)
    if not said:
        raise BadInput("Write a question first.")
    if len(said) > QUESTION_MAX_CHARS:
        raise BadInput(f"Write at most {QUESTION_MAX_CHARS} characters.")
    if competency not in {one.id for one in pack.competencies}:
        raise BadInput("Choose what the question is about, so that the answer can be found later.")
    if len(interview.turns) - 1 != after:
        raise Conflict("Something was said since you loaded this page. Read it first; your question is still in the box.")
    unit.interviews.by_hand(interview_id, asked_at_utc=interview.human_asked_at_utc or now, held_by_person_id=manager.id)
    return unit.interviews.add_turn(
        interview_id, len(interview.turns), "interviewer", said, question_id=BY_HAND, competency=competency,
        worded_by=f"person:{manager.id}", now=now,
    )


def give_back(unit: UnitOfWork, manager: Person, interview_id: int) -> None:
    """The program asks again from here. Raises as ``room``, ``Conflict`` (over)."""
    _running(unit, room(unit, manager, interview_id)[0])
    unit.interviews.by_hand(interview_id, asked_at_utc=None, held_by_person_id=None)


def finish(unit: UnitOfWork, manager: Person, interview_id: int, pack: Pack, now: dt.datetime) -> None:
    """The manager ends it; it is searched for evidence as any other. Raises as ``room``, ``Conflict`` (over, or nothing was answered)."""
    interview = _running(unit, room(unit, manager, interview_id)[0])
    if not any(turn.speaker == "candidate" for turn in interview.turns):
        raise Conflict("Nothing has been answered yet.")
    end(unit, interview_id, pack, now)


def _running(unit: UnitOfWork, interview: Interview) -> Interview:
    """The interview behind the lock on its verification, while it is running."""
    unit.verifications.lock(interview.verification_id)
    current = unit.interviews.get(interview.id)
    if current is None or current.ended_at_utc is not None:
        raise Conflict("This interview is complete.")
    return current
