"""What follows an interview: assessment, suggestions, and what the policy then decides. Under a lease and on the candidate's
token budget, because models are paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.assessment import run
from ls_expert_plugin.vetting.profile import suggesting
from ls_expert_plugin.vetting.review.policy.auto_verify import verify_after
from ls_expert_plugin.vetting.token_budget import judge_for

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components


def assess_interview(parts: Components, interview_id: int) -> None:
    """All of it, once: nothing when it is done, or another worker is on it. One whose lease is lost saves nothing and asks no more."""
    with parts.store.hold(f"assessment:{interview_id}") as held:
        if held is None:
            return
        with parts.store.read() as unit:
            known, interview = unit.interviews.assessment_of(interview_id), unit.interviews.get(interview_id)
            verification = unit.verifications.get(interview.verification_id) if interview else None
        if known is not None and known.state != "queued":
            return
        model = judge_for(parts, verification.person_id) if verification else None
        run.run(parts.store, interview_id, parts.packs, model, parts.clock(), held.lease)
        if held.lost.is_set():
            return
        suggesting.make(parts.store, interview_id, parts.packs, model, parts.clock())
        verified = verify_after(parts.store, interview_id, parts.packs, parts.clock())
    if verified is not None:
        parts.routing.refresh(verified.ls_user_id)
