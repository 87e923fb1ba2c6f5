"""Nobody is judged by their English: the same content finds the same evidence in native and in learnt phrasing. The pairs are in ``pairs.yaml``."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel
from ls_expert_plugin.storage.llm_call_log import StoredCallLog
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.assessment.run import search
from ls_expert_plugin.vetting.evidence.indicators import find
from ls_expert_plugin.vetting.interview.wording_check import WordingTask, problem
from tests.support.builders.vetting_samples import NOW, turn


@dataclass(frozen=True)
class Pair:
    """Two ways to say one thing."""

    domain: str
    native: str
    other: str


# Read now: each test gets a clean environment.
MODEL_URL, MODEL_NAME = os.environ.get("LS_EXPERT_TEST_LLM_BASE_URL", ""), os.environ.get("LS_EXPERT_TEST_LLM_MODEL", "")
PAIRS = [Pair(**one) for one in yaml.safe_load((Path(__file__).parent / "pairs.yaml").read_text())]


def _terms(domain: str, text: str) -> Counter[tuple[str, str]]:
    """The competencies that something was found for, and by which terms."""
    found = find(load_packs(None)[domain], (turn(0, "Tell me about a case."), turn(1, text)))
    return Counter((one.competency, term) for one in found for term in one.found_by.removeprefix("terms: ").split(", "))


def test_there_are_enough_for_every_domain() -> None:
    """Ten each, and each says something that is found."""
    assert Counter(one.domain for one in PAIRS) == {"law": 10, "medicine": 10, "finance": 10}
    assert all(_terms(one.domain, one.native) for one in PAIRS) and all(one.native != one.other for one in PAIRS)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.native[:40])
def test_the_same_content_finds_the_same_evidence(pair: Pair) -> None:
    """The same terms for the same competencies, whatever the grammar and the spelling."""
    assert _terms(pair.domain, pair.other) == _terms(pair.domain, pair.native)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.native[:40])
def test_a_question_worded_after_either_passes_alike(pair: Pair) -> None:
    """A model that picks up what was said is held against what was said, however it was said; nobody gets the plainer questions for their English."""
    pack = load_packs(None)[pair.domain]
    for question in pack.questions[:8]:
        if question.specialty is None:
            terms = next(one.indicators for one in pack.competencies if one.id == question.competency)
            passes = {
                problem(
                    f"You say: {' '.join(text.split()[:9]).rstrip('.,;')}. {question.text}",
                    WordingTask(question.text, said=("What did you do?", text), answer_terms=terms),
                ) for text in (pair.native, pair.other)
            }
            assert passes == {None}, (question.id, passes)


@pytest.mark.skipif(not MODEL_URL, reason="no language model: LS_EXPERT_TEST_LLM_BASE_URL and LS_EXPERT_TEST_LLM_MODEL say where one is")
def test_a_model_gives_both_sides_of_a_pair_the_same_levels(sqlite_store: Database) -> None:
    """Level by level; which pairs differ, and how, is what a failure says."""
    model = OpenAICompatibleModel(
        MODEL_NAME, api_key="none", base_url=MODEL_URL, timeout_s=120, log=StoredCallLog(sqlite_store, lambda: NOW)
    )
    differ = {}
    for pair in PAIRS:
        sides = [
            {one.competency: one.level for one in search(load_packs(None)[pair.domain], (turn(0, "Tell me about a case."), turn(1, text)), model).scores}
            for text in (pair.native, pair.other)
        ]
        assert all(sides), f"could not be scored: {pair.native}"
        if sides[0] != sides[1]:
            differ[pair.native] = sides
    assert not differ
