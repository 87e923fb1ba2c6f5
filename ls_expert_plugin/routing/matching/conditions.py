"""Hard conditions of a project as boolean masks over a population, one for each condition that the project poses. Pure.

Those of the requirement say the same as ``access/eligibility.py``, whose rules they are; the others come from availability, load, conflicts
of interest and what was asked before. One person is a population of one: what decides is what explains.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from ls_expert_plugin.routing.access.eligibility import plain_name
from ls_expert_plugin.routing.matching.population import Population
from ls_expert_plugin.routing.matching.values import MatchingRules, OpenProject
from ls_expert_plugin.routing.values import Requirement

Condition = Literal[
    "role", "requirement", "domain", "specialties", "level", "languages", "credentials", "invited", "add_on",
    "settled", "conflict", "client", "use", "pause", "projects", "hours", "chosen_languages", "unwanted",
]
# What the person has taken on decides these; everything else stays as it is when they give something up.
OF_CAPACITY = frozenset({"projects", "hours"})
Masks = dict[Condition, np.ndarray]


class Conditions:
    """The conditions of projects over one population. Requirements that ask for the same are held against it once."""

    def __init__(self, population: Population, rules: MatchingRules) -> None:
        self.population = population
        self._rules = rules
        self._required: dict[Requirement | None, Masks] = {}
        self._meeting: dict[Requirement | None, np.ndarray] = {}

    def of(self, project: OpenProject) -> Masks:
        """Every condition that the project poses → who meets it: bool of length n, in the order they are checked."""
        common = project.common_requirement
        if common not in self._required:
            self._required[common] = dict(_required(self.population, common))
        return self._required[common] | dict(self._own(project))

    def meeting(self, project: OpenProject) -> np.ndarray:
        """The rows (ascending) of those who meet every condition. The requirement's part is kept, the rest looked at in these rows alone."""
        common = project.common_requirement
        if common not in self._meeting:
            self._meeting[common] = np.logical_and.reduce([mask for _, mask in _required(self.population, common)])
        mask = self._meeting[common].copy()
        if mask.any():
            for _, met in self._own(project):
                mask &= met
        return np.flatnonzero(mask)

    def _own(self, project: OpenProject) -> Iterator[tuple[Condition, np.ndarray]]:
        people, needs, asked = self.population, project.needs, project.project.requirement
        if asked is not None and asked.mode == "invited":
            ends, now = project.project.invited_until, self._rules.now
            listed = [who for who in project.project.invited if (end := ends.get(who)) is None or now < end]
            yield "invited", _only(people, people.rows_of(listed))
        if asked is not None and asked.add_on:
            yield "add_on", _only(people, people.rows_of(project.project.fitting))
        if project.settled:
            yield "settled", ~_only(people, people.rows_of(project.settled))
        if project.conflicts:
            yield "conflict", ~_only(people, people.rows_of(project.conflicts))
        if needs.client:
            yield "client", ~people.having(("excludes client", plain_name(needs.client)))
        if needs.use:
            yield "use", ~people.having(("excludes use", plain_name(needs.use)))
        begins = max(self._rules.today, needs.starts_on or self._rules.today)
        yield "pause", people.paused_to <= begins.toordinal()
        yield "projects", people.slots > 0
        if needs.hours_a_week is not None:
            yield "hours", people.hours_free >= needs.hours_a_week
        if asked is not None and asked.languages:
            works = np.logical_and.reduce([people.having(("works in", code)) for code in asked.languages])
            yield "chosen_languages", works | ~people.having(("chose languages",))
        if about := subjects(project):
            yield "unwanted", ~people.having(*(("unwanted", one) for one in about))


def subjects(project: OpenProject) -> tuple[str, ...]:
    """What a project is about, as availability names it: its specialties ("domain/specialty") and kinds of task."""
    asked = project.project.requirement
    return (*(f"{asked.domain}/{one}" for one in asked.specialties), *project.needs.kinds) if asked else project.needs.kinds


def _required(people: Population, asked: Requirement | None) -> Iterator[tuple[Condition, np.ndarray]]:
    yield "role", ~people.having(("manager",))
    if asked is None:
        yield "requirement", np.zeros(len(people), bool)  # open to nobody or to everybody: there is nobody to look for
        return
    verified = people.having(("domain", asked.domain))
    yield "domain", verified
    if asked.specialties:
        held = [people.having(("specialty", asked.domain, one)) for one in asked.specialties]
        yield "specialties", (np.logical_and if asked.all_specialties else np.logical_or).reduce(held)
    if asked.minimum_level is not None:
        levels = people.levels.get(asked.domain)
        yield "level", np.zeros(len(people), bool) if levels is None else levels >= asked.minimum_level
    if asked.languages:
        yield "languages", np.logical_and.reduce([people.having(("language", code)) for code in asked.languages])
    if asked.credential_kinds or asked.jurisdictions:
        places = {plain_name(place) for place in asked.jurisdictions}
        fitting = (
            key for key in people.rows if isinstance(key, tuple) and key[0] == "licence"
            and (not asked.credential_kinds or key[1] in asked.credential_kinds) and (not places or key[2] in places)
        )
        yield "credentials", people.having(*fitting)


def _only(people: Population, rows: np.ndarray) -> np.ndarray:
    mask = np.zeros(len(people), bool)
    mask[rows] = True
    return mask

