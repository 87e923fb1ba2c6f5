"""Who waits for a place, and who lacks a single rule."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.routing.explanation.near_misses import NearMisses, near_misses
from ls_expert_plugin.routing.values import Candidate, Language, Project, Requirement
from ls_expert_plugin.vetting.values import Status, Verification
from tests.support.builders.vetting_samples import NOW


def _candidate(number: int, status: Status = "verified", *, level: int | None = 3, languages: tuple[str, ...] = ("de",), is_manager: bool = False) -> Candidate:
    since, until = NOW + dt.timedelta(minutes=number), NOW + dt.timedelta(days=9)
    return Candidate(number, is_manager, (Verification(number, number, "law", status, until, "", 1, since, level=level),),
                     languages=tuple(Language(one) for one in languages))


def test_one_rule_unmet_is_almost_two_are_not() -> None:
    """Each with that rule; whoever meets everything, and managers, are not among them."""
    project = Project(3, "Clauses", Requirement("law", minimum_level=3, languages=("de",)))
    people = [_candidate(1), _candidate(2, level=2), _candidate(3, languages=()), _candidate(4, level=2, languages=()), _candidate(5, level=2, is_manager=True)]
    found = near_misses(people, project, (), NOW)
    assert [(who, check.rule) for who, check in found.almost] == [(2, "level"), (3, "languages")] and found.waiting == ()


def test_whoever_is_on_the_way_to_the_domain_is_almost_there() -> None:
    """Applied, asked for more, suspended or expired; not who was refused, has left, or never applied."""
    people = [_candidate(1, "in_review"), _candidate(2, "more_asked"), _candidate(3, "suspended"), _candidate(4, "expired"), _candidate(5, "declined"),
              _candidate(6, "revoked"), _candidate(7, "withdrawn"), Candidate(8, languages=(Language("de"),))]
    found = near_misses(people, Project(3, "Clauses", Requirement("law")), (), NOW)
    assert [(who, check.rule) for who, check in found.almost] == [(1, "domain"), (2, "domain"), (3, "domain"), (4, "domain")]


def test_those_without_a_place_wait_in_line() -> None:
    """Who has a place keeps it; then whoever was verified first. A project that asks for nothing has neither."""
    project = Project(3, "Clauses", Requirement("law", max_experts=1))
    found = near_misses([_candidate(3), _candidate(1), _candidate(2)], project, {2}, NOW)
    assert found == NearMisses((1, 3)) and near_misses([_candidate(1)], Project(3, "Clauses", None), (), NOW) == NearMisses()
