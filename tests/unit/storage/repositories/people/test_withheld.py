"""What a person's export leaves out before a review is decided."""

from __future__ import annotations

from typing import Any

import pytest

from ls_expert_plugin.storage.repositories.people.withheld import withhold

EMPTY = {name: [] for name in (
    "person", "verification", "interview", "assessment", "sitting", "sitting_answer", "review_entry", "verification_event", "score", "raised_flag",
    "private_note",
)}


def verdict(pk: int, to: str, **details: Any) -> dict[str, Any]:
    return {"id": pk, "verification_id": 3, "round": 1, "kind": "verdict", "details": {"to": to, **details}, "at_utc": f"t{pk}"}


def held(status: str, *entries: dict[str, Any]) -> dict[str, Any]:
    events = [
        {"id": pk, "verification_id": 3, "from_status": "in_review", "to_status": "in_review", "actor_person_id": actor, "at_utc": f"t{pk}"}
        for pk, actor in ((1, 9), (2, 5))
    ]
    return {
        **EMPTY, "person": [{"id": 5}], "verification": [{"id": 3, "status": status}], "interview": [{"id": 1, "verification_id": 3}],
        "assessment": [{"id": 1, "interview_id": 1}], "score": [{"assessment_id": 1}], "raised_flag": [{"assessment_id": 1}],
        "verification_event": events, "review_entry": list(entries),
    }


def test_proposals_flags_and_scores_wait_for_the_decision() -> None:
    """Nobody reads the first reviewer's proposal, nor the line of history about it, before the second has decided; it says what is missing."""
    found = withhold(held("in_review", verdict(1, "verified")))
    assert found["review_entry"] == found["score"] == found["raised_flag"] == []
    assert [one["id"] for one in found["verification_event"]] == [2]
    assert {one["table"] for one in found["left_out"]} == {"review_entry", "verification_event", "score", "raised_flag"}
    after = withhold(held("verified", verdict(1, "verified"), verdict(2, "verified", decided=True)))
    assert len(after["review_entry"]) == 2 and after["score"] and after["raised_flag"] and after["left_out"] == []


@pytest.mark.parametrize("to", ["amended", "renewed"])
def test_a_proposal_about_somebody_verified_waits_too(to: str) -> None:
    """One that is open is left out; one that was decided is there."""
    assert [one["id"] for one in withhold(held("verified", verdict(1, to, decided=True), verdict(2, to)))["review_entry"]] == [1]
