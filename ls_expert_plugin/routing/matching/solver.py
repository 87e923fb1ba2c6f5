"""Optimal assignment by min-cost flow (OR-Tools), and what is no flow in it: hours.

Places and numbers of projects are capacities of a flow, so its optimum is that of the problem. Hours a week are a knapsack for each person. They are
first put into the capacities (how many of somebody's projects can fit at all); where the optimum still gives somebody more hours than they
have, a small problem goes to the exact solver, and a large one is repaired: people keep the best that fits, and what that leaves free is
given away again. The flow's optimum remains as the bound, so a plan can say how far from the best it can be at most.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.routing.matching.assignment import Problem, Solution, hours_taken, restricted, value_of

# Up to so many pairs the exact solver is asked where hours are the matter.
MOST_EXACT_PAIRS = 5_000
# Of a person's projects, so many are tried in every combination.
MOST_COMBINED = 10


def solve(problem: Problem, *, most_exact_pairs: int = MOST_EXACT_PAIRS) -> Solution:
    """A solution; ``is_optimal`` says whether it is proved to be the best. The same problem always has the same."""
    slots = np.minimum(problem.slots, fitting_slots(problem))
    chosen = _flow(replace(problem, slots=slots))
    bound = value_of(problem, chosen)
    over = _overbooked(problem, chosen)
    if not len(over):
        return Solution(chosen, bound, bound)
    if len(problem.pairs) <= most_exact_pairs:
        from ls_expert_plugin.routing.matching.exact import solve_exactly  # SciPy's optimizer takes a second to import

        return solve_exactly(problem)
    chosen = _repaired(replace(problem, slots=slots), chosen, over)
    return Solution(chosen, value_of(problem, chosen), bound)


def fitting_slots(problem: Problem) -> np.ndarray:
    """For each row, how many of the projects of its pairs fit into its hours at most: the shortest first."""
    pairs = problem.pairs
    needed = problem.hours_needed[pairs.projects]
    order = np.lexsort((needed, pairs.rows))
    rows, sums = pairs.rows[order], np.cumsum(needed[order], dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else np.zeros(0, np.int64)
    before = np.repeat(sums[starts] - needed[order][starts], np.diff(np.r_[starts, len(rows)]))
    fits = sums - before <= problem.hours_free[rows]
    return np.bincount(rows[fits], minlength=len(problem.slots)).astype(np.int32)


def _flow(problem: Problem) -> np.ndarray:
    """The optimum without hours, as positions of pairs: source → people → projects → sink."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # half a second, and 30 MB, for those who plan

    pairs = problem.pairs
    people, heads = np.unique(pairs.rows, return_inverse=True)
    open_projects, tails = np.unique(pairs.projects, return_inverse=True)
    people_at, projects_at = 2, 2 + len(people)
    source, sink = 0, 1
    places, slots = problem.places[open_projects].astype(np.int64), problem.slots[people].astype(np.int64)
    if not len(people) or not places.sum() or not slots.sum():
        return np.zeros(0, np.int64)
    waited = problem.waited[people] & (slots > 0)
    # More than all weights of a solution together, so that whoever has waited comes before any weight.
    first = int(problem.pairs.weights.max(initial=0)) * int(places.sum()) + 1 if waited.any() else 0
    network = SimpleMinCostFlow()
    arcs = network.add_arcs_with_capacity_and_unit_cost(
        people_at + heads, projects_at + tails, np.ones(len(pairs), np.int64), -pairs.weights.astype(np.int64),
    )
    ids = people_at + np.arange(len(people))
    network.add_arcs_with_capacity_and_unit_cost(np.full(len(people), source), ids, slots - waited, np.zeros(len(people), np.int64))
    early = ids[waited]
    network.add_arcs_with_capacity_and_unit_cost(np.full(len(early), source), early, np.ones(len(early), np.int64), np.full(len(early), -first))
    network.add_arcs_with_capacity_and_unit_cost(
        projects_at + np.arange(len(open_projects)), np.full(len(open_projects), sink), places, np.zeros(len(open_projects), np.int64),
    )
    most = int(min(places.sum(), slots.sum()))
    network.set_node_supply(source, most)
    network.set_node_supply(sink, -most)
    status = network.solve_max_flow_with_min_cost()
    if status != network.OPTIMAL:
        raise ExpertError(f"The solver ended without a solution: {status}.")
    return np.flatnonzero(network.flows(arcs))


def _overbooked(problem: Problem, chosen: np.ndarray) -> np.ndarray:
    return np.flatnonzero(hours_taken(problem, chosen) > problem.hours_free)


def _repaired(problem: Problem, chosen: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Without too many hours for anybody: who has too many keeps the best that fits of what they were given and of what is free, and nothing else
    from then on; what that leaves goes to others.
    """
    pairs, settled = problem.pairs, np.zeros(len(problem.slots), bool)
    while len(over):
        places = problem.places - np.bincount(pairs.projects[chosen], minlength=len(problem.places))
        given = np.zeros(len(pairs), bool)
        given[chosen] = True
        theirs = np.flatnonzero(np.isin(pairs.rows, over))
        kept: list[int] = []
        for row in over.tolist():
            mine = theirs[pairs.rows[theirs] == row]
            able = mine[given[mine] | (places[pairs.projects[mine]] > 0)]
            keep = able[list(best_fitting(problem, able))]
            fresh = pairs.projects[keep[~given[keep]]]
            places[fresh] -= 1
            kept += keep.tolist()
        chosen, settled[over] = np.union1d(chosen[~np.isin(pairs.rows[chosen], over)], np.array(kept, np.int64)), True
        chosen = np.union1d(chosen, _given_away(problem, chosen, settled))
        over = _overbooked(problem, chosen)
    return chosen


def _given_away(problem: Problem, chosen: np.ndarray, settled: np.ndarray) -> np.ndarray:
    """Pairs for the places that are free beside those chosen, among people with room who are not settled."""
    pairs = problem.pairs
    places = problem.places - np.bincount(pairs.projects[chosen], minlength=len(problem.places))
    slots = problem.slots - np.bincount(pairs.rows[chosen], minlength=len(problem.slots))
    free = problem.hours_free - hours_taken(problem, chosen)
    mask = (places[pairs.projects] > 0) & (slots[pairs.rows] > 0) & ~settled[pairs.rows] & (free[pairs.rows] >= problem.hours_needed[pairs.projects])
    mask[chosen] = False
    which = np.flatnonzero(mask)
    waited = problem.waited.copy()
    waited[pairs.rows[chosen]] = False
    return which[_flow(replace(restricted(problem, which), places=places.astype(np.int32), slots=slots.astype(np.int32), waited=waited))]


def best_fitting(problem: Problem, mine: np.ndarray) -> tuple[int, ...]:
    """Of one person's pairs, the positions of those that fit into their hours together and are worth most: most of them, then by weight."""
    pairs = problem.pairs
    hours, weights = problem.hours_needed[pairs.projects[mine]], pairs.weights[mine]
    free = int(problem.hours_free[pairs.rows[mine[0]]])
    order = np.argsort(-weights, kind="stable")[:MOST_COMBINED]
    most = int(problem.slots[pairs.rows[mine[0]]])
    sizes = range(min(most, len(order)) + 1)
    combined: Iterable[tuple[int, ...]] = itertools.chain.from_iterable(itertools.combinations(order.tolist(), size) for size in sizes)
    fitting = [some for some in combined if sum(int(hours[one]) for one in some) <= free]
    return max(fitting, key=lambda some: (len(some), sum(int(weights[one]) for one in some)))

