"""Incremental re-optimization: after a change of one person or project only the neighbourhood that it touches is solved again.

The neighbourhood is the projects that the change is about, whoever is planned for them, and the best of those who have room. Within it the solution is
optimal, everything outside stays as it was. A whole plan now and then finds what only a longer chain of changes would.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ls_expert_plugin.routing.matching.assignment import Problem, problem_of, value_of, violations
from ls_expert_plugin.routing.matching.conditions import Conditions
from ls_expert_plugin.routing.matching.fit import Fit
from ls_expert_plugin.routing.matching.pairs import TIE_BREAKS, Column, Pairs, column, weighed
from ls_expert_plugin.routing.matching.population import Population, encode
from ls_expert_plugin.routing.matching.solver import solve
from ls_expert_plugin.routing.matching.values import Expert, MatchingRules, OpenProject

# How far a neighbourhood reaches: projects of one change, and people beside those planned, for each project.
MOST_PROJECTS = 12
PEOPLE_BESIDE = 10


@dataclass(frozen=True)
class Change:
    """What became of a plan by one change: pairs of Label Studio's ids, (person, project), in order."""

    added: tuple[tuple[int, int], ...] = ()
    dropped: tuple[tuple[int, int], ...] = ()


class Replanning:
    """A plan that is kept up to date, for one process and thread. ``pairs`` and ``chosen`` are of a solution for these people and projects."""

    def __init__(
        self, people: Population, projects: Sequence[OpenProject], rules: MatchingRules, pairs: Pairs, chosen: np.ndarray,
        conditions: Conditions | None = None,
    ) -> None:
        self._rules, self._people, self._projects = rules, people, list(projects)
        self._conditions = conditions or Conditions(people, rules)
        self._fit = Fit(people)
        problem = problem_of(pairs, people, projects, rules)
        self._slots, self._hours, self._waited = problem.slots.copy(), problem.hours_free.copy(), problem.waited.copy()
        self._places, self._needed = problem.places.copy(), problem.hours_needed.copy()
        ends: Any = np.searchsorted(pairs.projects, np.arange(len(self._projects) + 1))
        self._columns: list[Column] = [(pairs.rows[start:end], pairs.weights[start:end]) for start, end in zip(ends, ends[1:], strict=False)]
        self._row_of = {who: row for row, who in enumerate(people.ls_user_ids.tolist())}
        self._place_of = {one.ls_project_id: place for place, one in enumerate(self._projects)}
        self._of_domain: defaultdict[str, set[int]] = defaultdict(set)
        for place, one in enumerate(self._projects):
            self._of_domain[one.project.domain or ""].add(place)
        self._changed: dict[int, tuple[Conditions, Fit]] = {}  # rows that the arrays of the population no longer describe
        self._planned: defaultdict[int, set[int]] = defaultdict(set)
        self._members: defaultdict[int, set[int]] = defaultdict(set)
        self._taken, self._busy = np.zeros(len(people), np.int64), np.zeros(len(people), np.int64)
        for row, place in zip(pairs.rows[chosen].tolist(), pairs.projects[chosen].tolist(), strict=True):
            self._put(row, place)

    @property
    def rules(self) -> MatchingRules:
        """What this plan is kept by, the same moment for all its changes."""
        return self._rules

    @property
    def offers(self) -> frozenset[tuple[int, int]]:
        """The pairs of the plan, as Label Studio's ids of person and project."""
        return frozenset(self._named((row, place) for row, places in self._planned.items() for place in places))

    def person(self, expert: Expert) -> Change:
        """Somebody has changed: what they said, what is known of them, what they have taken on. Raises ``KeyError`` for somebody new."""
        row = self._row_of[expert.ls_user_id]
        alone = encode([expert], self._rules)
        conditions = Conditions(alone, self._rules)
        fit = Fit(alone)
        domains = self._domains_of(row) | {one.domain for one in expert.candidate.verifications}
        self._changed[row] = conditions, fit
        self._slots[row], self._hours[row] = alone.slots[0], alone.hours_free[0]
        self._waited[row] = alone.waiting_days[0] >= self._rules.floor_days and alone.projects_now[0] == 0
        weights: dict[int, int] = {}
        for place, project in ((place, self._projects[place]) for domain in sorted(domains) for place in sorted(self._of_domain[domain])):
            rows, old = self._columns[place]
            at = int(np.searchsorted(rows, row))
            there = at < len(rows) and int(rows[at]) == row
            if project.places_left > 0 and len(conditions.meeting(project)):
                weights[place] = int(weighed(alone, fit, np.zeros(1, np.int64), project, self._rules)[0])
                if there:
                    old = old.copy()
                    old[at] = weights[place]
                    self._columns[place] = rows, old
                else:
                    self._columns[place] = np.insert(rows, at, row), np.insert(old, at, weights[place])
            elif there:
                self._columns[place] = np.delete(rows, at), np.delete(old, at)
        best = sorted(weights, key=lambda place: (-weights[place], place))[:MOST_PROJECTS]
        return self._solve_around({row}, {*best, *self._planned[row]})

    def project(self, project: OpenProject) -> Change:
        """A project has changed: what it asks for, its places, who was asked. Raises ``KeyError`` for a new one."""
        place = self._place_of[project.ls_project_id]
        self._of_domain[self._projects[place].project.domain or ""].discard(place)
        self._of_domain[project.project.domain or ""].add(place)
        self._projects[place] = project
        self._places[place], self._needed[place] = max(0, project.places_left), project.needs.hours_a_week or 0
        rows, weights = column(self._conditions, self._fit, project, self._rules)
        keep = ~np.isin(rows, np.fromiter(self._changed, np.int64, len(self._changed)))
        merged = dict(zip(rows[keep].tolist(), weights[keep].tolist(), strict=True)) if self._changed else None
        for row, (conditions, fit) in self._changed.items():
            if project.places_left > 0 and len(conditions.meeting(project)) and merged is not None:
                merged[row] = int(weighed(conditions.population, fit, np.zeros(1, np.int64), project, self._rules)[0])
        if merged is not None:
            rows = np.array(sorted(merged), np.int32)
            weights = np.array([merged[row] for row in rows.tolist()], np.int32)
        self._columns[place] = rows, weights
        for row in self._members[place]:
            self._busy[row] = sum(int(self._needed[one]) for one in self._planned[row])
        near = rows[np.argsort(-weights, kind="stable")[: 3 * int(self._places[place]) + PEOPLE_BESIDE]].tolist()
        around = [place, *sorted({one for row in near for one in self._planned[row]})]
        return self._solve_around(set(self._members[place]), set(around[:MOST_PROJECTS]))

    def _solve_around(self, rows: set[int], places: set[int]) -> Change:
        inside = sorted(places)
        before = {(row, place) for place in inside for row in self._members[place]}
        people = sorted(rows | {row for row, _ in before} | set(self._beside(inside)))
        for row, place in before:
            self._take(row, place)
        problem = self._part(people, inside)
        local_rows, local_places = {row: at for at, row in enumerate(people)}, {place: at for at, place in enumerate(inside)}
        local = [local_places[place] * len(people) + local_rows[row] for row, place in before]
        kept = np.flatnonzero(np.isin(problem.pairs.projects.astype(np.int64) * len(people) + problem.pairs.rows, local))
        weights = problem.pairs.weights.copy()
        weights[kept] += self._rules.keep_points * TIE_BREAKS
        problem = replace(problem, pairs=replace(problem.pairs, weights=weights))
        solution = solve(problem, most_exact_pairs=0)
        best = solution.chosen
        if len(kept) == len(before) and not violations(problem, kept) and value_of(problem, kept).key >= solution.value.key:
            best = kept  # the repair of hours found nothing better
        rows_there, places_there = problem.pairs.rows[best].tolist(), problem.pairs.projects[best].tolist()
        after = {(people[row], inside[place]) for row, place in zip(rows_there, places_there, strict=True)}
        for row, place in after:
            self._put(row, place)
        return Change(tuple(sorted(self._named(after - before))), tuple(sorted(self._named(before - after))))

    def _part(self, people: Sequence[int], inside: Sequence[int]) -> Problem:
        """The problem of these people and projects alone, with what is left of everybody's capacities outside."""
        at = np.full(len(self._slots), -1, np.int32)
        at[people] = np.arange(len(people), dtype=np.int32)
        rows, places, weights = [], [], []
        for number, place in enumerate(inside):
            here = at[self._columns[place][0]]
            mask = here >= 0
            rows.append(here[mask])
            weights.append(self._columns[place][1][mask])
            places.append(np.full(int(mask.sum()), number, np.int32))
        empty = np.zeros(0, np.int32)
        pairs = Pairs(*(np.concatenate([empty, *some]).astype(np.int32) for some in (rows, places, weights)))
        return Problem(
            pairs, (self._slots[people] - self._taken[people]).clip(0).astype(np.int32), self._hours[people] - self._busy[people],
            self._waited[people] & (self._taken[people] == 0), self._places[list(inside)], self._needed[list(inside)],
        )

    def _beside(self, places: Iterable[int]) -> Iterable[int]:
        """The best people with room for each of these projects."""
        for place in places:
            rows, weights = self._columns[place]
            room = (self._slots[rows] > self._taken[rows]) & (self._hours[rows] - self._busy[rows] >= self._needed[place])
            rows, weights = rows[room], weights[room]
            most = int(self._places[place]) + PEOPLE_BESIDE
            if len(rows) > most:
                rows = rows[np.argpartition(-weights, most)[:most]]
            yield from rows.tolist()

    def _domains_of(self, row: int) -> set[str]:
        """Domains in which this row was verified when it was last looked at."""
        people, at = (self._changed[row][0].population, 0) if row in self._changed else (self._people, row)
        return {domain for domain in people.levels if (rows := people.rows[("domain", domain)])[min(np.searchsorted(rows, at), len(rows) - 1)] == at}

    def _put(self, row: int, place: int) -> None:
        self._planned[row].add(place)
        self._members[place].add(row)
        self._taken[row] += 1
        self._busy[row] += self._needed[place]

    def _take(self, row: int, place: int) -> None:
        self._planned[row].discard(place)
        self._members[place].discard(row)
        self._taken[row] -= 1
        self._busy[row] -= self._needed[place]

    def _named(self, found: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
        return ((int(self._people.ls_user_ids[row]), self._projects[place].ls_project_id) for row, place in found)
