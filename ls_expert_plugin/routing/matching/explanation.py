"""A match in words: each condition with what is needed and what there is, each part of the points with its reason. Pure.

For managers. ``what_opens`` speaks to the person: what they can do themselves so that a project opens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from ls_expert_plugin.routing.access.eligibility import Check, Rule, explain
from ls_expert_plugin.routing.explanation import descriptions
from ls_expert_plugin.routing.matching.availability import KINDS
from ls_expert_plugin.routing.matching.conditions import Condition, Conditions, subjects
from ls_expert_plugin.routing.matching.fit import LONGEST_WAIT_DAYS, MOST, Fit, Part
from ls_expert_plugin.routing.matching.population import encode
from ls_expert_plugin.routing.matching.values import Expert, MatchingRules, OpenProject
from ls_expert_plugin.vetting.languages import LANGUAGES

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

_SETTLED = {
    "member": "works on it already", "offered": "has an open offer for it", "declined": "has declined it", "withdrawn": "had an offer that was withdrawn",
}
# What conditions are called where they are counted.
NAMES: Mapping[Condition, str] = {
    "role": "being an expert", "requirement": "having a requirement", "domain": "the domain", "specialties": "the specialties", "level": "the level",
    "languages": "the languages", "credentials": "the licence", "invited": "being on the project's list", "add_on": "the project's own questions",
    "settled": "not being asked twice", "conflict": "conflicts of interest", "client": "the client", "use": "the use", "pause": "pauses",
    "projects": "projects at once", "hours": "hours a week", "chosen_languages": "languages that people chose", "unwanted": "what people do not want",
}


@dataclass(frozen=True)
class ConditionInWords:
    """One hard condition of a project, held against one person. ``reason`` says what there is, as a sentence."""

    name: Condition
    met: bool
    reason: str


@dataclass(frozen=True)
class PartInWords:
    """One part of the points: as many of ``most``, and why."""

    name: Part
    points: int
    most: int
    reason: str


@dataclass(frozen=True)
class Match:
    """One person and one project. ``points`` is the sum of the parts; it counts only where every condition is met."""

    conditions: tuple[ConditionInWords, ...]
    parts: tuple[PartInWords, ...]

    @property
    def is_eligible(self) -> bool:
        """Whether every hard condition is met, so that the points count."""
        return all(one.met for one in self.conditions)

    @property
    def points(self) -> int:
        """The sum of the parts, 0 to 1,000, which orders the eligible."""
        return sum(one.points for one in self.parts)


def match(expert: Expert, project: OpenProject, rules: MatchingRules, pack: Pack | None) -> Match:
    """Why this person fits this project, or does not. ``pack``: of the project's domain."""
    people = encode([expert], rules)
    masks = Conditions(people, rules).of(project)
    checks = {check.rule: check for check in explain(expert.candidate, project.project, rules.now, has_place=True).checks}
    conditions = tuple(
        ConditionInWords(name, met, _reason(name, met, expert, project, rules, checks, pack)) for name, mask in masks.items() for met in [bool(mask[0])]
    )
    found = Fit(people).parts(np.zeros(1, np.int64), project)
    return Match(conditions, tuple(PartInWords(name, int(points[0]), MOST[name], _why(name, expert, project, rules, pack)) for name, points in found.items()))


def what_opens(name: Condition, expert: Expert, project: OpenProject, pack: Pack | None, rules: MatchingRules) -> str:
    """To the person: what stands in the way, and what they can do. "" where there is nothing that they should be told or could do."""
    asked = project.project.requirement
    if asked is None or name in ("role", "requirement", "settled", "conflict", "client", "use", "invited"):
        return ""
    if name == "specialties":
        check = next(one for one in explain(expert.candidate, project.project, rules.now, has_place=True).checks if one.rule == "specialties")
        lacking = [_title(f"{asked.domain}/{one}", pack) for one in check.needed if one not in check.found]
        return f"Needs {(' and ' if check.every else ' or ').join(lacking)}. Add it in your profile and ask for review."
    if name == "pause":
        return "You have paused. End the pause in your availability."
    if name == "projects":
        return "You have as many projects as you want at once. Change that in your availability."
    if name == "hours":
        return f"Needs {project.needs.hours_a_week} hours a week; you have {_free(expert)} left. Change that in your availability."
    if name == "chosen_languages":
        return f"Needs {_languages(asked.languages)}, which you left out in your availability."
    if name == "unwanted":
        return f"You do not want {_listed(_unwanted(expert, project, pack))}. Change that in your availability."
    check = next(one for one in explain(expert.candidate, project.project, rules.now, has_place=True).checks if one.rule == name)
    return descriptions.why_not(check, pack)


