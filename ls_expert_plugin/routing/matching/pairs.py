"""Eligible pairs of experts and projects as sparse coordinates with their points, project by project. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ls_expert_plugin.routing.matching.conditions import Conditions
from ls_expert_plugin.routing.matching.fit import Fit
from ls_expert_plugin.routing.matching.population import Population
from ls_expert_plugin.routing.matching.values import MatchingRules, OpenProject

# Bounds the memory: beyond that a project keeps its best pairs, those of people who have waited first, and the plan says so.
MOST_PAIRS = 1_500_000
LEAST_KEPT = 300
# Equal points are told apart by a number below this, made of the seed and both ids.
TIE_BREAKS = 64
_BEYOND_ALL_WEIGHTS = 1 << 20
# Until it is known how many there are, a project keeps so many times its share.
_AT_FIRST = 4
Column = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Pairs:
    """Pairs that may be matched, as arrays of one length: ``rows`` of the population (int32), ``projects`` as positions in the list of projects
    (int32, ascending), ``weights`` (int32): points times ``TIE_BREAKS`` and the tie-break. ``left_out``: pairs beyond the bound.
    """

    rows: np.ndarray
    projects: np.ndarray
    weights: np.ndarray
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def points(self) -> np.ndarray:
        """Points without the tie-break, int32 of the same length."""
        return self.weights // TIE_BREAKS


def eligible_pairs(conditions: Conditions, projects: Sequence[OpenProject], rules: MatchingRules, *, most: int = MOST_PAIRS) -> Pairs:
    """All pairs that meet every condition of a project with places left."""
    fit, places = Fit(conditions.population), sum(project.places_left for project in projects)
    waited = has_waited(conditions.population, rules)
    shares = [max(LEAST_KEPT, most * project.places_left // max(1, places)) for project in projects]
    found: list[Column] = []
    left_out = 0
    for project, share in zip(projects, shares, strict=True):
        kept, beyond = _best(*column(conditions, fit, project, rules), waited, _AT_FIRST * share)
        found.append(kept)
        left_out += beyond
    if sum(len(rows) for rows, _ in found) > most:
        for place, share in enumerate(shares):
            found[place], beyond = _best(*found[place], waited, share)
            left_out += beyond
    rows, weights = [rows for rows, _ in found], [weights for _, weights in found]
    sizes = np.fromiter((len(one) for one in rows), np.int64, len(rows))
    return Pairs(
        np.concatenate(rows) if rows else np.zeros(0, np.int32), np.repeat(np.arange(len(rows), dtype=np.int32), sizes),
        np.concatenate(weights) if weights else np.zeros(0, np.int32), left_out,
    )


def _best(rows: np.ndarray, weights: np.ndarray, waited: np.ndarray, most: int) -> tuple[Column, int]:
    """The best of one project's pairs, and how many are beyond."""
    if len(rows) <= most:
        return (rows, weights), 0
    best = np.sort(np.argsort(-(weights + waited[rows] * _BEYOND_ALL_WEIGHTS), kind="stable")[:most])
    return (rows[best], weights[best]), len(rows) - most


def has_waited(people: Population, rules: MatchingRules) -> np.ndarray:
    """Who has waited long enough for a first project to come before fit: bool with a value for each row."""
    return (people.waiting_days >= rules.floor_days) & (people.projects_now == 0)


def column(conditions: Conditions, fit: Fit, project: OpenProject, rules: MatchingRules) -> tuple[np.ndarray, np.ndarray]:
    """One project's pairs: rows (int32, ascending) and weights (int32) of those who may be matched with it."""
    if project.places_left <= 0:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    rows = conditions.meeting(project)
    return rows.astype(np.int32), weighed(conditions.population, fit, rows, project, rules)


def weighed(people: Population, fit: Fit, rows: np.ndarray, project: OpenProject, rules: MatchingRules) -> np.ndarray:
    """Points and tie-break of these rows in one number: int32 of their length."""
    mixed = people.ls_user_ids[rows].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= np.uint64((project.ls_project_id * 0xC2B2AE3D27D4EB4F + rules.seed * 0x165667B19E3779F9) % 2**64)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return fit.points(rows, project) * TIE_BREAKS + (mixed >> np.uint64(58)).astype(np.int32)
