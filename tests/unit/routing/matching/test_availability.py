"""Availability: what can be said, and a sentence by field for what cannot. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ls_expert_plugin.routing.matching.availability import Availability, checked
from ls_expert_plugin.vetting.profile.forms import FormInvalid

TODAY = dt.date(2026, 12, 1)
KNOWN = ("medicine/cardiology", "medicine/surgery")


def test_nothing_said_excludes_nothing() -> None:
    """An empty form is the value that everybody begins with."""
    assert checked({}, KNOWN, TODAY) == Availability() == checked({"hours_a_week": "", "days": [], "excluded_clients": " \n"}, KNOWN, TODAY)


def test_what_a_form_says_is_kept_in_one_form() -> None:
    """Texts from a form and values from JSON are the same; lists are in order, nothing twice; a pause that is over is none."""
    said = {
        "hours_a_week": " 12 ", "days": ["5", "1", "1"], "time_zone": "Europe/Berlin", "paused_until": "2027-01-15", "most_projects": "2",
        "preferred_specialties": ["medicine/surgery"], "unwanted_specialties": "medicine/cardiology", "preferred_kinds": ["spans"], "unwanted_kinds": ["audio"],
        "languages": ["en", "de", "en"], "excluded_clients": "Acme  Ltd\nacme ltd\n\nOther", "excluded_uses": ["weapons"],
    }
    found = checked(said, KNOWN, TODAY)
    assert found == Availability(
        12, (1, 5), "Europe/Berlin", dt.date(2027, 1, 15), 2, ("medicine/surgery",), ("medicine/cardiology",), ("spans",), ("audio",), ("de", "en"),
        ("Acme Ltd", "Other"), ("weapons",),
    )
    assert checked({"hours_a_week": 12, "days": [1, 5]}, KNOWN, TODAY) == checked({"hours_a_week": "12", "days": ["1", "5"]}, KNOWN, TODAY)
    assert checked({"paused_until": "2026-12-01"}, KNOWN, TODAY).paused_until is None


@pytest.mark.parametrize(("field", "value", "words"), [
    ("hours_a_week", "200", "from 0 to 80"), ("hours_a_week", -1, "from 0 to 80"), ("hours_a_week", "7.5", "whole number"),
    ("hours_a_week", True, "whole number"), ("hours_a_week", "9" * 5000, "whole number"), ("hours_a_week", "١٢", "whole number"),
    ("days", ["1", "8"], 'no day "8"'), ("days", ["0"], 'no day "0"'), ("days", ["Monday"], "Monday (1)"), ("days", [True], "no day"),
    ("time_zone", "Nowhere/Land", 'no time zone "Nowhere/Land"'), ("time_zone", "../etc/passwd", "no time zone"), ("time_zone", 5, "no time zone"),
    ("paused_until", "2027-02-30", "such as 2027-01-15"), ("paused_until", "2099-01-01", "next two years"), ("paused_until", 3, "next two years"),
    ("most_projects", 0, "from 1 to 20"), ("preferred_specialties", ["medicine/magic"], 'no specialty "medicine/magic"'),
    ("unwanted_kinds", ["smells"], 'no kind of task "smells"'), ("languages", ["klingon"], 'no language "klingon"'), ("languages", [7], "no language"),
    ("excluded_clients", "x" * 121, "at most 120"), ("excluded_clients", [None], "one name a line"),
    ("excluded_uses", [f"use {number}" for number in range(51)], "at most 50"), ("salary", "much", "no such field"),
])
def test_what_cannot_be_is_told_by_its_field(field: str, value: Any, words: str) -> None:
    """A sentence that says what to do, at the field, and nothing about other fields."""
    with pytest.raises(FormInvalid) as refused:
        checked({"hours_a_week": "5", "time_zone": "UTC", field: value}, KNOWN, TODAY)
    assert list(refused.value.fields) == [field] and words.lower() in refused.value.fields[field].lower() and len(refused.value.fields[field]) < 200


def test_all_mistakes_are_told_at_once_and_a_contradiction_is_one() -> None:
    """Whoever fills in a form reads everything in one go."""
    with pytest.raises(FormInvalid) as refused:
        checked({"hours_a_week": 200, "days": [8], "time_zone": "x", "preferred_kinds": ["audio"], "unwanted_kinds": ["audio"]}, KNOWN, TODAY)
    assert set(refused.value.fields) == {"hours_a_week", "days", "time_zone", "unwanted_kinds"}
