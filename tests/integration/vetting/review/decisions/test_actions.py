"""Decisions on real databases: one reviewer or two, with the policy or against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.storage.tables import ScoreRow
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.review import appeals
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.policy import overrides
from ls_expert_plugin.vetting.values import Person, Verification
from tests.support.builders.review_case import LICENSED, UNTIL, appeal, decline, second_manager, verify
from tests.support.builders.vetting_case import LATER, Case, at_once
from tests.support.builders.vetting_samples import LICENCE, NOW, pack

pytestmark = pytest.mark.database


TWO = {"law": pack(policy={"reviewers": 2})}


@pytest.fixture
def case(store: Database) -> Case:
    """A candidate and a manager in an empty database."""
    return Case(store)


def test_with_two_reviewers_the_first_verdict_is_a_proposal(case: Case) -> None:
    """Still in review after one, and after the same person's second; verified with what the second found; both stand there."""
    verification, second = case.in_review(), second_manager(case)
    for _ in range(2):
        assert verify(case, verification, packs=TWO, specialties=["contracts"], level=5).status == "in_review"
    assert "Proposed to verify" in case.dossier().history[-1].reason and case.dossier().history[-1].actor == "boss@example.org"
    decided = verify(case, verification, second, TWO, specialties=["contracts"], level=3)
    assert (decided.status, decided.level, decided.specialties) == ("verified", 3, ("contracts",))
    assert [(one.author, one.details["to"], one.details["level"]) for one in case.dossier().verdicts] == [
        ("boss@example.org", "verified", 5), ("Manager 2", "verified", 3),
    ]


def _amend(case: Case, verification: Verification, manager: Person, packs: Mapping[str, Pack] = TWO, **to: Any) -> Verification:
    with case.store.begin() as unit:
        return actions.amend(unit, manager, verification.id, "Read again.", LATER, packs=packs, **{"specialties": [], "level": 3, **to})


def _renew(case: Case, verification: Verification, manager: Person, until: dt.date, note: str = "", packs: Mapping[str, Pack] = TWO) -> Verification:
    with case.store.begin() as unit:
        return actions.renew(unit, manager, verification.id, until, note, LATER, packs=packs)


def test_with_two_reviewers_nobody_alone_makes_more_of_somebody(case: Case) -> None:
    """A higher level, a specialty, a looked up entry, a later date: each waits for another reviewer, and the smaller holds. Less is done at once."""
    verification, second = case.in_review(), second_manager(case)
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", LICENCE, NOW)
    [licence] = case.dossier_claims()
    verify(case, verification, packs=TWO, level=5, checked_claims=[licence.id])
    assert not case.dossier_claims()[0].is_checked, "the first one's tick counts only once it is decided"
    with case.store.begin() as unit:
        actions.verify(unit, second, verification.id, dt.date(2026, 6, 1), "Only basics.", LATER, level=3, packs=TWO, checked_claims=[licence.id])
    verified = case.verification()
    assert (verified.status, verified.level, str(verified.valid_until_utc)[:10]) == ("verified", 3, "2026-06-01")
    assert case.dossier_claims()[0].is_checked
    assert _amend(case, verification, case.manager, level=5, specialties=["contracts"]).level == 3
    assert _amend(case, verification, case.manager, level=5, specialties=["contracts"]).level == 3, "twice the same person is one"
    assert "Proposed to change" in case.dossier().history[-1].reason
    assert _renew(case, verification, case.manager, dt.date(2036, 1, 1)).valid_until_utc == verified.valid_until_utc
    renewed = _renew(case, verification, second, dt.date(2027, 1, 1))
    assert str(renewed.valid_until_utc)[:10] == "2027-01-01"
    lower = _amend(case, verification, second, level=2)
    assert lower.level == 2, "less needs no second one"
    assert _amend(case, verification, second, level=5, specialties=["contracts"]).level == 2, "what was proposed before is void by then"
    raised = _amend(case, verification, case.manager, level=4, specialties=["contracts"])
    assert (raised.level, raised.specialties) == (4, ("contracts",))


def test_histories_keep_the_names_of_the_time(case: Case) -> None:
    """Whoever is called otherwise later has decided under the name that they had; a person who is erased is named nowhere."""
    verification = case.in_review()
    decline(case, verification)
    appeal(case, verification)
    with case.store.begin() as unit:
        members.joined(unit, case.manager.ls_user_id, "boss@example.org", "Somebody Else", "manager", LATER)
        members.joined(unit, case.person.ls_user_id, "ada@example.org", "Ada Admin", "expert", LATER)
    dossier = case.dossier()
    assert {one.actor for one in dossier.history} == {"boss@example.org", "Ada Quill", "system"}
    assert {one.author for one in dossier.entries} == {"boss@example.org", "Ada Quill"}
    with case.store.begin() as unit:
        unit.erasures.rename(case.person.id)
    dossier = case.dossier()
    assert not {"Ada Quill", "Ada Admin"} & ({one.actor for one in dossier.history} | {one.author for one in dossier.entries})


