"""Question selection: what the interview asks next. Pure and deterministic: the same turns and claims always lead to the same question.

1. What does not go with the profile is asked about, once each.
2. A follow-up on the last answer, at most one per question, when it may not be in the person's own words, was too short, had no
   example, or none of the expected terms.
3. Of the written questions that are left, the one that is worth most: a mandatory competency or topic that nothing was asked about
   (``coverage.py``); then what it tells about competencies of which little is known (``uncertainty.py``), less what the answer costs in minutes.
4. Over when nothing is worth asking any more, or the pack's number of answers is reached.

Nothing else may cost what is mandatory: answers and minutes enough for it are kept back. The minutes are what the pack reckons, not what
a clock says; once they are used up, only what is mandatory is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.evidence.indicators import find
from ls_expert_plugin.vetting.interview.contradictions import Contradiction, contradictions
from ls_expert_plugin.vetting.interview.coverage import Missing, missing
from ls_expert_plugin.vetting.interview.uncertainty import unknown
from ls_expert_plugin.vetting.values import Claim, Turn

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Kind, Pack, Question

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


# What a question is worth: for each mandatory thing it is the first about, for what is unknown by its kind, for what it tells beside.
FIRST = 1.0
WORKED: Mapping[Kind, float] = {"opening": 0.62, "scenario": 0.6, "probing": 0.55}
NOT_WORKED: Mapping[Kind, float] = {"scenario": 0.62, "opening": 0.6, "probing": 0.55}  # asked what they would do, not what they did
BESIDE = 0.05
A_MINUTE = 0.02
DEEPER = 0.08  # for a probing question, once its competency has been asked about
OWN_FIELD = 0.05  # for a question of the person's specialty
FOLLOW_UP_MINUTES = 2  # what an answer takes that the pack names no minutes for
# Below this no question is worth somebody's time.
ENOUGH = 0.2
MOST_CONTRADICTIONS = 2
_CONTRADICTION = "contradiction:"


@dataclass(frozen=True)
class Ask:
    """A question to put. A follow-up has the ``question_id`` of the question it follows. ``why``: what it is asked for, in words."""

    question_id: str
    competency: str
    text: str
    is_follow_up: bool
    why: str = field(default="", compare=False)


@dataclass(frozen=True)
class Progress:
    """How far an interview is. ``asked`` and ``budget`` count questions; ``covered`` and ``remaining`` are titles."""

    asked: int
    budget: int
    covered: tuple[str, ...]
    remaining: tuple[str, ...]


def next_question(
    pack: Pack, turns: Sequence[Turn], claims: Sequence[Claim], *, specialties: Collection[str] = (), found: Sequence[Contradiction] = (),
    own_words: bool = False,
) -> Ask | None:
    """What to ask after ``turns``, or None when the interview is over.

    ``claims``: somebody without work experience on file is asked what they would do rather than what they have done. ``specialties``:
    the person's, where known; otherwise only questions for everybody are put. ``found``: contradictions that others have found.
    ``own_words``: the last answer may not be in the person's own, so they are asked to put it in them.
    """
    left = pack.max_candidate_turns - sum(turn.speaker == "candidate" for turn in turns)
    if left <= 0:
        return None
    asked = {turn.question_id for turn in turns if _is_question(turn) and turn.question_id}
    about = {turn.competency for turn in turns if _is_question(turn) and turn.competency and not _is_contradiction(turn)}
    candidates = [one for one in pack.questions_for(specialties) if one.id not in asked]
    wanted = missing(pack, candidates, specialties, asked, about)
    minutes = pack.max_minutes - _minutes(pack, turns)
    if left > wanted.turns and minutes >= FOLLOW_UP_MINUTES + wanted.minutes(candidates):
        extra = _contradiction(pack, turns, [*found, *contradictions(claims, turns)]) or _follow_up(pack, turns, own_words)
        if extra:
            return extra
    candidates = _affordable(candidates, wanted, left, minutes)
    if not turns:
        candidates = [one for one in candidates if one.kind == "opening" and _is_mandatory(pack, one)] or candidates
    has_worked = any(claim.kind == "work" for claim in claims)
    worth = WORKED if has_worked or not turns else NOT_WORKED
    begun = frozenset(turn.competency for turn in turns if turn.speaker == "candidate" and turn.competency)
    return _best(pack, candidates, unknown(pack, turns), wanted, worth, begun)


def _minutes(pack: Pack, turns: Sequence[Turn]) -> int:
    """What the answers so far were reckoned to take."""
    costs = {one.id: one.minutes for one in pack.questions}
    return sum(costs.pop(turn.question_id or "", FOLLOW_UP_MINUTES) for turn in turns if turn.speaker == "candidate")


def _affordable(questions: Sequence[Question], wanted: Missing, turns: int, minutes: int) -> list[Question]:
    """Of ``questions``, those after which ``turns`` and ``minutes`` are left for whatever is still ``wanted``.

    When there are none, what is wanted is asked all the same, the shortest first.
    """
    fitting = []
    for one in questions:
        rest = wanted.without(one)
        if rest.turns < turns and one.minutes + rest.minutes(questions) <= minutes:
            fitting.append(one)
    if fitting or not wanted.turns:
        return fitting
    covering = [one for one in questions if wanted.covered_by(one)]
    return [one for one in covering if one.minutes == min(other.minutes for other in covering)]


def _best(
    pack: Pack, candidates: Sequence[Question], left: Mapping[str, float], wanted: Missing, worth: Mapping[Kind, float], begun: Collection[str]
) -> Ask | None:
    """The question worth most; of equal ones the first in the pack. None when none is worth asking."""
    mandatory = {one.id for one in pack.competencies if one.mandatory}
    best: tuple[float, Question, tuple[str, ...]] | None = None
    for one in candidates:
        first = wanted.covered_by(one)
        beside = sum(left[other] for other in one.informs if other in mandatory)
        kind = worth[one.kind] + (DEEPER if one.kind == "probing" and one.competency in begun else 0.0) + (OWN_FIELD if one.specialty else 0.0)
        tells = (kind * left[one.competency] if one.competency in mandatory else 0.0) + BESIDE * beside
        value = FIRST * len(first) + tells - A_MINUTE * one.minutes
        if best is None or value > best[0] + 1e-9:
            best = value, one, first
    if best is None or (not best[2] and best[0] < ENOUGH):
        return None
    why = f"first about {best[2][0]}" if best[2] else f"little is known about {best[1].competency}"
    return Ask(best[1].id, best[1].competency, best[1].text, is_follow_up=False, why=why)


def _contradiction(pack: Pack, turns: Sequence[Turn], found: Sequence[Contradiction]) -> Ask | None:
    if len(turns) < 2 or turns[-1].speaker != "candidate" or turns[-1].competency is None:
        return None
    texts = [one.text for one in pack.follow_ups if one.when == "contradiction"]
    asked = {turn.question_id for turn in turns if _is_contradiction(turn)}
    for one in found:
        question_id = f"{_CONTRADICTION}{one.about}"[:64]
        if texts and question_id not in asked and len(asked) < MOST_CONTRADICTIONS:
            return Ask(question_id, turns[-1].competency, f"{one.text} {texts[len(asked) % len(texts)]}", is_follow_up=True, why="does not go with the profile")
    return None


def progress(pack: Pack, turns: Sequence[Turn]) -> Progress:
    """How much has been asked, and which mandatory topics have an answer."""
    questions = {one.id: one for one in pack.questions}
    answered = [questions[turn.question_id] for turn in turns if turn.speaker == "candidate" and turn.question_id in questions]
    by_hand = {turn.competency for turn in turns if turn.speaker == "candidate" and turn.question_id == "by_hand"}
    topics = [
        (one.title, bool(by_hand & set(one.competencies)) or any(one.covered_by(question) for question in answered)) for one in pack.mandatory_topics()
    ]
    return Progress(
        asked=sum(_is_question(turn) for turn in turns),
        budget=pack.max_candidate_turns,
        covered=tuple(title for title, is_covered in topics if is_covered),
        remaining=tuple(title for title, is_covered in topics if not is_covered),
    )


def _follow_up(pack: Pack, turns: Sequence[Turn], own_words: bool) -> Ask | None:
    if len(turns) < 2 or turns[-1].speaker != "candidate" or not _is_question(turns[-2]):
        return None
    question, answer = turns[-2], turns[-1]
    questions = [turn.question_id for turn in turns if _is_question(turn)]
    if question.question_id is None or question.competency is None or questions.count(question.question_id) > 1:
        return None
    if all(one.id != question.question_id for one in pack.questions):
        return None  # about a contradiction, or asked by a person
    used = len(questions) - len(set(questions))
    for reason in (*(("own_words",) if own_words else ()), *_reasons(pack, question, answer)):
        fitting = [one for one in pack.follow_ups if one.when == reason]
        own = [one.text for one in fitting if question.competency in one.competencies]
        texts = own or [one.text for one in fitting if not one.competencies]
        if texts:
            # Take turns through the texts, so that nobody reads the same one twice in a row.
            return Ask(question.question_id, question.competency, texts[used % len(texts)], is_follow_up=True, why=f"the answer was {reason}")
    return None


def _reasons(pack: Pack, question: Turn, answer: Turn) -> Iterator[str]:
    if len(answer.text.split()) < SHORT_ANSWER_WORDS:
        yield "too_short"
    kind = next((one.kind for one in pack.questions if one.id == question.question_id), None)
    if kind != "scenario" and not _EXAMPLE.search(answer.text):  # a scenario asks for no example
        yield "no_example"
    if all(one.competency != question.competency for one in find(pack, (question, answer))):
        yield "no_evidence"


def _is_mandatory(pack: Pack, question: Question) -> bool:
    return any(one.id == question.competency and one.mandatory for one in pack.competencies)


def _is_question(turn: Turn) -> bool:
    """True for the interviewer's questions; the closing words have no ``question_id``."""
    return turn.speaker == "interviewer" and turn.question_id is not None


def _is_contradiction(turn: Turn) -> bool:
    return turn.question_id is not None and turn.question_id.startswith(_CONTRADICTION)
