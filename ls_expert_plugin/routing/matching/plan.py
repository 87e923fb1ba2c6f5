"""The plan for open places: who is offered what, what is new in it, and what keeps the rest unfilled. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ls_expert_plugin.routing.matching.assignment import Problem, Solution, hours_taken, problem_of
from ls_expert_plugin.routing.matching.conditions import OF_CAPACITY, Condition, Conditions
from ls_expert_plugin.routing.matching.pairs import TIE_BREAKS, Pairs, eligible_pairs
from ls_expert_plugin.routing.matching.population import Population, encode
from ls_expert_plugin.routing.matching.solver import solve
from ls_expert_plugin.routing.matching.values import Expert, MatchingRules, OpenProject

# What a project poses by itself; to do without them would break a promise, so nobody is told what they cost.
NEVER_RELAXED: frozenset[Condition] = frozenset({"role", "requirement", "settled", "conflict", "client", "use", "pause", "unwanted", "chosen_languages"})


@dataclass(frozen=True)
class PlannedOffer:
    """One place for one person. ``points``: their fit, 0 to 1,000."""

    ls_user_id: int
    ls_project_id: int
    points: int

    @property
    def pair(self) -> tuple[int, int]:
        """Label Studio's ids of person and project, by which plans are compared."""
        return self.ls_user_id, self.ls_project_id


@dataclass(frozen=True)
class Unfilled:
    """A project with places that nobody gets. ``costs``: condition → how many of them would be filled without it, only those above 0."""

    ls_project_id: int
    places: int
    costs: Mapping[Condition, int]

    @property
    def dearest(self) -> Condition | None:
        """The condition that costs most; None where no single one would help."""
        return max(self.costs, key=lambda name: self.costs[name], default=None)


@dataclass(frozen=True)
class Plan:
    """Who would be offered what, by project and person. ``places`` were to be filled; ``could_fill`` is the most that was possible with
    the pairs that were looked at.

    ``costs``: condition → how many more places would be filled in all if it alone were not posed. ``waiting``: people who meet everything
    somewhere, have waited long and get nothing. ``left_out``: pairs that were not looked at because there were too many.
    """

    offers: tuple[PlannedOffer, ...]
    places: int
    could_fill: int
    unfilled: tuple[Unfilled, ...]
    costs: Mapping[Condition, int]
    waiting: int
    is_optimal: bool
    left_out: int = 0

    @property
    def dearest(self) -> Condition | None:
        """The one condition that costs most places in all; None where no single one would help."""
        return max(self.costs, key=lambda name: self.costs[name], default=None)


@dataclass(frozen=True)
class Difference:
    """What one plan has and the other has not, each by project and person."""

    added: tuple[PlannedOffer, ...]
    dropped: tuple[PlannedOffer, ...]
    kept: int


def make_plan(experts: Sequence[Expert], projects: Sequence[OpenProject], rules: MatchingRules) -> Plan:
    """The best plan there is for these people and projects; the same for the same, whatever order they come in."""
    people = encode(sorted(experts, key=lambda one: one.ls_user_id), rules)
    ordered = sorted(projects, key=lambda one: one.ls_project_id)
    conditions = Conditions(people, rules)
    pairs = eligible_pairs(conditions, ordered, rules)
    problem = problem_of(pairs, people, ordered, rules)
    return as_plan(people, ordered, conditions, problem, solve(problem))


