"""People and projects for tests of matching: verified in medicine unless told otherwise, with everything else left open."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np

from ls_expert_plugin.routing.matching.assignment import Problem
from ls_expert_plugin.routing.matching.availability import Availability
from ls_expert_plugin.routing.matching.pairs import Pairs
from ls_expert_plugin.routing.matching.values import Expert, MatchingRules, OpenProject, ProjectNeeds
from ls_expert_plugin.routing.values import Candidate, CheckedLicence, Language, Project, Requirement
from ls_expert_plugin.vetting.values import Verification

NOW = dt.datetime(2026, 12, 1, 9, tzinfo=dt.timezone.utc)
RULES = MatchingRules(NOW)
_OF_PROJECT = {"invited", "invited_until", "fitting"}
_OF_NEEDS = {field.name for field in dataclasses.fields(ProjectNeeds)}


def verified(domain: str = "medicine", specialties: tuple[str, ...] = ("cardiology",), level: int | None = 3, status: str = "verified") -> Verification:
    """A verification without an end."""
    return Verification(1, 1, domain, status, None, "", 1, NOW, specialties, level)


def an_expert(number: int = 1, *verifications: Verification, says: dict[str, Any] | None = None, **more: Any) -> Expert:
    """Somebody who works in English and has a German licence; ``says`` goes to their availability."""
    candidate = Candidate(number, more.pop("is_manager", False), verifications or (verified(),), (CheckedLicence("md", "Germany", None),), (Language("en"),))
    return Expert(candidate, Availability(**(says or {})), **more)


def a_project(number: int = 1, places: int = 1, domain: str = "medicine", **more: Any) -> OpenProject:
    """A project that asks for its domain alone; more goes to its needs, its requirement or the project."""
    of_project = {name: more.pop(name) for name in [*more] if name in _OF_PROJECT}
    of_needs = {name: more.pop(name) for name in [*more] if name in _OF_NEEDS}
    conflicts, settled = more.pop("conflicts", frozenset()), more.pop("settled", {})
    project = Project(number, f"Project {number}", Requirement(domain, **more), **of_project)
    return OpenProject(project, ProjectNeeds(places, **of_needs), places, conflicts, settled)


def small_problem(seed: int, people: int = 9, projects: int = 4, *, hours: bool = True) -> Problem:
    """A random problem that an exact solver does in milliseconds."""
    chance = np.random.default_rng(seed)
    places, rows = np.nonzero(chance.random((projects, people)) < 0.5)
    weights = chance.integers(0, 64_000, len(rows))
    return Problem(
        Pairs(rows.astype(np.int32), places.astype(np.int32), weights.astype(np.int32)), chance.integers(0, 4, people).astype(np.int32),
        chance.integers(0, 30, people).astype(np.int32), chance.random(people) < 0.3, chance.integers(0, 4, projects).astype(np.int32),
        (chance.integers(1, 15, projects) if hours else np.zeros(projects)).astype(np.int32),
    )
