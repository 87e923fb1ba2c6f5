"""What the interview asks next. Pure and deterministic: the same turns always lead to the same question.

1. A follow-up on the last answer, at most one per question, when it was too short, had no example, or none of the
   expected terms; but never at the price of a mandatory competency that has not been asked yet.
2. The next mandatory competency that has not been asked.
3. Once all have been asked: a probing question for each in which nothing was found yet.
4. Nothing more to ask, or the pack's number of answers reached: over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.evidence import find
from ls_expert_plugin.vetting.values import Claim, Turn

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Competency, Pack, Question

# An answer of fewer words can hardly say what was done and why.
SHORT_ANSWER_WORDS = 25
# Signs that an answer tells of something that happened.
_EXAMPLE = re.compile(
    r"\b(for example|for instance|e\.g\.|such as|once|when i|last (year|month|week|quarter|autumn|fall|spring|summer|winter)"
    r"|in (19|20)\d\d|\d+ (years?|months?|weeks?|days?) ago"
    r"|(one|a|an|my|our) (\w+ ){0,2}(case|matter|client|patient|deal|company|file|dispute|contract|audit|report)"
    r"|(i|we) (was|were|had|did|went|saw|found|took|made|gave|wrote|told|sent|\w+ed))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Ask:
    """A question to put. A follow-up has the ``question_id`` of the question it follows."""

    question_id: str
    competency: str
    text: str
    is_follow_up: bool


@dataclass(frozen=True)
class Progress:
    """How far an interview is. ``asked`` and ``budget`` count questions; ``covered`` and ``remaining`` are titles."""

    asked: int
    budget: int
    covered: tuple[str, ...]
    remaining: tuple[str, ...]


def next_question(pack: Pack, turns: Sequence[Turn], claims: Sequence[Claim]) -> Ask | None:
    """What to ask after ``turns``, or None when the interview is over.

    ``claims`` only choose the kind of question: somebody without work experience on file is asked what they would do
    rather than what they have done.
    """
    left = pack.max_candidate_turns - sum(turn.speaker == "candidate" for turn in turns)
    if left <= 0:
        return None
    asked = {turn.competency for turn in turns if _is_question(turn)}
    missing = [one for one in _mandatory(pack) if one.id not in asked]
    if left > len(missing):
        follow_up = _follow_up(pack, turns)
        if follow_up:
            return follow_up
    has_worked = any(claim.kind == "work" for claim in claims)
    kinds = ("opening", "scenario", "probing") if has_worked or not turns else ("scenario", "opening", "probing")
    if not turns:
        missing = sorted(missing, key=lambda one: not any(_questions(pack, one, ("opening",))))
    for competency in missing:
        for question in _questions(pack, competency, kinds):
            return _ask(question)
    return _probe(pack, turns)


def progress(pack: Pack, turns: Sequence[Turn]) -> Progress:
    """How much has been asked, and which mandatory competencies have an answer."""
    answered = {turn.competency for turn in turns if turn.speaker == "candidate"}
    return Progress(
        asked=sum(_is_question(turn) for turn in turns),
        budget=pack.max_candidate_turns,
        covered=tuple(one.title for one in _mandatory(pack) if one.id in answered),
        remaining=tuple(one.title for one in _mandatory(pack) if one.id not in answered),
    )


def _follow_up(pack: Pack, turns: Sequence[Turn]) -> Ask | None:
    if len(turns) < 2 or turns[-1].speaker != "candidate" or not _is_question(turns[-2]):
        return None
    question, answer = turns[-2], turns[-1]
    questions = [turn.question_id for turn in turns if _is_question(turn)]
    if question.question_id is None or question.competency is None or questions.count(question.question_id) > 1:
        return None
    used = len(questions) - len(set(questions))
    for reason in _reasons(pack, question, answer):
        fitting = [one for one in pack.follow_ups if one.when == reason]
        own = [one.text for one in fitting if question.competency in one.competencies]
        texts = own or [one.text for one in fitting if not one.competencies]
        if texts:
            # Take turns through the texts, so that nobody reads the same one twice in a row.
            return Ask(question.question_id, question.competency, texts[used % len(texts)], is_follow_up=True)
    return None


def _reasons(pack: Pack, question: Turn, answer: Turn) -> Iterator[str]:
    if len(answer.text.split()) < SHORT_ANSWER_WORDS:
        yield "too_short"
    kind = next((one.kind for one in pack.questions if one.id == question.question_id), None)
    if kind != "scenario" and not _EXAMPLE.search(answer.text):  # a scenario asks for no example
        yield "no_example"
    if all(one.competency != question.competency for one in find(pack, (question, answer))):
        yield "no_evidence"


def _probe(pack: Pack, turns: Sequence[Turn]) -> Ask | None:
    shown = {one.competency for one in find(pack, turns)}
    asked = {turn.question_id for turn in turns if _is_question(turn)}
    for competency in _mandatory(pack):
        probing = list(_questions(pack, competency, ("probing",)))
        if competency.id not in shown and probing and not asked & {one.id for one in probing}:
            return _ask(probing[0])
    return None


def _mandatory(pack: Pack) -> list[Competency]:
    return [one for one in pack.competencies if one.mandatory and not one.specialties]


def _questions(pack: Pack, competency: Competency, kinds: Sequence[str]) -> Iterator[Question]:
    for kind in kinds:
        # The planner does not know anybody's specialties, so it puts the questions that are for everybody.
        yield from (one for one in pack.questions if one.competency == competency.id and one.kind == kind and one.specialty is None)


def _ask(question: Question) -> Ask:
    return Ask(question.id, question.competency, question.text, is_follow_up=False)


def _is_question(turn: Turn) -> bool:
    """True for the interviewer's questions; the closing words have no ``question_id``."""
    return turn.speaker == "interviewer" and turn.question_id is not None
