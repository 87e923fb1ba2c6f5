"""What is worth a second look in a profile, and how people say how well they know a language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ls_expert_plugin.vetting.profile.entry_warnings import warnings
from ls_expert_plugin.vetting.profile.proposed_entries import end_date, proficiency
from tests.support.builders.vetting_samples import EDUCATION, LICENCE, NOW, WORK, claim

TODAY = NOW.date()


@pytest.mark.parametrize(("kind", "details", "words"), [
    ("licence", {**LICENCE, "expires_on": "2020-01-01"}, "has expired"), ("licence", {**LICENCE, "issued_on": "2026-03-02"}, "issued in the future"),
    ("work", {**WORK, "start": "2026-04"}, "start date is in the future"), ("work", {**WORK, "end": "2026-04"}, "end date is in the future"),
    ("education", {**EDUCATION, "start_year": 2027}, "start year is in the future"),
])
def test_expired_and_future_dates_are_warned_of(kind: Any, details: Mapping[str, Any], words: str) -> None:
    """They may be meant, so they are saved; a sentence says what to check."""
    [said] = warnings(kind, details, (), TODAY)
    assert words in said


def test_an_entry_that_is_there_twice_is_warned_of_and_a_usual_one_is_not() -> None:
    """However it is spaced and capitalised; another kind with the same name is another entry."""
    there = claim("work", **{**WORK, "employer": "quill  & partners"})
    [said] = warnings("work", WORK, (there,), TODAY)
    assert "another entry like this one" in said
    for kind, details in (("work", WORK), ("licence", LICENCE), ("education", EDUCATION), ("skill", {"name": "Contracts"})):
        assert warnings(kind, details, (claim("language", code="de"),), TODAY) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(("said", "meant"), [
    ("Native speaker", "native"), ("Mother tongue", "native"), ("native or bilingual proficiency", "native"), ("C2", "native"), ("Near-native", "fluent"),
    ("Fluent (C1)", "fluent"), ("Full professional proficiency", "fluent"), ("Professional working proficiency", "working"), ("B2", "working"),
    ("Limited working proficiency", "basic"),
    ("Elementary", "basic"), ("conversational", "basic"), ("non-native", "working"), ("42 stars", "42 stars"), ("", ""),
])
def test_proficiency_is_understood_as_people_say_it(said: str, meant: str) -> None:
    """What is not understood stays as it was written, and the form asks."""
    assert proficiency(said) == meant


def test_a_job_that_goes_on_has_no_end() -> None:
    """"Present" is how files say it; anything else stays, and the form asks."""
    assert (end_date("Present"), end_date(" now"), end_date("2016"), end_date("soon")) == ("", "", "2016", "soon")
