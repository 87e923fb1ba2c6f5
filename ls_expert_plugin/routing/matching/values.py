"""The values that matching passes around: experts with their availability and load, projects with what they need. Frozen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from ls_expert_plugin.routing.matching.availability import Availability
from ls_expert_plugin.routing.values import Candidate, Project, Requirement

# Why somebody is not asked for a project again.
Settled = Literal["member", "offered", "declined", "withdrawn"]


@dataclass(frozen=True)
class ProjectNeeds:
    """What a project says of its work, beside its requirement. None and "": nothing said.

    ``places`` is how many experts it takes at a time; ``effort_hours`` the whole work of one expert, ``hours_a_week`` what of it falls on a week.
    ``rate_minor`` is in minor units of ``currency`` (ISO 4217), ``rate_text`` says for what ("an hour"). ``client`` is who the data is
    for, ``use`` what it trains or tests, ``kinds`` are of ``availability.KINDS``.
    """

    places: int = 0
    effort_hours: int | None = None
    hours_a_week: int | None = None
    starts_on: dt.date | None = None
    rate_minor: int | None = None
    currency: str = ""
    rate_text: str = ""
    client: str = ""
    use: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenProject:
    """A project that looks for experts. ``places_left``: those that nobody has and that are offered to nobody.

    ``conflicts``: Label Studio's ids of people with a conflict of interest; ``settled``: of those who are in it or were asked before, and why
    they are not asked again.
    """

    project: Project
    needs: ProjectNeeds
    places_left: int
    conflicts: frozenset[int] = frozenset()
    settled: Mapping[int, Settled] = field(default_factory=dict)

    @property
    def ls_project_id(self) -> int:
        """Label Studio's number of the project, by which it is known everywhere."""
        return self.project.ls_project_id

    @cached_property
    def common_requirement(self) -> Requirement | None:
        """The part of the requirement that says by itself who meets it; projects that share it are decided once."""
        asked = self.project.requirement
        return None if asked is None else replace(asked, mode="open", add_on=(), max_experts=None)


@dataclass(frozen=True)
class Expert:
    """A person as matching sees them. ``projects_now`` and ``hours_now`` (a week) are what they have taken on; ``quality`` of
    past work is 0 to 1 (None: none checked yet); ``waiting_since``: since when they have been without a project or an offer.
    """

    candidate: Candidate
    availability: Availability = Availability()
    projects_now: int = 0
    hours_now: int = 0
    quality: float | None = None
    waiting_since: dt.date | None = None

    @property
    def ls_user_id(self) -> int:
        """Label Studio's number of the person, by which they are known everywhere."""
        return self.candidate.ls_user_id


@dataclass(frozen=True)
class MatchingRules:
    """What matching is done by, beside people and projects. ``now`` is aware UTC; ``seed`` orders equals.

    ``usual_most_projects`` counts for whoever has not said how many at once; who has waited ``floor_days`` gets a first project before fit counts.
    ``keep_points``: what a planned offer is worth more than a new one, so that plans do not change for little.
    """

    now: dt.datetime
    seed: int = 0
    usual_most_projects: int = 3
    floor_days: int = 60
    keep_points: int = 50

    @property
    def today(self) -> dt.date:
        """The day in UTC, from which pauses and waiting time are counted."""
        return self.now.date()
