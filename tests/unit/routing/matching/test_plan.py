"""The plan: same for the same, what is new in it, what keeps places unfilled, what it is worth beside simpler ways. Pure."""

from __future__ import annotations

import dataclasses
import random

import numpy as np

from benchmarks.matching.instances import instance
from ls_expert_plugin.routing.matching.assignment import problem_of, violations
from ls_expert_plugin.routing.matching.baselines import first_come, greedy
from ls_expert_plugin.routing.matching.conditions import Conditions
from ls_expert_plugin.routing.matching.pairs import eligible_pairs
from ls_expert_plugin.routing.matching.plan import PlannedOffer, difference, make_plan
from ls_expert_plugin.routing.matching.population import encode
from ls_expert_plugin.routing.matching.solver import solve
from tests.support.builders.matching import RULES, a_project, an_expert, verified


def test_the_same_people_and_projects_have_the_same_plan_in_any_order() -> None:
    """Another seed may tell equals apart in another way; the places filled are as many."""
    experts, projects, rules = instance(120, 12, 40, 3)
    plan = make_plan(experts, projects, rules)
    random.Random(1).shuffle(experts)
    random.Random(2).shuffle(projects)
    assert make_plan(experts, projects, rules) == plan and plan.offers
    assert len(make_plan(experts, projects, dataclasses.replace(rules, seed=9)).offers) == len(plan.offers)


def test_equals_are_told_apart_by_the_seed_alone() -> None:
    """Ten equals, one place: each seed has its own, and not always the one with the smallest number."""
    people = [an_expert(number) for number in range(1, 11)]
    got = {make_plan(people, [a_project()], dataclasses.replace(RULES, seed=seed)).offers[0].ls_user_id for seed in range(20)}
    assert len(got) > 3


def test_what_is_unfilled_says_which_one_condition_costs_most() -> None:
    """Two would come without the specialty, one without the level; who fails two conditions counts for neither, and conflicts are never for sale."""
    people = [
        an_expert(1), an_expert(2, verified(specialties=())), an_expert(3, verified(specialties=("surgery",))), an_expert(4, verified(level=1)),
        an_expert(5, verified(specialties=(), level=1)), an_expert(6), an_expert(7, verified(specialties=()), says={"most_projects": 1}, projects_now=1),
    ]
    plan = make_plan(people, [a_project(8, 5, specialties=("cardiology",), minimum_level=2, conflicts=frozenset({6}))], RULES)
    assert [one.pair for one in plan.offers] == [(1, 8)] and (plan.places, plan.could_fill) == (5, 1)
    (unfilled,) = plan.unfilled
    assert (unfilled.ls_project_id, unfilled.places, dict(unfilled.costs)) == (8, 4, {"specialties": 2, "level": 1})
    assert unfilled.dearest == plan.dearest == "specialties" and dict(plan.costs) == {"specialties": 2, "level": 1}


def test_a_person_counts_once_for_a_condition_and_their_own_limits_count_too() -> None:
    """One person for two projects fills one place more; hours and projects at once are told where they are what is missing."""
    projects = [a_project(number, 1, specialties=("cardiology",)) for number in (1, 2)]
    assert make_plan([an_expert(1, verified(specialties=()), says={"most_projects": 1})], projects, RULES).costs == {"specialties": 1}
    short = make_plan([an_expert(1, says={"hours_a_week": 4}), an_expert(2, projects_now=3)], [a_project(1, 2, hours_a_week=5)], RULES)
    assert short.offers == () and short.costs == {"hours": 1, "projects": 1}
    assert make_plan([], projects, RULES).dearest is None


def test_a_plan_is_told_by_its_difference_from_the_former() -> None:
    """What came, what went, how many stayed; other points are no change."""
    before = [PlannedOffer(1, 1, 500), PlannedOffer(2, 1, 400), PlannedOffer(3, 2, 300)]
    now = [PlannedOffer(1, 1, 510), PlannedOffer(4, 1, 450), PlannedOffer(2, 2, 100)]
    found = difference(now, before)
    assert [one.pair for one in found.added] == [(4, 1), (2, 2)] and [one.pair for one in found.dropped] == [(2, 1), (3, 2)] and found.kept == 1


def test_the_optimum_is_worth_no_less_than_simpler_ways() -> None:
    """Beside greedy and first come, on seeded instances: more places or as many, and all of them keep to the capacities."""
    for seed in range(4):
        experts, projects, rules = instance(150, 15, 70, seed)
        people = encode(experts, rules)
        problem = problem_of(eligible_pairs(Conditions(people, rules), projects, rules), people, projects, rules)
        best = solve(problem)
        for other in (greedy(problem), first_come(problem, np.arange(len(people)))):
            assert violations(problem, other.chosen) == [] and other.value.key <= best.value.key


def test_more_pairs_than_are_looked_at_are_told() -> None:
    """Each project keeps its best, and the plan says how many were left out."""
    people = encode([an_expert(number, verified(level=1 + number % 5)) for number in range(1, 1001)], RULES)
    pairs = eligible_pairs(Conditions(people, RULES), [a_project()], RULES, most=10)
    assert len(pairs) == 300 and pairs.left_out == 700 and pairs.points.min() >= 370