def _reason(
    name: Condition, met: bool, expert: Expert, project: OpenProject, rules: MatchingRules, checks: Mapping[Rule, Check], pack: Pack | None,
) -> str:
    said, needs = expert.availability, project.needs
    if (check := checks.get(cast(Rule, name))) is not None:
        return descriptions.found(check, pack)
    match name:
        case "role":
            return "Is an expert"
        case "settled":
            settled = project.settled.get(expert.ls_user_id)
            return "Was not asked before" if settled is None else f"Is not asked again: {_SETTLED[settled]}"
        case "conflict":
            return "No conflict of interest" if met else "Has a conflict of interest"
        case "client":
            return f"Works for {needs.client}" if met else "Has excluded this client"
        case "use":
            return f"Takes part in this use: {needs.use}" if met else "Has excluded this use"
        case "pause":
            return "Does not pause" if met else f"Pauses until {said.paused_until}"
        case "projects":
            most = rules.usual_most_projects if said.most_projects is None else said.most_projects
            return f"Has {expert.projects_now} of {most} projects at once"
        case "hours":
            return "Has not said how many hours" if said.hours_a_week is None else f"Has {_free(expert)} hours a week left of {said.hours_a_week}"
        case "chosen_languages":
            return "Has excluded none of its languages" if met else f"Wants {_languages(said.languages)} only"
        case "unwanted":
            return "Has excluded nothing of it" if met else f"Does not want {_listed(_unwanted(expert, project, pack))}"
    return ""


def _why(name: Part, expert: Expert, project: OpenProject, rules: MatchingRules, pack: Pack | None) -> str:
    said, asked = expert.availability, project.project.requirement
    verification = next((one for one in expert.candidate.verifications if asked and one.domain == asked.domain and one.in_force(rules.now)), None)
    match name:
        case "specialties":
            held = [one for one in asked.specialties if verification and one in verification.specialties] if asked else []
            of = f"{len(held)} of {len(asked.specialties)} specialties" if asked and asked.specialties else "No specialty is asked for"
            wanted = [one for one in subjects(project) if one in (*said.preferred_specialties, *said.preferred_kinds)]
            return f"{of}; prefers {_listed([_title(one, pack) for one in wanted])}" if wanted else of
        case "level":
            return f"Level {verification.level}" if verification and verification.level else "No level given"
        case "quality":
            return "No work checked yet" if expert.quality is None else f"{expert.quality:.0%} of checked work was right"
        case "availability":
            return "Has not said how many hours" if said.hours_a_week is None else f"{_free(expert)} hours a week left"
        case "load":
            return "No project now" if not expert.projects_now else f"{expert.projects_now} project{'' if expert.projects_now == 1 else 's'} now"
        case "waiting":
            days = max(0, (rules.today - expert.waiting_since).days) if expert.waiting_since else 0
            return f"Has waited {days} days{' or more' if days > LONGEST_WAIT_DAYS else ''}" if days else "Has not waited"


def _free(expert: Expert) -> int:
    return max(0, (expert.availability.hours_a_week or 0) - expert.hours_now)


def _unwanted(expert: Expert, project: OpenProject, pack: Pack | None) -> list[str]:
    said = (*expert.availability.unwanted_specialties, *expert.availability.unwanted_kinds)
    return [_title(one, pack) for one in subjects(project) if one in said]


def _title(subject: str, pack: Pack | None) -> str:
    domain, _, specialty = subject.partition("/")
    if not specialty:
        return KINDS.get(subject, subject)
    titles = {one.id: one.title for one in pack.specialties} if pack is not None and pack.id == domain else {}
    return titles.get(specialty, specialty)


def _languages(codes: tuple[str, ...]) -> str:
    return _listed([LANGUAGES.get(code, code) for code in codes])


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
