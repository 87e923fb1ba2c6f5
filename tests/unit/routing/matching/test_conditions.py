"""Hard conditions: the requirement's part says what access says, and each of the others stands in the way by itself. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ls_expert_plugin.routing.access.eligibility import explain
from ls_expert_plugin.routing.matching.conditions import Conditions
from ls_expert_plugin.routing.matching.population import encode
from ls_expert_plugin.routing.matching.values import Expert, OpenProject, ProjectNeeds
from ls_expert_plugin.routing.values import Candidate, CheckedLicence, Language, Project, Requirement
from ls_expert_plugin.vetting.values import Verification
from tests.support.builders.matching import NOW, RULES, a_project, an_expert

# What is looked at beside the requirement's own rules.
BESIDE = ("role", "pause", "projects", "chosen_languages", "unwanted")
ENDS = st.sampled_from([None, NOW - dt.timedelta(days=1), NOW, NOW + dt.timedelta(days=1)])
_specialties = st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=3).map(tuple)
_verification = st.builds(
    Verification, st.just(1), st.just(1), st.sampled_from(["law", "medicine"]), st.sampled_from(["verified", "revoked", "in_review"]), ENDS, st.just(""),
    st.just(1), st.just(NOW), _specialties, st.sampled_from([None, 1, 3, 5]),
)
_licence = st.builds(CheckedLicence, st.sampled_from(["bar", "md"]), st.sampled_from(["Germany", " germany ", "Texas", ""]), ENDS)
_languages = st.lists(st.sampled_from(["en", "de"]), unique=True).map(tuple)
_candidate = st.builds(
    Candidate, st.integers(1, 6), st.booleans(), st.lists(_verification, max_size=3).map(tuple), st.lists(_licence, max_size=2).map(tuple),
    _languages.map(lambda codes: tuple(map(Language, codes))),
)
_requirement = st.builds(
    Requirement, st.sampled_from(["law", "medicine"]), _specialties, st.booleans(), st.sampled_from([None, 1, 3]), _languages,
    st.lists(st.sampled_from(["Germany", "TEXAS"]), unique=True).map(tuple), st.lists(st.sampled_from(["bar", "md"]), unique=True).map(tuple),
    st.sampled_from([None, 1]), st.sampled_from(["open", "invited"]),
)
_project = st.builds(
    Project, st.just(1), st.just(""), st.one_of(st.none(), _requirement), invited=st.frozensets(st.integers(1, 6)),
    invited_until=st.dictionaries(st.integers(1, 6), st.sampled_from([NOW, NOW + dt.timedelta(days=1)])), fitting=st.frozensets(st.integers(1, 6)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_candidate, min_size=1, max_size=6, unique_by=lambda one: one.ls_user_id), st.lists(_project, min_size=1, max_size=3))
def test_the_requirement_means_the_same_as_for_access(candidates: list[Candidate], projects: list[Project]) -> None:
    """Whoever matching takes into account would be let in, and the other way round, condition by condition."""
    conditions = Conditions(encode([Expert(one) for one in candidates], RULES), RULES)
    for project in projects:
        opened = OpenProject(project, ProjectNeeds(), 1)
        masks, meeting = conditions.of(opened), set(conditions.meeting(opened).tolist())
        for row, candidate in enumerate(candidates):
            said = explain(candidate, project, NOW, has_place=True)
            assert (row in meeting) == (said.access is not None), said
            if said.checks[0].rule != "role":
                assert {rule: bool(mask[row]) for rule, mask in masks.items() if rule not in BESIDE} == {
                    check.rule: check.met for check in said.checks if check.rule != "places"
                }


@pytest.mark.parametrize(("name", "person", "needs"), [
    ("settled", {}, {"settled": {1: "declined"}}), ("conflict", {}, {"conflicts": frozenset({1, 5})}),
    ("client", {"says": {"excluded_clients": ("ACME  Ltd",)}}, {"client": "Acme Ltd"}), ("use", {"says": {"excluded_uses": ("weapons",)}}, {"use": "Weapons"}),
    ("pause", {"says": {"paused_until": dt.date(2026, 12, 24)}}, {"starts_on": dt.date(2026, 12, 23)}),
    ("projects", {"says": {"most_projects": 1}, "projects_now": 1}, {}), ("projects", {"projects_now": 3}, {}),
    ("hours", {"says": {"hours_a_week": 10}, "hours_now": 6}, {"hours_a_week": 5}),
    ("chosen_languages", {"says": {"languages": ("de",)}}, {"languages": ("en",)}),
    ("unwanted", {"says": {"unwanted_specialties": ("medicine/cardiology",)}}, {"specialties": ("cardiology",)}),
    ("unwanted", {"says": {"unwanted_kinds": ("audio",)}}, {"kinds": ("audio", "spans")}),
])
def test_each_condition_stands_in_the_way_by_itself(name: str, person: dict[str, Any], needs: dict[str, Any]) -> None:
    """With it nobody is matched and it alone is not met; without what the person said or has, they are."""
    project = a_project(**needs)
    masks = Conditions(encode([an_expert(**person)], RULES), RULES).of(project)
    assert [rule for rule, mask in masks.items() if not mask[0]] == [name]
    other = an_expert(2)
    assert Conditions(encode([an_expert(**person), other], RULES), RULES).meeting(project).tolist() == [1]


@pytest.mark.parametrize(("person", "needs"), [
    ({"says": {"paused_until": dt.date(2026, 12, 24)}}, {"starts_on": dt.date(2026, 12, 24)}), ({"says": {"hours_a_week": 5}}, {"hours_a_week": 5}),
    ({}, {"hours_a_week": 60}), ({"says": {"languages": ("de", "en")}}, {"languages": ("en",)}),
    ({"says": {"excluded_clients": ("Acme",)}}, {"client": "Acme Ltd"}),
])
def test_what_is_just_enough_is_enough(person: dict[str, Any], needs: dict[str, Any]) -> None:
    """Back on the day it starts, exactly the hours, hours never said, another client."""
    assert Conditions(encode([an_expert(**person)], RULES), RULES).meeting(a_project(**needs)).tolist() == [0]
