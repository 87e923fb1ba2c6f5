"""Fit of experts with a project, in points: six parts, each with a maximum, computed for many people at once. Pure.

Points order people who meet every condition; they admit and refuse nobody. Their sum is at most 1,000.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from ls_expert_plugin.routing.matching.conditions import subjects
from ls_expert_plugin.routing.matching.population import HOURS_UNSAID, QUALITY_UNKNOWN, Population
from ls_expert_plugin.routing.matching.values import OpenProject
from ls_expert_plugin.routing.values import HIGHEST_LEVEL, LOWEST_LEVEL

Part = Literal["specialties", "level", "quality", "availability", "load", "waiting"]
MOST: dict[Part, int] = {"specialties": 300, "level": 200, "quality": 200, "availability": 150, "load": 50, "waiting": 100}
# Of the part for specialties: what is asked, and what the person would rather do.
ASKED, PREFERRED, NO_PREFERENCES = 200, 100, 50
# Whose work nobody has checked yet stands a little above the middle, so that beginners begin.
QUALITY_NOT_KNOWN = 120
HOURS_NOT_KNOWN = 50
LONGEST_WAIT_DAYS = 90



class Fit:
    """Points of one population. What does not depend on the project, or on its domain or hours alone, is computed once for everybody."""

    def __init__(self, people: Population) -> None:
        self._people = people
        self._known: dict[tuple[str, str | int], np.ndarray] = {}

    def parts(self, rows: np.ndarray, project: OpenProject) -> dict[Part, np.ndarray]:
        """Points of each part for these rows: int32 of their length, from 0 to ``MOST``."""
        found: dict[Part, np.ndarray] = {"specialties": self._specialties(rows, project), "level": self._level(_domain(project))[rows]}
        found["quality"], found["availability"] = self._quality()[rows], self._availability(_hours(project))[rows]
        return {**found, "load": self._load()[rows], "waiting": self._waiting()[rows]}

    def points(self, rows: np.ndarray, project: OpenProject) -> np.ndarray:
        """The sum of all parts for these rows: int32 of their length, from 0 to 1,000."""
        key = f"{_domain(project)} {_hours(project)}"
        rest = self._once(
            "rest", key,
            lambda: self._level(_domain(project)) + self._quality() + self._availability(_hours(project)) + self._load() + self._waiting(),
        )
        return self._specialties(rows, project) + rest[rows]

    def _specialties(self, rows: np.ndarray, project: OpenProject) -> np.ndarray:
        people, asked = self._people, project.project.requirement
        if asked is not None and asked.specialties:
            held = np.zeros(len(people), np.int32)
            for one in asked.specialties:
                held[people.rows.get(("specialty", asked.domain, one), _NOBODY)] += 1
            found = ASKED * held[rows] // len(asked.specialties)
        else:
            found = np.full(len(rows), ASKED, np.int32)
        extra = self._once("preferences", "", lambda: np.where(people.having(("has preferences",)), 0, NO_PREFERENCES).astype(np.int32)).copy()
        for one in subjects(project):
            extra[people.rows.get(("prefers", one), _NOBODY)] = PREFERRED
        return found + extra[rows]

    def _level(self, domain: str) -> np.ndarray:
        def computed() -> np.ndarray:
            levels = self._people.levels.get(domain, np.zeros(len(self._people), np.int8)).astype(np.int32)
            return MOST["level"] * (np.maximum(levels, LOWEST_LEVEL) - LOWEST_LEVEL) // (HIGHEST_LEVEL - LOWEST_LEVEL)
        return self._once("level", domain, computed)

    def _quality(self) -> np.ndarray:
        def computed() -> np.ndarray:
            quality = self._people.quality
            return np.where(quality == QUALITY_UNKNOWN, QUALITY_NOT_KNOWN, np.floor(MOST["quality"] * np.clip(quality, 0, 1))).astype(np.int32)
        return self._once("quality", "", computed)

    def _availability(self, needed: int) -> np.ndarray:
        """Twice the hours that are asked give everything, just enough half of it."""
        def computed() -> np.ndarray:
            free = self._people.hours_free
            return np.where(free == HOURS_UNSAID, HOURS_NOT_KNOWN, MOST["availability"] * np.minimum(free, 2 * needed) // (2 * needed)).astype(np.int32)
        return self._once("availability", needed, computed)

    def _load(self) -> np.ndarray:
        return self._once("load", "", lambda: (MOST["load"] // (1 + self._people.projects_now)).astype(np.int32))

    def _waiting(self) -> np.ndarray:
        days = self._people.waiting_days
        return self._once("waiting", "", lambda: (MOST["waiting"] * np.minimum(days, LONGEST_WAIT_DAYS) // LONGEST_WAIT_DAYS).astype(np.int32))

    def _once(self, name: str, key: str | int, computed: Callable[[], np.ndarray]) -> np.ndarray:
        if (name, key) not in self._known:
            self._known[name, key] = computed()
        return self._known[name, key]


_NOBODY = np.zeros(0, np.int32)


def _domain(project: OpenProject) -> str:
    return project.project.domain or ""


def _hours(project: OpenProject) -> int:
    return max(1, project.needs.hours_a_week or 1)
