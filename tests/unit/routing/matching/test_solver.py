"""The solver against the exact one, on seeded small problems, and what it does where hours are the matter. Pure."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ls_expert_plugin.routing.matching.assignment import value_of, violations
from ls_expert_plugin.routing.matching.exact import solve_exactly
from ls_expert_plugin.routing.matching.solver import best_fitting, fitting_slots, solve
from tests.support.builders.matching import small_problem


@pytest.mark.parametrize("block", range(4))
def test_the_flow_finds_the_optimum(block: int) -> None:
    """200 problems: as many places, as many of those who waited, as much weight as HiGHS finds, within all capacities."""
    for seed in range(50 * block, 50 * block + 50):
        problem = small_problem(seed, hours=seed % 4 == 0)
        found, exact = solve(problem), solve_exactly(problem)
        assert found.value == value_of(problem, found.chosen) == exact.value, seed
        assert found.is_optimal and violations(problem, found.chosen) == [], seed


def test_where_hours_are_too_many_to_solve_exactly_the_bound_holds() -> None:
    """Repaired solutions keep within everybody's hours, lose little, and never claim to be optimal where they are not."""
    lost = places = 0
    for seed in range(60):
        problem = small_problem(seed)
        repaired, exact = solve(problem, most_exact_pairs=0), solve_exactly(problem)
        assert violations(problem, repaired.chosen) == [], seed
        assert repaired.value.key <= exact.value.key <= repaired.bound.key, seed
        assert not repaired.is_optimal or repaired.value == exact.value, seed
        lost, places = lost + exact.value.filled - repaired.value.filled, places + exact.value.filled
    assert lost < places * 0.08


def test_the_same_problem_has_the_same_solution() -> None:
    """Twice, and with all weights equal."""
    problem = small_problem(3, 30, 8)
    even = dataclasses.replace(problem, pairs=dataclasses.replace(problem.pairs, weights=np.full_like(problem.pairs.weights, 5)))
    for one in (problem, even):
        assert solve(one).chosen.tolist() == solve(one).chosen.tolist()


def test_who_has_waited_comes_before_fit_and_never_costs_a_place() -> None:
    """One place: the one who waited gets it. A place more: both are served."""
    problem = small_problem(1, 2, 1, hours=False)
    pairs = dataclasses.replace(
        problem.pairs, rows=np.array([0, 1], np.int32), projects=np.zeros(2, np.int32), weights=np.array([64_000, 64], np.int32),
    )
    some = np.ones(2, np.int32)
    problem = dataclasses.replace(problem, pairs=pairs, slots=some, waited=np.array([False, True]), places=np.array([1], np.int32))
    assert solve(problem).chosen.tolist() == [1]
    assert solve(dataclasses.replace(problem, waited=np.zeros(2, bool))).chosen.tolist() == [0]
    assert solve(dataclasses.replace(problem, places=np.array([2], np.int32))).chosen.tolist() == [0, 1]


def test_hours_bound_how_many_projects_fit_and_which_are_kept() -> None:
    """10 hours hold two of 3, 6 and 8 hours; the two that are worth more of those that fit are kept."""
    problem = small_problem(1, 1, 3)
    pairs = dataclasses.replace(
        problem.pairs, rows=np.zeros(3, np.int32), projects=np.arange(3, dtype=np.int32), weights=np.array([5, 6, 9], np.int32),
    )
    problem = dataclasses.replace(
        problem, pairs=pairs, slots=np.array([3], np.int32), hours_free=np.array([10], np.int32), waited=np.zeros(1, bool),
        places=np.ones(3, np.int32), hours_needed=np.array([3, 6, 8], np.int32),
    )
    assert fitting_slots(problem).tolist() == [2]
    assert sorted(best_fitting(problem, np.arange(3))) == [0, 1]
    assert solve(problem).chosen.tolist() == [0, 1] == solve(problem, most_exact_pairs=0).chosen.tolist()


def test_nothing_to_give_is_no_error() -> None:
    """No pairs, no places, nobody with room."""
    problem = small_problem(2)
    for empty in (
        dataclasses.replace(problem, places=np.zeros_like(problem.places)), dataclasses.replace(problem, slots=np.zeros_like(problem.slots)),
        small_problem(2, 0, 0),
    ):
        assert solve(empty).chosen.tolist() == [] == solve_exactly(empty).chosen.tolist()
