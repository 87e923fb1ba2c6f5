"""Exact assignment by mixed-integer programming (HiGHS, through SciPy), hours included: for small problems, and as the oracle of others.

Three programs in a row, so that no large weight stands in for an order: most places, then most of those who waited, then most weight.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, identity, vstack

from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.routing.matching.assignment import Problem, Solution, value_of


def solve_exactly(problem: Problem) -> Solution:
    """An optimal solution. Takes seconds beyond some ten thousand pairs."""
    pairs, count, people = problem.pairs, len(problem.pairs), len(problem.slots)
    if count == 0:
        nothing = np.zeros(0, np.int64)
        return Solution(nothing, value_of(problem, nothing), value_of(problem, nothing))
    waited = np.flatnonzero(problem.waited)
    ones, which = np.ones(count), np.arange(count)
    by_row = csr_array((ones, (pairs.rows, which)), (people, count))
    by_project = csr_array((ones, (pairs.projects, which)), (len(problem.places), count))
    by_hours = csr_array((problem.hours_needed[pairs.projects].astype(float), (pairs.rows, which)), (people, count))
    # One more variable for each who has waited: at most 1, and at most what they get.
    served = hstack([-by_row[waited], identity(len(waited), format="csr")], format="csr")
    wide = hstack([vstack([by_row, by_project, by_hours]), csr_array((2 * people + len(problem.places), len(waited)))], format="csr")
    limits = [
        LinearConstraint(wide, -np.inf, np.concatenate([problem.slots, problem.places, problem.hours_free]).astype(float)),
        LinearConstraint(served, -np.inf, np.zeros(len(waited))),
    ]
    pad = np.zeros(len(waited))
    goals = [
        np.concatenate([ones, pad]), np.concatenate([np.zeros(count), np.ones(len(waited))]),
        np.concatenate([pairs.weights.astype(float), pad]),
    ]
    for place, goal in enumerate(goals):
        found = milp(-goal, constraints=limits, integrality=np.ones(len(goal)), bounds=Bounds(0, 1), options={"mip_rel_gap": 0.0})
        if found.x is None:
            raise ExpertError(f"The solver found no solution: {found.message}")
        if place < len(goals) - 1:
            limits.append(LinearConstraint(csr_array(goal[np.newaxis]), round(float(goal @ found.x)), np.inf))
    chosen = np.flatnonzero(found.x[:count] > 0.5)
    value = value_of(problem, chosen)
    return Solution(chosen, value, value)
