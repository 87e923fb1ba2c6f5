"""Verifying without a person, where the policy allows it and nobody has begun to decide."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.evidence.grounds import CompetencyLevel, Grounds, InterviewResult, LicenceGround
from ls_expert_plugin.vetting.review import appeals
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.policy import auto_verify
from ls_expert_plugin.vetting.values import Verification
from tests.support.builders.vetting_case import LATER, PACK, Case
from tests.support.builders.vetting_samples import pack

pytestmark = pytest.mark.database


@pytest.fixture
def case(store: Database) -> Case:
    """A candidate and a manager in an empty database."""
    return Case(store)


GROUNDS = Grounds(InterviewResult(3, scored=(CompetencyLevel("procedure", 3), CompetencyLevel("conflicts", 4))), (LicenceGround(1, "bar", "human-verified"),))
BY_ITSELF = pack(policy={"auto_verify": True, "required_credentials": ["bar"]})


def _by_policy(case: Case, verification: Verification, asked: Pack = BY_ITSELF, grounds: Grounds = GROUNDS) -> Verification | None:
    with case.store.begin() as unit:
        return auto_verify.verify_by_policy(unit, verification.id, asked, grounds, LATER)


def test_the_policy_verifies_whoever_has_everything(case: Case) -> None:
    """As the system, for as long as the pack says, with a reason; off by default; never refusing."""
    verification = case.in_review()
    assert _by_policy(case, verification, PACK) is None
    assert _by_policy(case, verification, grounds=Grounds()) is None
    assert case.verification() == verification
    verified = _by_policy(case, verification)
    assert verified is not None and (verified.status, verified.reason) == ("verified", auto_verify.REASON)
    assert verified.valid_until_utc == dt.datetime(2028, 2, 29, 23, 59, 59, tzinfo=dt.timezone.utc)
    assert case.dossier().history[-1].actor == "system"


def test_what_a_person_has_begun_stays_with_people(case: Case) -> None:
    """A word of the candidate's beside it, a question asked, or a refusal before: the policy verifies nobody then."""
    verification = case.in_review()
    with case.store.begin() as unit:
        appeals.correct(unit, case.person, verification.id, "decision", "Not so.", LATER)
    assert _by_policy(case, verification) is None


def test_the_policy_does_not_undo_what_a_person_took_back(case: Case) -> None:
    """Verified by the policy, revoked by a manager, started again: a person looks."""
    assert _by_policy(case, case.in_review()) is not None
    with case.store.begin() as unit:
        actions.revoke(unit, case.manager, 1, "Complaint.", LATER)
    again = case.in_review()
    assert again.status == "in_review" and case.dossier().entries == () and _by_policy(case, again) is None


def test_on_what_is_stored_nobody_is_verified_without_levels(case: Case) -> None:
    """The worker asks the policy after each interview; passages alone are no levels."""
    verification = case.in_review()
    held = case.dossier().interview
    assert held is not None and auto_verify.verify_after(case.store, held.id, {"law": BY_ITSELF}, LATER) is None
    assert case.verification() == verification