def test_going_against_the_policy_takes_a_reason(case: Case) -> None:
    """A licence that is missing: refused without one, and nothing has changed; with one it is kept, told to the person and counted."""
    verification = case.in_review()
    with pytest.raises(BadInput, match=r"against the policy: Licence, verified by a reviewer: None of: Bar admission\. Write why"):
        verify(case, verification, packs=LICENSED)
    assert case.verification() == verification
    with case.store.begin() as unit:
        verified = actions.verify(unit, case.manager, verification.id, UNTIL, "Known to us.", LATER, packs=LICENSED)
        assert verified.reason.startswith("Known to us.\nAgainst the policy: Licence, verified by a reviewer")
    with pytest.raises(BadInput, match="Write why"):
        _renew(case, verification, case.manager, dt.date(2028, 1, 1), packs=LICENSED)
    _renew(case, verification, case.manager, dt.date(2028, 1, 1), "Still known.", packs=LICENSED)
    with case.store.read() as unit:
        [counted] = overrides.count(unit.reviews.verdicts_by_domain())
    assert (counted.decisions, counted.against, counted.conditions) == (2, 2, (("Licence, verified by a reviewer", 2),))


def test_a_specialty_that_the_policy_speaks_against_takes_a_reason_too(case: Case) -> None:
    """What is asked of that specialty alone counts once it is chosen, when verifying as when more is opened later; less takes none."""
    law = pack()
    clauses = law.competencies[0].model_copy(update={"id": "clauses", "title": "Clauses", "specialties": ("contracts",)})
    packs = {"law": law.model_copy(update={"competencies": (*law.competencies, clauses)})}
    verification = case.in_review()
    assessment = case.dossier().assessment
    assert assessment is not None
    with case.store.begin() as unit:
        unit.session.add_all(
            ScoreRow(assessment_id=assessment.id, competency=one, level=level, spread=0, readings=[level], backed=True, rubric=3, prompt_version="", model="m")
            for one, level in (("procedure", 5), ("conflicts", 5), ("clauses", 1))
        )
    with pytest.raises(BadInput, match=r"against the policy: Clauses: level \d: Level 1"):
        verify(case, verification, packs=packs, specialties=["contracts"])
    assert verify(case, verification, packs=packs).status == "verified"
    with case.store.begin() as unit, pytest.raises(BadInput, match="against the policy: Clauses"):
        actions.amend(unit, case.manager, verification.id, "", LATER, specialties=["contracts"], level=None, packs=packs)
    amended = _amend(case, verification, case.manager, packs, specialties=["contracts"], level=None)
    assert amended.specialties == ("contracts",)
    assert "Read again.\nAgainst the policy: Clauses" in case.dossier().history[-1].reason
    with case.store.read() as unit:
        assert overrides.count(unit.reviews.verdicts_by_domain())[0].against == 1
    with case.store.begin() as unit:
        actions.amend(unit, case.manager, verification.id, "", LATER, specialties=[], level=None, packs=packs)


def test_a_looked_up_licence_is_within_the_policy(case: Case) -> None:
    """Ticking it and verifying is one step, and needs no reason."""
    verification = case.in_review()
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", LICENCE, NOW)
    [licence] = case.dossier_claims()
    assert verify(case, verification, packs=LICENSED, checked_claims=[licence.id]).status == "verified"
    with case.store.read() as unit:
        assert overrides.count(unit.reviews.verdicts_by_domain())[0].against == 0


def test_reviewers_who_disagree_decide_nothing(case: Case) -> None:
    """It is shown; a third, or a change of mind, decides."""
    verification, second, third = case.in_review(), second_manager(case), second_manager(case, 3)
    verify(case, verification, packs=TWO)
    assert not case.dossier().disagrees
    assert decline(case, verification, second, TWO).status == "in_review"
    assert case.dossier().disagrees
    declined = decline(case, verification, third, TWO)
    assert (declined.status, declined.reason) == ("declined", "Too little.")


def test_two_proposals_at_the_same_moment_decide_together(case: Case) -> None:
    """Whichever comes second is the second reviewer's."""
    verification, second = case.in_review(), second_manager(case)
    results = at_once(lambda: verify(case, verification, packs=TWO), lambda: verify(case, verification, second, TWO))
    assert sorted(one.status if isinstance(one, Verification) else repr(one) for one in results) == ["in_review", "verified"]


def test_a_proposal_of_an_earlier_round_does_not_count(case: Case) -> None:
    """After more was asked and answered, two look again."""
    verification, second = case.in_review(), second_manager(case)
    verify(case, verification, packs=TWO)
    with case.store.begin() as unit:
        actions.ask_more(unit, second, verification.id, "Which court?", LATER)
        appeals.respond(unit, case.person, verification.id, "The district court.", LATER)
    assert verify(case, verification, second, TWO).status == "in_review"
    assert verify(case, verification, packs=TWO).status == "verified"


def test_what_a_review_must_look_at_is_ticked_first(case: Case) -> None:
    """Verifying without it is refused and changes nothing; declining needs no tick."""
    packs = {"law": pack(policy={"look_at": ["Compare the names."]})}
    verification = case.in_review()
    with pytest.raises(BadInput, match=r"tick it: Compare the names\."):
        verify(case, verification, packs=packs)
    assert case.verification() == verification and case.dossier().entries == ()
    assert verify(case, verification, packs=packs, looked_at=["Compare the names."]).status == "verified"
    assert case.dossier().entries[0].details["looked_at"] == ["Compare the names."]
