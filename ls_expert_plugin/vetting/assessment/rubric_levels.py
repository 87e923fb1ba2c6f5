"""Levels from several independent readings of an interview by a language model. Pure: what is asked, what an answer counts for, and
how answers are put together.

One reading alone is not reliable, so there are at least three, each with competencies and answers in another order. A level rests on
words that are found in the candidate's answers: a reading that names others has no level for that competency. What the readings
differ by is kept; a level counts only as far as they agree, and a person looks where they do not.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.llm.port import Prompt
from ls_expert_plugin.llm.prompts import prompt_from_file
from ls_expert_plugin.vetting.evidence.quote_matching import QuotableAnswer
from ls_expert_plugin.vetting.values import Evidence, RaisedRedFlag, Score, Turn

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Competency, Pack

# A single pass of a model has a poor test–retest reliability; an ensemble does as well as a human rater (research, 2025).
READINGS = 3
# So many readings may fail, and be made again, before the interview "could not be scored".
MAY_FAIL = 2
PROMPT = "assessment_levels.v1"
QUOTE_MIN_WORDS = 3  # a passage of fewer words is found anywhere and shows nothing
QUOTES_PER_COMPETENCY = 5
LEVELS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Reading:
    """One answer of a model, held against what was said. ``levels``: None: too little to go by, or a passage that was not found."""

    levels: Mapping[str, int | None]
    evidence: tuple[Evidence, ...]
    raised: tuple[RaisedRedFlag, ...]
    void: int  # passages that were not found


@dataclass(frozen=True)
class RubricReading:
    """What several readings come to. ``scores`` is empty when there were too few of them."""

    scores: tuple[Score, ...]
    evidence: tuple[Evidence, ...]
    raised: tuple[RaisedRedFlag, ...]
    void: int


def scorable(pack: Pack) -> tuple[Competency, ...]:
    """The competencies that have levels to be read against."""
    return tuple(one for one in pack.competencies if one.levels)


def prompt(pack: Pack, turns: Sequence[Turn], seed: str) -> Prompt:
    """Prompt for one reading. ``seed`` decides the order of competencies and answers. Everything said is data in it."""
    chance = random.Random(seed)  # noqa: S311  # an order, no secret
    questions = {turn.position: turn.text for turn in turns if turn.speaker == "interviewer"}
    answers = [
        {"question": questions.get(turn.position - 1, ""), "text": turn.text} for turn in turns if turn.speaker == "candidate"
    ]
    competencies = [
        {"id": one.id, "title": one.title, "description": one.description, "levels": list(one.levels)} for one in scorable(pack)
    ]
    chance.shuffle(answers)
    chance.shuffle(competencies)
    data = {
        "domain": pack.title, "competencies": competencies,
        "red_flags": [{"id": one.id, "title": one.title, "description": one.description} for one in pack.red_flags], "answers": answers,
    }
    return prompt_from_file("ls_expert_plugin.vetting", PROMPT, "assessment.levels", data, max_tokens=6000)


def schema(pack: Pack) -> dict[str, Any]:
    """JSON Schema of a reading: for each competency a level or null, and passages; red flags with a passage each."""
    one = _object({"level": {"type": ["integer", "null"], "enum": [*LEVELS, None]}, "quotes": {"type": "array", "items": {"type": "string"}}})
    flag = _object({"id": {"type": "string", "enum": [one.id for one in pack.red_flags] or [""]}, "quote": {"type": "string"}})
    return _object({
        "competencies": _object({competency.id: one for competency in scorable(pack)}), "red_flags": {"type": "array", "items": flag},
    })


def read(pack: Pack, turns: Sequence[Turn], answer: Mapping[str, Any], model_name: str) -> Reading:
    """An answer that fits ``schema``, held against ``turns``."""
    said = {turn.id: QuotableAnswer(turn.text) for turn in turns if turn.speaker == "candidate"}
    levels: dict[str, int | None] = {}
    evidence: list[Evidence] = []
    void = 0
    for competency in scorable(pack):
        given = answer["competencies"][competency.id]
        found = [locate(said, competency.id, quote, f"model: {model_name}") for quote in given["quotes"][:QUOTES_PER_COMPETENCY]]
        located = [one for one in found if one is not None]
        lost = len(given["quotes"]) - len(located)
        void += lost
        evidence.extend(located)
        levels[competency.id] = given["level"] if located and not lost else None
    raised = []
    for flag in answer["red_flags"]:
        where = locate(said, "", flag["quote"], "")
        if where is None:
            void += 1
        else:
            raised.append(RaisedRedFlag(flag["id"], where.turn_id, where.start, where.end, where.quote))
    return Reading(levels, tuple(evidence), tuple(raised), void)


def locate(said: Mapping[int, QuotableAnswer], competency: str, quote: str, by: str) -> Evidence | None:
    """The first answer (by turn id) in which the quote stands; None where it does not, or is too short to show anything."""
    if len(quote.split()) < QUOTE_MIN_WORDS:
        return None
    for turn_id, answer in said.items():
        span = answer.locate(quote)
        if span:
            return Evidence(competency, turn_id, *span, quote=answer.text[slice(*span)], found_by=by)
    return None


def combine(pack: Pack, readings: Sequence[Reading], by_terms: Sequence[Evidence], model_name: str) -> RubricReading:
    """The readings put together. Fewer than ``READINGS``: nothing is scored.

    ``by_terms``: the passages that were found without a model. A level whose passages share no word with one of them rests on the
    model alone, and says so.
    """
    if len(readings) < READINGS:
        return RubricReading((), (), (), sum(one.void for one in readings))
    evidence = tuple(dict.fromkeys(one for reading in readings for one in reading.evidence))
    scores = []
    for competency in scorable(pack):
        levels = tuple(reading.levels[competency.id] for reading in readings)
        level, spread = middle(levels)
        own = [one for one in evidence if one.competency == competency.id]
        backed = any(_overlap(one, other) for one in own for other in by_terms if other.competency == competency.id)
        scores.append(Score(competency.id, level, spread, levels, backed, pack.version, PROMPT, model_name))
    raised = tuple(dict.fromkeys(one for reading in readings for one in reading.raised))
    return RubricReading(tuple(scores), evidence, raised, sum(one.void for one in readings))


def middle(levels: Sequence[int | None]) -> tuple[int | None, int]:
    """The median, and how far apart the readings are. None, "too little to go by", lies below 1 in both.

    Of an even number the lower of the two in the middle; so (4, None, None) is None, and (4, 4, None) is 4 with a spread of 4.
    """
    ordered = sorted(0 if level is None else level for level in levels)
    median = ordered[(len(ordered) - 1) // 2]
    return median or None, ordered[-1] - ordered[0]


def _overlap(one: Evidence, other: Evidence) -> bool:
    return one.turn_id == other.turn_id and one.start < other.end and other.start < one.end


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties), "additionalProperties": False}
