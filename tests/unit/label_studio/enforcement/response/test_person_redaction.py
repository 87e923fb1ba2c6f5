"""People in answers: a number and nothing else, whatever the caller had left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ls_expert_plugin.label_studio.enforcement.response.person_redaction import others_nameless

CANARY = "canary"
PERSON = {
    "id": 8, "first_name": CANARY, "last_name": CANARY, "username": CANARY, "email": f"{CANARY}@test.example", "initials": CANARY, "avatar": f"/{CANARY}.png",
    "phone": CANARY, "active_organization_meta": {"title": "x", "email": CANARY}, "a_later_field": CANARY, "lse_fields": {"onboarding": CANARY},
}


@given(st.sets(st.sampled_from(sorted(PERSON))))
def test_nothing_of_a_person_is_left_whatever_is_left_out(kept: set[str]) -> None:
    """Of any part of their fields, where a person stands, the number alone has a value."""
    part = {name: PERSON[name] for name in kept}
    for answer in ({"completed_by": part}, {"results": [{"created_by": part}]}, [{"annotators": [part]}]):
        assert CANARY not in str(others_nameless(answer, 7)), answer


@pytest.mark.parametrize("mark", ["first_name", "last_name", "username", "email", "initials", "avatar", "phone", "active_organization_meta"])
def test_a_person_is_known_anywhere_by_any_field(mark: str) -> None:
    """Under a key that nobody knows; an unknown field goes with it."""
    assert CANARY not in str(others_nameless({"by_whom": {"id": 8, mark: PERSON[mark], "nick": CANARY}}, 7))


def test_oneself_and_contents_stay() -> None:
    """One's own name, and what looks like a person inside a result, which is content."""
    assert others_nameless({"completed_by": PERSON}, 8) == {"completed_by": PERSON}
    contents: dict[str, Any] = {"result": [{"email": "a@b.example", "value": {"user": {"first_name": "x"}}}], "id": 3}
    assert others_nameless(contents, 7, but=("result",)) == contents
    assert others_nameless({"completed_by": 8, "annotators": [7, 8], "updated_by": [{"user_id": 8}]}, 7) == {
        "completed_by": 8, "annotators": [7, 8], "updated_by": [{"user_id": 8}],
    }


def test_nobody_is_not_somebody_without_a_number() -> None:
    """Where nobody asks, no person is oneself."""
    assert CANARY not in str(others_nameless({"user": {**PERSON, "id": None}}, None))
