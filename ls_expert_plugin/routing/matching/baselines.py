"""Baselines of the assignment: greedy by fit, and first come, first served. Pure; for comparison, never for a plan."""

from __future__ import annotations

import numpy as np

from ls_expert_plugin.routing.matching.assignment import Problem, Solution, value_of


def greedy(problem: Problem) -> Solution:
    """The best pair that is still possible, again and again."""
    return _taken(problem, np.argsort(-problem.pairs.weights, kind="stable"))


def first_come(problem: Problem, arrival: np.ndarray) -> Solution:
    """Project by project in their order, and in each whoever came first. ``arrival``: for each row, the smaller the earlier."""
    return _taken(problem, np.lexsort((arrival[problem.pairs.rows], problem.pairs.projects)))


def _taken(problem: Problem, order: np.ndarray) -> Solution:
    rows, projects = problem.pairs.rows[order].tolist(), problem.pairs.projects[order].tolist()
    slots, free, places, needed = problem.slots.tolist(), problem.hours_free.tolist(), problem.places.tolist(), problem.hours_needed.tolist()
    chosen: list[int] = []
    for pair, row, project in zip(order.tolist(), rows, projects, strict=True):
        if places[project] > 0 and slots[row] > 0 and free[row] >= needed[project]:
            places[project] -= 1
            slots[row] -= 1
            free[row] -= needed[project]
            chosen.append(pair)
    found = np.array(sorted(chosen), np.int64)
    return Solution(found, value_of(problem, found), value_of(problem, found))