def as_plan(people: Population, projects: Sequence[OpenProject], conditions: Conditions, problem: Problem, solution: Solution) -> Plan:
    """A solution by the names of people and projects, with what keeps the rest unfilled."""
    pairs, chosen = problem.pairs, solution.chosen
    order = chosen[np.lexsort((people.ls_user_ids[pairs.rows[chosen]], pairs.projects[chosen]))]
    offers = tuple(
        PlannedOffer(int(people.ls_user_ids[row]), projects[place].ls_project_id, int(weight) // TIE_BREAKS)
        for row, place, weight in zip(pairs.rows[order].tolist(), pairs.projects[order].tolist(), pairs.weights[order].tolist(), strict=True)
    )
    empty = problem.places - np.bincount(pairs.projects[chosen], minlength=len(projects))
    costs, total = what_it_costs(people, projects, conditions, problem, chosen)
    unfilled = tuple(
        Unfilled(projects[place].ls_project_id, int(empty[place]), costs.get(place, {})) for place in np.flatnonzero(empty > 0).tolist()
    )
    served = np.zeros(len(people), bool)
    served[pairs.rows[chosen]] = True
    waiting = int((problem.waited & ~served)[np.unique(pairs.rows)].sum())
    return Plan(offers, int(problem.places.sum()), solution.bound.filled, unfilled, total, waiting, solution.is_optimal and not pairs.left_out, pairs.left_out)


def what_it_costs(
    people: Population, projects: Sequence[OpenProject], conditions: Conditions, problem: Problem, chosen: np.ndarray,
) -> tuple[dict[int, dict[Condition, int]], dict[Condition, int]]:
    """For each position of a project with empty places, and in all: how many more would be filled without one condition.

    Everybody keeps what they are planned for; counted are people who fail this condition alone and have room.
    """
    pairs = problem.pairs
    empty = problem.places - np.bincount(pairs.projects[chosen], minlength=len(projects))
    room = problem.slots - np.bincount(pairs.rows[chosen], minlength=len(people))
    hours = problem.hours_free - hours_taken(problem, chosen)
    alone: dict[Condition, list[tuple[int, np.ndarray]]] = {}
    for place in np.flatnonzero(empty > 0).tolist():
        masks = conditions.of(projects[place])
        failed = np.sum([~mask for mask in masks.values()], axis=0)
        for name, mask in masks.items():
            if name not in NEVER_RELAXED:
                able = ~mask & (failed == 1)
                if name not in OF_CAPACITY:
                    able &= (room > 0) & (hours >= problem.hours_needed[place])
                if len(rows := np.flatnonzero(able)):
                    alone.setdefault(name, []).append((place, rows))
    each: dict[int, dict[Condition, int]] = {}
    total: dict[Condition, int] = {}
    for name, found in alone.items():
        filled = _filled(problem, found, empty, np.ones_like(room) if name in OF_CAPACITY else room)
        total[name] = sum(filled.values())
        for place, rows in found:
            each.setdefault(place, {})[name] = min(int(empty[place]), len(rows))
    return each, {name: count for name, count in total.items() if count}


def _filled(problem: Problem, found: Iterable[tuple[int, np.ndarray]], empty: np.ndarray, room: np.ndarray) -> Counter[int]:
    several = list(found)
    rows = np.concatenate([rows for _, rows in several]).astype(np.int32)
    places = np.concatenate([np.full(len(rows), place, np.int32) for place, rows in several])
    pairs = Pairs(rows, places, np.ones(len(rows), np.int32))
    nobody = np.zeros(len(problem.slots), bool)
    without_hours = np.zeros(len(empty), np.int32)
    solution = solve(replace(problem, pairs=pairs, places=empty.astype(np.int32), slots=room.astype(np.int32), waited=nobody, hours_needed=without_hours))
    return Counter(places[solution.chosen].tolist())


def difference(plan: Iterable[PlannedOffer], former: Iterable[PlannedOffer]) -> Difference:
    """What is new against a former plan, and what is no longer there."""
    now, then = {one.pair: one for one in plan}, {one.pair: one for one in former}
    order = lambda one: (one.ls_project_id, one.ls_user_id)  # noqa: E731  # used twice below
    return Difference(
        tuple(sorted((one for pair, one in now.items() if pair not in then), key=order)),
        tuple(sorted((one for pair, one in then.items() if pair not in now), key=order)),
        len(now.keys() & then.keys()),
    )
