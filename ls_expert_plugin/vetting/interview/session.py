"""The interview as it happens: begin, answer, ask the next question, end.

Every turn is saved when it is said. Each function locks the verification first, so that two tabs, or a double click, come
one after the other; the unique position of a turn stands behind that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Conflict, NotFound, TooLarge
from ls_expert_plugin.llm.port import Prompt
from ls_expert_plugin.llm.prompts import instructions, prompt_from_file
from ls_expert_plugin.vetting.consent import need_matching
from ls_expert_plugin.vetting.evidence.authenticity_signals import ObservedAnswer, is_pasted
from ls_expert_plugin.vetting.interview.planner import Ask, next_question
from ls_expert_plugin.vetting.interview.wording_check import WordingTask, problem
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import Draft, Interview, Person, Turn, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

WRITTEN = "written"  # ``worded_by`` of a question in the pack's own words
# How much of the last answer a model sees when it words the next question.
LAST_ANSWER_MAX_CHARS = 4000
_PROMPT = "interview_wording.v3"


def start(
    unit: UnitOfWork, person: Person, verification_id: int, pack: Pack, now: dt.datetime, *, specialties: Sequence[str] = (), language: str = ""
) -> Interview:
    """Begin the interview. One that is running is returned as it is.

    ``specialties`` and ``language`` are the candidate's choice. The first question is saved as written, except in another language than
    the pack's: then it is to be asked (``ask_next``), as the others are.

    Raises ``NotFound`` (not this person's), ``Forbidden`` (no consent), ``Conflict`` (already held), ``BadInput`` (no such specialty, no
    such language).
    """
    if not {one.id for one in pack.specialties}.issuperset(specialties):
        raise BadInput("Choose your specialties from the list: one of those sent is not in it.")
    if language and language not in LANGUAGES:
        raise BadInput("Choose the language of the interview from the list.")
    verification = unit.verifications.lock(verification_id)
    if verification is None or verification.person_id != person.id:
        raise NotFound("There is no such application. Choose a domain on the home page.")
    need_matching(unit, person)
    if verification.status == "interviewing":
        running = unit.interviews.of_verification(verification_id)
        if running and running.ended_at_utc is None:
            return running
    status.check(verification.status, "interviewing")
    language = "" if language == pack.language else language
    interview = unit.interviews.add(verification_id, pack.version, now, specialties=dict.fromkeys(specialties), language=language)
    ask = _next(unit, interview, verification, pack)
    if ask is None:
        raise Conflict(f"The domain {pack.title} has no question to begin with. Tell whoever runs this Label Studio.")
    if not language:
        _save_question(unit, interview, ask, ask.text, WRITTEN, now)
    unit.verifications.change(verification_id, "interviewing", actor_person_id=person.id, reason="", now=now)
    return _again(unit, interview)


def read(unit: UnitOfWork, person: Person, interview_id: int) -> Interview:
    """The person's own interview. Raises ``NotFound``."""
    return read_with(unit, person, interview_id)[0]


def read_with(unit: UnitOfWork, person: Person, interview_id: int) -> tuple[Interview, Verification]:
    """The same, with what it is held for."""
    interview = unit.interviews.get(interview_id)
    return _theirs(person, interview, unit.verifications.get(interview.verification_id) if interview else None)


def answer(
    unit: UnitOfWork,
    person: Person,
    interview_id: int,
    in_reply_to: int,
    text: str,
    turn_max_chars: int,
    now: dt.datetime,
    seen: Mapping[str, int] | None = None,
) -> Interview:
    """Save the answer to the question at position ``in_reply_to``. The same answer sent again changes nothing.

    ``seen``: what the browser says of how it was written: pasted_chars, pastes, away_times, away_s.

    Raises ``BadInput`` (empty, or no such question), ``TooLarge``, ``Conflict`` (answered in another tab, or over),
    ``NotFound`` (not this person's interview).
    """
    interview = _theirs(person, *_locked(unit, interview_id))[0]
    text = clean(text)
    if not text:
        raise BadInput("Enter your answer.")
    if len(text) > turn_max_chars:
        raise TooLarge(
            f"Your answer has {len(text)} characters; {turn_max_chars} are the limit. Shorten it and send it again."
        )
    question, given = _turn(interview, in_reply_to), _turn(interview, in_reply_to + 1)
    if given and given.speaker == "candidate":
        if given.text == text:
            return interview
        raise Conflict("This question was answered in another tab. Your text is still in the box.")
    if interview.ended_at_utc is not None:
        raise Conflict("This interview is complete; nothing can be added to it. Your text is still in the box.")
    if question is None or question.speaker != "interviewer":
        raise BadInput("That question is no longer open. Reload the page to see the current one; your text is still in the box.")
    turn = unit.interviews.add_turn(
        interview.id, in_reply_to + 1, "candidate", text,
        question_id=question.question_id, competency=question.competency, worded_by="", now=now,
    )
    if seen is not None:
        unit.signals.add_seen(ObservedAnswer(turn.id, **seen, answer_s=max(0, int((now - question.at_utc).total_seconds()))))
    unit.interviews.keep_draft(interview.id, None)
    return replace(interview, turns=(*interview.turns, turn))


