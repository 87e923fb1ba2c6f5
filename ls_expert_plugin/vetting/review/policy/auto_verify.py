"""Verifying without a person, where a pack's policy says so and nothing is in doubt. There is no refusing without a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.evidence.grounds import gather
from ls_expert_plugin.vetting.knowledge_test import service
from ls_expert_plugin.vetting.review.decisions.reviewers import REFUSALS
from ls_expert_plugin.vetting.review.dossier.contents import told
from ls_expert_plugin.vetting.review.policy.evaluation import evaluate_policy
from ls_expert_plugin.vetting.values import Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
    from ls_expert_plugin.vetting.evidence.grounds import Grounds

REASON = "Everything that the policy of this domain asks for is there."


def verify_after(store: Database, interview_id: int, packs: Mapping[str, Pack], now: dt.datetime) -> Person | None:
    """Hold what is stored about an interview that was searched against the policy; whom it verified. None: a person decides."""
    with store.begin() as unit:
        interview = unit.interviews.get(interview_id)
        verification = unit.verifications.get(interview.verification_id) if interview else None
        pack = packs.get(verification.domain) if verification else None
        if verification is None or pack is None or not pack.policy.auto_verify:
            return None
        return unit.people.get(verification.person_id) if verify_if_all_is_there(unit, verification, pack, now) else None


def verify_if_all_is_there(unit: UnitOfWork, verification: Verification, pack: Pack, now: dt.datetime) -> Verification | None:
    """Gather what is stored and hold it against the policy, when something new is there. None: a person decides."""
    unit.verifications.lock(verification.id)
    claims = unit.claims.lock(verification.person_id)  # what is verified is what was held against the policy
    interview = unit.interviews.of_verification(verification.id)
    assessment = unit.interviews.assessment_of(interview.id) if interview else None
    person = unit.people.get(verification.person_id)
    grounds = gather(
        claims, assessment, knowledge=service.result(unit, verification.id), red_flags=pack.red_flag_titles(),
        signals=told(unit, interview), work=unit.control.of(person.ls_user_id, verification.domain) if person else None,
    )
    return verify_by_policy(unit, verification.id, pack, grounds, now)


def verify_by_policy(unit: UnitOfWork, verification_id: int, pack: Pack, grounds: Grounds, now: dt.datetime) -> Verification | None:
    """Verify whoever waits for a review if the policy lets it. None: a person decides.

    Once a person has refused, asked for more, or begun to decide, and where anything was said beside it, it is theirs.
    """
    verification = unit.verifications.lock(verification_id)
    if verification is None or verification.status != "in_review":
        return None
    today = now.astimezone(dt.timezone.utc).date()
    if not evaluate_policy(pack, grounds, today, verification.specialties).verifies or unit.reviews.of(verification_id):
        return None
    if any(one.to_status in REFUSALS for one in unit.verifications.history(verification_id)):
        return None
    end = dt.datetime.combine(today + dt.timedelta(days=pack.policy.valid_days), dt.time(23, 59, 59), dt.timezone.utc)
    return unit.verifications.change(verification_id, "verified", actor_person_id=None, reason=REASON, now=now, valid_until_utc=end)
