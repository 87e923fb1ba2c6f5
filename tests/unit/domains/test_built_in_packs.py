"""The domain packs that come along: complete, each question once, nothing decided without a person."""

from __future__ import annotations

import itertools

import pytest
from pydantic import ValidationError

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.domains.validation.pack_validation import weaknesses


@pytest.fixture(scope="module")
def built_in() -> dict[str, Pack]:
    return load_packs(None)


def test_three_domains_come_along(built_in: dict[str, Pack]) -> None:
    """Without a directory of one's own there are finance, law and medicine."""
    assert sorted(built_in) == ["finance", "law", "medicine"]
    assert all(built_in[key].id == key for key in built_in)


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_built_in_pack_is_complete(built_in: dict[str, Pack], domain: str) -> None:
    """At least 6 specialties, 8 competencies and 40 questions; topics, follow-ups, red flags, places to look people up."""
    pack = built_in[domain]
    assert pack.version >= 2
    assert len(pack.specialties) >= 6
    assert len(pack.licences) >= 3
    assert all(register.url.startswith("https://") for kind in pack.licences for register in kind.registers)
    assert len(pack.competencies) >= 8
    assert sum(competency.mandatory for competency in pack.competencies) == 5
    assert len(pack.questions) >= 40
    assert len(pack.topics) >= 5
    assert {follow_up.when for follow_up in pack.follow_ups} == {"too_short", "no_example", "no_evidence", "contradiction", "own_words"}
    assert len(pack.red_flags) >= 5 and {flag.leads_to for flag in pack.red_flags} == {"person"}
    assert pack.max_candidate_turns == 12
    assert "a person" in pack.closing.lower()
    assert list(weaknesses(pack)) == []


def test_what_domains_share_has_one_title(built_in: dict[str, Pack]) -> None:
    """A red flag that is in several packs reads alike in all: a reviewer of two domains learns it once."""
    titles = [(flag.id, flag.title) for pack in built_in.values() for flag in pack.red_flags]
    assert len(set(titles)) == len({id for id, _ in titles}) < len(titles)
    assert dict(titles)["speaks_to_the_scorer"] == "Addresses the grader (prompt injection)"


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_every_competency_has_five_levels_of_its_own(built_in: dict[str, Pack], domain: str) -> None:
    """Each level is a description of what an answer shows, written for that competency and used for no other."""
    pack = built_in[domain]
    levels = [level for competency in pack.competencies for level in competency.levels]
    assert len(levels) == 5 * len(pack.competencies)
    assert len(set(levels)) == len(levels)
    assert all(8 <= len(level.split()) <= 45 for level in levels)


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_every_specialty_has_questions_of_its_own(built_in: dict[str, Pack], domain: str) -> None:
    """At least two, put to nobody else, with enough facts or direction to show knowledge in one answer."""
    pack = built_in[domain]
    for specialty in pack.specialties:
        own = [one for one in pack.questions if one.specialty == specialty.id]
        assert len(own) >= 2, specialty.id
        assert all(len(one.text.split()) >= 25 for one in own), specialty.id
        assert set(own) <= set(pack.questions_for([specialty.id])) and not set(own) & set(pack.questions_for([]))


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_every_competency_can_be_asked_about_in_each_way(built_in: dict[str, Pack], domain: str) -> None:
    """Whatever the specialty, there is an opening, a scenario and a probing question for each competency."""
    pack = built_in[domain]
    for competency, kind in itertools.product(pack.competencies, ("opening", "scenario", "probing")):
        assert any((one.competency, one.kind) == (competency.id, kind) for one in pack.questions_for([])), (competency.id, kind)


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_built_in_policy_leaves_the_decision_to_a_person(built_in: dict[str, Pack], domain: str) -> None:
    """Nobody is verified by a program unless a team changes the pack."""
    policy = built_in[domain].policy
    assert not policy.auto_verify and policy.credential_status == "human-verified"
    assert {policy.level_needed(one.id) for one in built_in[domain].competencies if one.mandatory} == {3, 4}


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_indicators_are_short_phrases(built_in: dict[str, Pack], domain: str) -> None:
    """Each competency can be recognised by 8 to 20 short phrases in lower case."""
    for competency in built_in[domain].competencies:
        assert 8 <= len(competency.indicators) <= 20, competency.id
        for phrase in competency.indicators:
            assert phrase == phrase.lower() and len(phrase.split()) <= 4, phrase


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_opening_questions_ask_for_no_secrets(built_in: dict[str, Pack], domain: str) -> None:
    """Who is asked for their experience is told to leave out names or confidential details."""
    words = ("leave out", "confidential", "no names", "not the client", "the client not", "anonymous")
    for question in built_in[domain].questions:
        if question.kind == "opening":
            assert any(word in question.text.lower() for word in words), question.id
    first = built_in[domain].questions[0]
    assert first.kind == "opening" and "confidential" in first.text


def test_no_question_is_written_twice(built_in: dict[str, Pack]) -> None:
    """No candidate reads the same question again in another place."""
    texts = [question.text for pack in built_in.values() for question in pack.questions]
    assert len(set(texts)) == len(texts)


def test_pack_cannot_be_changed(built_in: dict[str, Pack]) -> None:
    """A pack that was loaded stays as it is."""
    with pytest.raises(ValidationError, match="frozen"):
        built_in["law"].title = "Other"
