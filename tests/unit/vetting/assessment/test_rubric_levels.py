"""Levels from several readings: what a reading counts for, and what readings come to together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ls_expert_plugin.vetting.assessment import rubric_levels
from ls_expert_plugin.vetting.evidence.indicators import find
from ls_expert_plugin.vetting.values import Turn
from tests.support.builders.vetting_samples import LONG_ENOUGH, NOW, graded_pack

PACK = graded_pack()
SAID = "Once I told a client that the limitation period had run out, and why."
TURNS = (
    Turn(1, 0, "interviewer", "Which case taught you most?", "p_open", "procedure", NOW),
    Turn(2, 1, "candidate", LONG_ENOUGH, "p_open", "procedure", NOW),
    Turn(3, 2, "interviewer", "And another one?", "c_open", "conflicts", NOW),
    Turn(4, 3, "candidate", SAID, "c_open", "conflicts", NOW),
)
QUOTE = "I told a client that the limitation period had run out"


def _answer(level: int | None, quotes: Sequence[str] = (QUOTE,), flags: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    empty = {"level": None, "quotes": []}
    return {"competencies": {"procedure": {"level": level, "quotes": list(quotes)}, "conflicts": empty, "drafting": empty}, "red_flags": list(flags)}


def _combined(*answers: dict[str, Any]) -> rubric_levels.RubricReading:
    return rubric_levels.combine(PACK, [rubric_levels.read(PACK, TURNS, one, "m") for one in answers], find(PACK, TURNS), "m")


@pytest.mark.parametrize(("given", "median", "spread"), [
    ((3, 3, 3), 3, 0), ((2, 3, 5), 3, 3), ((None, None, 4), None, 4), ((4, 4, None), 4, 4), ((None, None, None), None, 0), ((2, 4, 4, 2), 2, 2),
])
def test_the_median_counts_and_what_they_differ_by_is_kept(given: tuple[int | None, ...], median: int | None, spread: int) -> None:
    """Too little to go by lies below every level, so that two against one is no level; of four, the lower in the middle."""
    assert rubric_levels.middle(given) == (median, spread)


def test_three_readings_give_a_level_with_where_it_stands() -> None:
    """Level, spread and each reading are kept with the versions; the passage is the candidate's, by offset."""
    scored = _combined(_answer(4), _answer(4), _answer(3))
    (one,) = [score for score in scored.scores if score.competency == "procedure"]
    assert (one.level, one.spread, one.readings, one.backed) == (4, 1, (4, 4, 3), True)
    assert (one.rubric, one.prompt_version, one.model) == (3, "assessment_levels.v1", "m")
    (found,) = scored.evidence
    assert (found.turn_id, SAID[found.start:found.end]) == (4, QUOTE)
    assert [score.level for score in scored.scores if score.competency != "procedure"] == [None, None]


@pytest.mark.parametrize("quotes", [("I have won every case.",), (), (QUOTE, "I have won every case."), ("Which case taught you most?",), ("the client",)])
def test_a_passage_that_was_not_said_makes_the_level_void(quotes: tuple[str, ...]) -> None:
    """Invented words, none, one invented beside a real one, the interviewer's, a scrap: no level from that reading."""
    reading = rubric_levels.read(PACK, TURNS, _answer(5, quotes), "m")
    assert reading.levels["procedure"] is None
    assert _combined(*[_answer(5, quotes)] * 3).scores[0].level is None


def test_two_readings_are_too_few() -> None:
    """Nothing is scored."""
    assert _combined(_answer(4), _answer(4)).scores == ()


def test_a_level_on_words_that_only_the_model_named_says_so() -> None:
    """They are in the transcript, and none of the rubric's terms is near them."""
    (one, *_) = _combined(*[_answer(5, ("I handled a dispute over a delivery contract",))] * 3).scores
    assert one.level == 5 and not one.backed


def test_a_red_flag_needs_words_too() -> None:
    """One that cannot be shown is dropped and counted; one that several readings saw is there once."""
    shown = {"id": "gave_away", "quote": QUOTE}
    scored = _combined(_answer(3, flags=[shown]), _answer(3, flags=[shown]), _answer(3, flags=[{"id": "gave_away", "quote": "I named my client."}]))
    assert [one.quote for one in scored.raised] == [QUOTE] and scored.void == 1


def test_each_reading_sees_another_order_and_the_same_seed_the_same() -> None:
    """Competencies and answers are shuffled; everything said is data in the user message."""
    seen = {seed: rubric_levels.prompt(PACK, TURNS, seed).messages[1].content for seed in ("1:0", "1:1", "1:2", "1:3", "1:4")}
    assert len(set(seen.values())) > 1 and rubric_levels.prompt(PACK, TURNS, "1:0").messages[1].content == seen["1:0"]
    data = json.loads(seen["1:0"])
    assert {one["text"] for one in data["answers"]} == {LONG_ENOUGH, SAID} and len(data["competencies"]) == 3
    assert not any(one in rubric_levels.prompt(PACK, TURNS, "1:0").messages[0].content for one in (LONG_ENOUGH, SAID))


@pytest.mark.parametrize("level", [0, 6, 7, "4", 3.5, True])
def test_a_level_that_is_none_does_not_fit(level: object) -> None:
    """0, 7, text, halves: the answer is refused as a whole, before anything of it is used."""
    schema = rubric_levels.schema(PACK)
    Draft202012Validator.check_schema(schema)
    fits = Draft202012Validator(schema)
    assert fits.is_valid(_answer(3)) and fits.is_valid(_answer(None))
    assert not fits.is_valid(_answer(level))  # type: ignore[arg-type]
    assert not fits.is_valid({**_answer(3), "verdict": "hire"})
