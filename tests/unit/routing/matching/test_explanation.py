"""A match in words: conditions and parts with their reasons, and what opens a project to somebody. Pure."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.routing.matching.explanation import NAMES, match, what_opens
from tests.support.builders.matching import NOW, RULES, a_project, an_expert, verified
from tests.support.builders.vetting_samples import pack

LAW = pack()


def test_every_part_has_its_points_and_a_reason() -> None:
    """The sum is what people are ranked by."""
    person = an_expert(
        3, verified("law", ("contracts",), 5), says={"hours_a_week": 12, "preferred_specialties": ("law/contracts",), "most_projects": 2},
        hours_now=2, projects_now=1, quality=0.9, waiting_since=(NOW - dt.timedelta(days=45)).date(),
    )
    found = match(person, a_project(domain="law", specialties=("contracts",), hours_a_week=5, kinds=("spans",)), RULES, LAW)
    assert found.is_eligible and [(one.name, one.points, one.most, one.reason) for one in found.parts] == [
        ("specialties", 300, 300, "1 of 1 specialties; prefers Contracts"), ("level", 200, 200, "Level 5"),
        ("quality", 180, 200, "90% of checked work was right"),
        ("availability", 150, 150, "10 hours a week left"), ("load", 25, 50, "1 project now"), ("waiting", 50, 100, "Has waited 45 days"),
    ]
    assert found.points == 905


def test_unmet_conditions_say_what_there_is() -> None:
    """In the order they are checked; the requirement's in the words of access."""
    person = an_expert(3, verified("law", (), None), says={"hours_a_week": 4, "most_projects": 1, "unwanted_kinds": ("audio",)}, projects_now=1, hours_now=4)
    project = a_project(domain="law", specialties=("contracts",), hours_a_week=5, kinds=("audio",), client="Acme", use="tests a model", settled={3: "declined"})
    found = match(person, project, RULES, LAW)
    assert not found.is_eligible and [(one.name, one.reason) for one in found.conditions if not one.met] == [
        ("specialties", "None of these"), ("settled", "Is not asked again: has declined it"), ("projects", "Has 1 of 1 projects at once"),
        ("hours", "Has 0 hours a week left of 4"), ("unwanted", "Does not want audio"),
    ]
    assert {one.name for one in found.conditions if one.met} == {"role", "domain", "client", "use", "pause"}


@pytest.mark.parametrize(("name", "words"), [
    ("specialties", "Needs Contracts. Add it in your profile and ask for review."), ("domain", "You need to be verified in Law."),
    ("hours", "Needs 5 hours a week; you have 2 left. Change that in your availability."),
    ("unwanted", "You do not want audio. Change that in your availability."),
    ("pause", "You have paused. End the pause in your availability."), ("chosen_languages", "Needs German, which you left out in your availability."),
    ("level", "It requires level 4 or higher; none has been noted for you."),
    ("client", ""), ("use", ""), ("conflict", ""), ("settled", ""), ("invited", ""),
])
def test_what_opens_a_project_is_told_to_the_person(name: str, words: str) -> None:
    """What they can do themselves; nothing about lists and conflicts, and nothing that asks why they excluded somebody."""
    person = an_expert(3, verified("law", (), None), says={"hours_a_week": 4, "unwanted_kinds": ("audio",)}, hours_now=2)
    project = a_project(domain="law", specialties=("contracts",), minimum_level=4, languages=("de",), hours_a_week=5, kinds=("audio",))
    if name == "domain":
        person = an_expert(3, verified("finance", ()))
    assert what_opens(name, person, project, LAW, RULES) == words
    assert name in NAMES
