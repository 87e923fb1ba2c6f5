"""What a pack's policy makes of the evidence, and what it says in words."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.vetting.evidence.grounds import CompetencyLevel, Grounds, InterviewResult, KnowledgeResult, LicenceGround, WorkResult
from ls_expert_plugin.vetting.review.policy.evaluation import evaluate_policy
from ls_expert_plugin.vetting.review.policy.policy_text import in_words
from tests.support.builders.vetting_samples import pack

TODAY = dt.date(2026, 3, 1)
LICENCE = LicenceGround(1, "bar", "human-verified")
GOOD = Grounds(
    InterviewResult(3, scored=(CompetencyLevel("procedure", 3), CompetencyLevel("conflicts", 4, spread=1))),
    (LICENCE,), KnowledgeResult(True), WorkResult(20, 18),
)


def _pack(**policy: Any) -> Pack:
    return pack(policy={"auto_verify": True, "required_credentials": ["bar"], "test_required": True, **policy})


def _with(**changed: Any) -> Grounds:
    return dataclasses.replace(GOOD, **changed)


def _interview(*scored: CompetencyLevel, **more: Any) -> Grounds:
    return _with(interview=InterviewResult(more.pop("version", 3), scored=scored, **more))


def test_everything_there_verifies_without_a_person_where_the_pack_says_so() -> None:
    """And not where it says nothing, which is the default."""
    assert evaluate_policy(_pack(), GOOD, TODAY).verifies
    assert not evaluate_policy(_pack(auto_verify=False), GOOD, TODAY).verifies
    assert not evaluate_policy(pack(), GOOD, TODAY).verifies


@pytest.mark.parametrize("grounds", [
    Grounds(),
    _with(interview=None), _with(credentials=()), _with(knowledge=None), _with(knowledge=KnowledgeResult(None)), _with(knowledge=KnowledgeResult(False)),
    _with(interview=InterviewResult(3, shown=frozenset({"procedure", "conflicts"}))),
    _with(credentials=(LicenceGround(1, "bar", "registry-matched"),)), _with(credentials=(LicenceGround(1, "bar", "expired"),)),
    _with(credentials=(LicenceGround(1, "other", "human-verified"),)),
    _with(credentials=(LicenceGround(1, "bar", "human-verified", ends_on=TODAY - dt.timedelta(days=1)),)),
    _with(credentials=(LicenceGround(1, "bar", "human-verified", contradicted="The register has another name."),)),
    _with(credentials=(LICENCE, LicenceGround(2, "bar", "claimed", contradicted="The interview says otherwise."))),
    _with(work=WorkResult(20, 13)), _with(corrections=1),
    _interview(CompetencyLevel("procedure", 2), CompetencyLevel("conflicts", 4)), _interview(CompetencyLevel("procedure", 3)),
    _interview(CompetencyLevel("procedure", None), CompetencyLevel("conflicts", 4)),
    _interview(CompetencyLevel("procedure", 3, spread=2), CompetencyLevel("conflicts", 4)),
    _interview(CompetencyLevel("procedure", 3), CompetencyLevel("conflicts", 3), version=2),
    _interview(CompetencyLevel("procedure", 3), CompetencyLevel("conflicts", 3), flags=("Promises an outcome.",)),
])
def test_whatever_is_missing_or_in_doubt_leads_to_a_person(grounds: Grounds) -> None:
    """Any one piece that is absent, below the mark or contradicted: no verification by itself, and the checklist says which."""
    weighed = evaluate_policy(_pack(), grounds, TODAY)
    assert not weighed.verifies
    assert any(one.state != "met" and one.found for one in weighed.checks)


def test_written_answers_alone_never_verify() -> None:
    """Without a licence to go with them, a pack cannot let an interview verify, nor a test that nobody watched."""
    assert not evaluate_policy(pack(policy={"auto_verify": True}), GOOD, TODAY).verifies
    tested = evaluate_policy(pack(policy={"auto_verify": True, "test_required": True}), GOOD, TODAY)
    assert not tested.verifies and {one.state for one in tested.checks} == {"met"}
    assert "written answers alone" in " ".join(in_words(pack(policy={"auto_verify": True})))


@pytest.mark.parametrize("policy", [{"reviewers": 2}, {"look_at": ["Compare the names."]}, {"auto_verify": False}])
def test_a_pack_that_asks_for_a_review_gets_one(policy: dict[str, Any]) -> None:
    """Two reviewers, something a reviewer has to look at, or nothing said about it, and nobody is verified without."""
    assert not evaluate_policy(_pack(**policy), GOOD, TODAY).verifies
    assert "Nobody is verified without a person" in " ".join(in_words(_pack(**policy)))


def test_a_licence_counts_through_its_last_day_and_the_best_one_is_named() -> None:
    """Of two, the one that counts; the day itself included."""
    ended = LicenceGround(1, "bar", "human-verified", ends_on=TODAY - dt.timedelta(days=1))
    last_day = LicenceGround(2, "bar", "human-verified", ends_on=TODAY)
    assert evaluate_policy(_pack(), _with(credentials=(ended, last_day)), TODAY).verifies
    [check] = [one for one in evaluate_policy(_pack(), _with(credentials=(ended,)), TODAY).checks if one.title.startswith("Licence")]
    assert (check.state, check.found) == ("missing", "Bar admission: ended on 2026-02-28.")


def test_a_failed_test_that_is_not_asked_for_is_only_shown() -> None:
    """It is something to look at, not something missing."""
    result = evaluate_policy(_pack(test_required=False), _with(knowledge=KnowledgeResult(False)), TODAY)
    [check] = [one for one in result.checks if one.title == "Knowledge test"]
    assert check.state == "look"


def test_too_few_control_answers_are_no_poor_work() -> None:
    """Nine wrong answers say nothing yet; ten do."""
    assert evaluate_policy(_pack(), _with(work=WorkResult(9, 0)), TODAY).verifies
    assert not evaluate_policy(_pack(), _with(work=WorkResult(10, 6)), TODAY).verifies
    assert evaluate_policy(_pack(), _with(work=WorkResult(10, 7)), TODAY).verifies


def test_the_policy_in_words_says_what_it_decides() -> None:
    """Levels, licence, test, reviewers, what to look at, appeal, recheck: each with its figure."""
    words = "\n".join(in_words(_pack(
        auto_verify=False, minimum_level=2, minimum_levels=[{"competency": "conflicts", "level": 4}], reviewers=2, look_at=["Compare the names."],
        appeal_days=14, recheck={"dormant_after_days": 90, "grace_days": 1, "on_new_version": True},
    )))
    for said in ("level 2 of 5 in each required competency (4 in “Conflicts of interest”)", "verified by a reviewer: Bar admission",
                 "the knowledge test, passed",
                 "Nobody is verified without a person.", "Two reviewers decide", "looked at this: Compare the names.", "Only a person can refuse",
                 "For 14 days the candidate may appeal", "after 90 days without work", "new version", "has 1 day; then it expires"):
        assert said in words, said
    assert "verifies without a person" in "\n".join(in_words(_pack()))