def keep_draft(unit: UnitOfWork, person: Person, interview_id: int, in_reply_to: int, text: str, turn_max_chars: int, now: dt.datetime) -> bool:
    """Keep what is being written in answer to the question at ``in_reply_to``; whether that question is still open, for otherwise nothing is.

    Raises ``TooLarge``, ``BadInput`` (cannot be saved), ``NotFound`` (not this person's interview).
    """
    interview = _theirs(person, *_locked(unit, interview_id))[0]
    if len(text) > 2 * turn_max_chars:
        raise TooLarge("This is too long to be saved as a draft. Shorten your answer.")
    is_open = _open_question(interview) and interview.ended_at_utc is None and interview.turns[-1].position == in_reply_to
    if is_open:
        unit.interviews.keep_draft(interview.id, Draft(in_reply_to, clean(text), now) if text.strip() else None)
    return is_open


def draft(unit: UnitOfWork, interview: Interview) -> Draft | None:
    """What is being written in answer to the open question."""
    kept = unit.interviews.draft(interview.id)
    return kept if kept and _open_question(interview) and kept.in_reply_to == interview.turns[-1].position else None


def planned(unit: UnitOfWork, interview: Interview, pack: Pack) -> Ask | None:
    """What is to be asked after the turns of ``interview``: give it to ``wording``. None: nothing, or a question is open."""
    verification = unit.verifications.get(interview.verification_id)
    if verification is None or interview.ended_at_utc is not None or interview.is_by_hand or _open_question(interview):
        return None
    return _next(unit, interview, verification, pack)


def wording(pack: Pack, interview: Interview, ask: Ask) -> Prompt:
    """Prompt for a model that words ``ask`` and picks up the last answer in one sentence; what does not pass is no answer."""
    question, said = _exchange(interview)
    data = {
        "domain": pack.title,
        "language": LANGUAGES.get(interview.language or pack.language, "English"),
        "planned_question": ask.text,
        "last_question": question,
        "last_answer": said,
    }
    asked = prompt_from_file("ls_expert_plugin.vetting", _PROMPT, "interview.ask", data, max_tokens=300)
    wanted = _wanted(pack, interview, ask)
    return replace(asked, check=lambda text: problem(text, wanted))


def _exchange(interview: Interview) -> tuple[str, str]:
    """The last question and the answer to it, as far as a model sees it; both empty at the beginning, and where the question is translated.

    There what it makes of an answer could not be checked: it only translates, and what candidates write does not reach it.
    """
    if interview.language:
        return "", ""
    said = interview.turns[-1] if interview.turns and interview.turns[-1].speaker == "candidate" else None
    asked = _turn(interview, said.position - 1) if said else None
    return asked.text if asked else "", said.text[:LAST_ANSWER_MAX_CHARS] if said else ""


def _wanted(pack: Pack, interview: Interview, ask: Ask) -> WordingTask:
    """What a wording of ``ask`` is held against."""
    return WordingTask(
        ask.text, language=interview.language or pack.language, is_translated=bool(interview.language), said=_exchange(interview),
        instructions=instructions("ls_expert_plugin.vetting", _PROMPT), keys=("planned_question", "last_question", "last_answer"),
        answer_terms=next((one.indicators for one in pack.competencies if one.id == ask.competency), ()),
    )


