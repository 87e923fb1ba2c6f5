"""One change of a plan: it stays within all capacities, does what the change asks, and leaves others alone. Pure."""

from __future__ import annotations

import dataclasses
import random

import pytest

from benchmarks.matching.instances import expert, instance
from ls_expert_plugin.routing.matching.assignment import problem_of
from ls_expert_plugin.routing.matching.conditions import Conditions
from ls_expert_plugin.routing.matching.pairs import eligible_pairs
from ls_expert_plugin.routing.matching.plan import make_plan
from ls_expert_plugin.routing.matching.population import encode
from ls_expert_plugin.routing.matching.replanning import Replanning
from ls_expert_plugin.routing.matching.solver import solve
from ls_expert_plugin.routing.matching.values import Expert, MatchingRules, OpenProject
from tests.support.builders.matching import RULES, a_project, an_expert


def _kept(experts: list[Expert], projects: list[OpenProject], rules: MatchingRules) -> Replanning:
    people = encode(experts, rules)
    pairs = eligible_pairs(Conditions(people, rules), projects, rules)
    return Replanning(people, projects, rules, pairs, solve(problem_of(pairs, people, projects, rules)).chosen)


def _broken(offers: frozenset[tuple[int, int]], experts: list[Expert], projects: list[OpenProject], rules: MatchingRules) -> list[str]:
    """What these offers break for people and projects as they are now."""
    people = encode(experts, rules)
    pairs = eligible_pairs(Conditions(people, rules), projects, rules)
    rows, places = people.ls_user_ids[pairs.rows].tolist(), [projects[place].ls_project_id for place in pairs.projects.tolist()]
    there = set(zip(rows, places, strict=True))
    found = [f"not eligible: {pair}" for pair in offers - there]
    needed = {one.ls_project_id: one.needs.hours_a_week or 0 for one in projects}
    for row, one in enumerate(experts):
        mine = [place for who, place in offers if who == one.ls_user_id]
        if len(mine) > people.slots[row] or sum(needed[place] for place in mine) > people.hours_free[row]:
            found.append(f"too much for {one.ls_user_id}")
    found += [f"too many in {one.ls_project_id}" for one in projects if sum(place == one.ls_project_id for _, place in offers) > one.places_left]
    return found


@pytest.mark.parametrize("seed", range(6))
def test_after_any_changes_every_offer_is_one_that_may_be_made(seed: int) -> None:
    """Thirty changes of people and projects; the changes told are the changes made, and hardly fewer places are filled than by a whole plan."""
    experts, projects, rules = instance(90, 9, 40, seed)
    plan, chance = _kept(experts, projects, rules), random.Random(seed)
    for _ in range(15):
        row, place = chance.randrange(len(experts)), chance.randrange(len(projects))
        before = plan.offers
        experts[row] = expert(experts[row].ls_user_id, chance)
        change = plan.person(experts[row])
        assert plan.offers == before - set(change.dropped) | set(change.added) and _broken(plan.offers, experts, projects, rules) == []
        before, needs = plan.offers, dataclasses.replace(projects[place].needs, hours_a_week=chance.choice((2, 8, 12)))
        projects[place] = dataclasses.replace(projects[place], places_left=chance.randint(0, 9), needs=needs)
        change = plan.project(projects[place])
        assert plan.offers == before - set(change.dropped) | set(change.added) and _broken(plan.offers, experts, projects, rules) == []
    assert len(plan.offers) >= 0.93 * len(make_plan(experts, projects, rules).offers)


def test_a_pause_gives_the_place_to_the_next_and_its_end_takes_it_from_nobody() -> None:
    """Nobody loses a planned offer for a fit that is a little better."""
    experts = [an_expert(number) for number in (1, 2)]
    plan = _kept(experts, [a_project()], RULES)
    ((first, _),) = plan.offers
    second = 3 - first
    change = plan.person(an_expert(first, says={"paused_until": RULES.today.replace(year=2027)}))
    assert (change.added, change.dropped) == (((second, 1),), ((first, 1),))
    change = plan.person(an_expert(first, says={"preferred_kinds": ()}))
    assert (change.added, change.dropped) == ((), ()) and plan.offers == {(second, 1)}


def test_more_places_are_filled_and_fewer_taken_back() -> None:
    """A project that grows, shrinks, closes."""
    plan = _kept([an_expert(number) for number in range(1, 6)], [a_project(7, 2)], RULES)
    assert len(plan.project(a_project(7, 4)).added) == 2 and len(plan.offers) == 4
    assert len(plan.project(a_project(7, 1)).dropped) == 3 and len(plan.offers) == 1
    assert len(plan.project(a_project(7, 0)).dropped) == 1 and plan.offers == frozenset()
