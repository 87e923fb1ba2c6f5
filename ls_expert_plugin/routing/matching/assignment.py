"""The assignment problem: who may get which place under which capacities, and what a solution of it is worth. Pure.

Solutions are compared by places filled, then by how many of those who have waited get one, then by the sum of weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ls_expert_plugin.routing.matching.pairs import Pairs, has_waited
from ls_expert_plugin.routing.matching.population import Population
from ls_expert_plugin.routing.matching.values import MatchingRules, OpenProject


@dataclass(frozen=True)
class Problem:
    """``slots``, ``hours_free`` and ``waited`` (bool) have a value for each row, ``places`` and ``hours_needed`` for each project."""

    pairs: Pairs
    slots: np.ndarray
    hours_free: np.ndarray
    waited: np.ndarray
    places: np.ndarray
    hours_needed: np.ndarray


@dataclass(frozen=True)
class Value:
    """What a solution is worth; a larger tuple is better."""

    filled: int
    waited_served: int
    weight: int

    @property
    def key(self) -> tuple[int, int, int]:
        """The order in which solutions are compared."""
        return self.filled, self.waited_served, self.weight


@dataclass(frozen=True)
class Solution:
    """``chosen``: positions of pairs, ascending. ``bound``: no solution is worth more; equal to ``value`` where the solution is optimal."""

    chosen: np.ndarray
    value: Value
    bound: Value

    @property
    def is_optimal(self) -> bool:
        """Whether the solver has proved that nothing is better."""
        return self.value == self.bound


def problem_of(pairs: Pairs, people: Population, projects: Sequence[OpenProject], rules: MatchingRules) -> Problem:
    """The problem of these pairs, with the capacities of people and projects as they are."""
    count = len(projects)
    return Problem(
        pairs, people.slots, people.hours_free, has_waited(people, rules),
        np.fromiter((max(0, one.places_left) for one in projects), np.int32, count),
        np.fromiter((one.needs.hours_a_week or 0 for one in projects), np.int32, count),
    )


def value_of(problem: Problem, chosen: np.ndarray) -> Value:
    """What these pairs are worth together."""
    rows = problem.pairs.rows[chosen]
    return Value(len(chosen), int(problem.waited[np.unique(rows)].sum()), int(problem.pairs.weights[chosen].sum(dtype=np.int64)))


def hours_taken(problem: Problem, chosen: np.ndarray) -> np.ndarray:
    """Hours a week that these pairs take from each row."""
    return np.bincount(problem.pairs.rows[chosen], problem.hours_needed[problem.pairs.projects[chosen]], len(problem.slots)).astype(np.int64)


def violations(problem: Problem, chosen: np.ndarray) -> list[str]:
    """What these pairs break, in words; nothing for a solution."""
    pairs, found = problem.pairs, []
    if len(np.unique(chosen)) != len(chosen):
        found.append("a pair twice")
    if (np.bincount(pairs.rows[chosen], minlength=len(problem.slots)) > problem.slots).any():
        found.append("more projects than somebody takes")
    if (np.bincount(pairs.projects[chosen], minlength=len(problem.places)) > problem.places).any():
        found.append("more experts than there are places")
    if (hours_taken(problem, chosen) > problem.hours_free).any():
        found.append("more hours than somebody has")
    return found


def restricted(problem: Problem, kept: np.ndarray) -> Problem:
    """The same with these pairs alone, given as a mask or as positions in ascending order."""
    pairs = problem.pairs
    return replace(problem, pairs=replace(pairs, rows=pairs.rows[kept], projects=pairs.projects[kept], weights=pairs.weights[kept]))