def ask_next(
    unit: UnitOfWork,
    interview_id: int,
    pack: Pack,
    text_override: str | None,
    worded_by: str,
    now: dt.datetime,
    *,
    worded_for: Ask | None = None,
) -> Turn | None:
    """Save and return the next question; None when the interview is over, which this call may be what ends it, or a person is to ask.

    A question that is open already is returned as it is: of two tabs that ask at once, the second gets the first one's.
    ``text_override`` is a model's wording. It is used only if it passes as a wording of what is to be asked (``wording_check``) and, with
    ``worded_for``, if that is still the same; otherwise the written question is.
    """
    interview, verification = _locked(unit, interview_id)
    if interview.ended_at_utc is not None:
        return None
    if _open_question(interview):
        return interview.turns[-1]
    if interview.is_by_hand:
        return None
    ask = _next(unit, interview, verification, pack)
    if ask is None:
        _end(unit, verification, interview, pack, now)
        return None
    text = _usable(text_override, _wanted(pack, interview, ask)) if text_override and worded_for in (None, ask) else ""
    if not text:
        text, worded_by = ask.text, WRITTEN
    return _save_question(unit, interview, ask, text, worded_by, now)


def _next(unit: UnitOfWork, interview: Interview, verification: Verification, pack: Pack) -> Ask | None:
    """What the planner asks, of what is stored."""
    last = interview.turns[-1] if interview.turns else None
    seen = {one.turn_id: one for one in unit.signals.seen(interview.id)} if last else {}
    pasted = last is not None and last.id in seen and is_pasted(last.text, seen[last.id])
    return next_question(
        pack, interview.turns, unit.claims.of(verification.person_id), specialties={*verification.specialties, *interview.specialties},
        own_words=pasted,
    )


def _usable(wording: str, wanted: WordingTask) -> str:
    """A model's wording as it is saved, or "" when it does not pass. Whoever brings it, it is looked at here, where it is saved."""
    try:
        text = clean(wording)
    except BadInput:
        return ""
    return "" if problem(text, wanted) else text


def end(unit: UnitOfWork, interview_id: int, pack: Pack, now: dt.datetime) -> None:
    """End a running interview as it stands, and queue its search for evidence."""
    interview, verification = _locked(unit, interview_id)
    if interview.ended_at_utc is None:
        _end(unit, verification, interview, pack, now)


def _end(unit: UnitOfWork, verification: Verification, interview: Interview, pack: Pack, now: dt.datetime) -> None:
    unit.interviews.add_turn(
        interview.id, len(interview.turns), "interviewer", pack.closing,
        question_id=None, competency=None, worded_by=WRITTEN, now=now,
    )
    unit.interviews.end(interview.id, now)
    unit.interviews.queue_assessment(interview.id, pack.version, now)
    status.check(verification.status, "assessing")
    unit.verifications.change(
        verification.id, "assessing", actor_person_id=verification.person_id, reason="", now=now
    )


def _save_question(unit: UnitOfWork, interview: Interview, ask: Ask, text: str, worded_by: str, now: dt.datetime) -> Turn:
    return unit.interviews.add_turn(
        interview.id, len(interview.turns), "interviewer", text,
        question_id=ask.question_id, competency=ask.competency, worded_by=worded_by[:64], now=now,
    )


def _locked(unit: UnitOfWork, interview_id: int) -> tuple[Interview, Verification]:
    """The interview as it is behind the lock on its verification, and that. Raises ``NotFound``."""
    verification_id = unit.interviews.verification_of(interview_id)
    verification = unit.verifications.lock(verification_id) if verification_id is not None else None
    interview = unit.interviews.get(interview_id)
    if verification is None or interview is None:
        raise NotFound("There is no such interview. Your interviews are on the home page.")
    return interview, verification


def _theirs(person: Person, interview: Interview | None, verification: Verification | None) -> tuple[Interview, Verification]:
    if interview is None or verification is None or verification.person_id != person.id:
        raise NotFound("There is no such interview. Your interviews are on the home page.")
    return interview, verification


def _again(unit: UnitOfWork, interview: Interview) -> Interview:
    return unit.interviews.get(interview.id) or interview


def _turn(interview: Interview, position: int) -> Turn | None:
    return interview.turns[position] if 0 <= position < len(interview.turns) else None


def _open_question(interview: Interview) -> bool:
    return bool(interview.turns) and interview.turns[-1].speaker == "interviewer"
