"""What goes against a policy, and the reason that it takes."""

from __future__ import annotations

from typing import Any

import pytest

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting.evidence.grounds import Grounds, InterviewResult, KnowledgeResult, LicenceGround
from ls_expert_plugin.vetting.review.policy import overrides
from ls_expert_plugin.vetting.review.policy.evaluation import evaluate_policy
from ls_expert_plugin.vetting.values import ReviewEntry
from tests.support.builders.vetting_samples import NOW, pack

LICENSED = pack(policy={"required_credentials": ["bar"]})
INTERVIEW = InterviewResult(3, frozenset({"procedure", "conflicts"}))
CHECKED = (LicenceGround(1, "bar", "human-verified"),)


def _against(grounds: Grounds, *looked_at: str) -> tuple[str, ...]:
    return overrides.against_policy(evaluate_policy(LICENSED, grounds, NOW.date()), looked_at)


def test_what_is_there_needs_no_reason() -> None:
    """A looked up licence, and passages to read: reading them is what a review is."""
    assert _against(Grounds(INTERVIEW, CHECKED)) == ()
    overrides.require_reason((), "")


@pytest.mark.parametrize(("grounds", "begins"), [
    (Grounds(INTERVIEW), "Licence, verified by a reviewer: None of: Bar admission."),
    (Grounds(None, CHECKED), "Interview: There is none"),
    (Grounds(INTERVIEW, CHECKED, KnowledgeResult(False)), "Knowledge test: Not passed."),
    (Grounds(InterviewResult(3, flags=("Two answers are alike.",)), CHECKED), "Signal: Two answers are alike."),
    (Grounds(INTERVIEW, (LicenceGround(1, "bar", "human-verified", contradicted="Another name."),)), "Licence contradicted: Another name."),
])
def test_what_is_missing_or_not_looked_at_needs_one(grounds: Grounds, begins: str) -> None:
    """It is named; a reason is enough."""
    against = _against(grounds)
    assert against and against[0].startswith(begins)
    with pytest.raises(BadInput, match="Write why"):
        overrides.require_reason(against, "")
    overrides.require_reason(against, "Known to us.")
    assert overrides.told("Known to us.", against).startswith("Known to us.\nAgainst the policy: " + begins)


def test_what_was_looked_at_is_ticked() -> None:
    """A tick settles what is to be looked at, and nothing that is missing."""
    assert _against(Grounds(INTERVIEW, CHECKED, KnowledgeResult(False)), "Knowledge test: Not passed.") == ()
    assert _against(Grounds(INTERVIEW), "Licence, verified by a reviewer: None of: Bar admission.") != ()


def _entry(to: str, **details: Any) -> tuple[str, ReviewEntry]:
    return "law", ReviewEntry(1, 1, "verdict", "", 1, "", "", {"to": to, **details}, NOW)


def test_the_report_counts_what_decided() -> None:
    """Proposals and refusals are none; each condition is counted by its title."""
    missing = ["Licence: None.", "Signal: This."]
    [found] = overrides.count([
        _entry("verified", decided=True), _entry("verified", decided=True, against=missing), _entry("renewed", decided=True, against=missing[:1]),
        _entry("verified", against=missing), _entry("declined", decided=True), _entry("amended", decided=True),
    ])
    assert (found.decisions, found.against, found.conditions) == (3, 2, (("Licence", 2), ("Signal", 1)))
