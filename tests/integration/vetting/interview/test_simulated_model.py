"""Simulated candidates with a language model: it plays them and judges them, and may fail at either."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.vetting.in_role import BEHAVIOUR, Played
from benchmarks.vetting.judging import by_model, configured_model
from benchmarks.vetting.personas import KINDS, personas
from benchmarks.vetting.simulated import Held, hold, table
from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.vetting.interview.planner import next_question
from tests.support.fakes.openai_server import Behaviour, fails, running_server, says, talkative

IN_ROLE = "Two years ago I had a case in which the notice period decided it, and I told the client why."


def _played(request: dict[str, Any]) -> Behaviour:
    return says(IN_ROLE) if "You play a candidate" in request["messages"][0]["content"] else talkative(request)


@pytest.mark.parametrize("answers", [True, False])
def test_a_model_plays_and_judges_or_fails_at_both(answers: bool) -> None:
    """It is told the question, how to behave and what it is able to do; where it fails, the written sentences are said and nothing is known."""
    packs = load_packs(None)
    persona = next(personas(packs))
    pack = packs[persona.domain]
    with running_server() as server:
        server.reply_with(_played if answers else lambda request: fails(400))
        model = configured_model({"OPENAI_BASE_URL": server.base_url, "LS_EXPERT_INTERVIEW_MODEL": "some-model"})
        assert model is not None
        in_role = Played(model)
        turns = hold(pack, persona, next_question, in_role)
        held = Held(persona, turns, by_model(model)(pack, persona, turns, "1"))
        told = json.loads(server.requests[0].json["messages"][1]["content"])
    assert (turns[1].text == IN_ROLE) is answers
    assert in_role.failed == (0 if answers else held.answers)
    assert told == {
        "field": pack.title, "behaviour": BEHAVIOUR[persona.kind], "question": turns[0].text,
        "able_to": next(one for one in pack.competencies if one.id == turns[0].competency).anchor(persona.truth[turns[0].competency or ""]),
    }
    assert set(held.judged.levels) == {one.id for one in pack.competencies}
    assert "archetype recovered in" in table("With a model", packs, [held])


def test_every_kind_has_a_role() -> None:
    """None of them is left to the model's fancy."""
    assert set(BEHAVIOUR) == set(KINDS)
