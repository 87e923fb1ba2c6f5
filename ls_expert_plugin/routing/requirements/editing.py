"""What projects ask for: checking it, saying what a change of it would do, changing it, and explaining it.

The pages, the routing file and the JSON API all come through here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.access.allocation import Decided, decide
from ls_expert_plugin.routing.access.eligibility import Explanation, explain
from ls_expert_plugin.routing.values import (
    ABOUT_MAX_CHARS,
    BY_COMMAND,
    HIGHEST_LEVEL,
    LOWEST_LEVEL,
    MOST_QUESTIONS,
    QUESTION_MAX_CHARS,
    Author,
    Distribution,
    Mode,
    Project,
    Requirement,
    Rules,
)
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.values import Person

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.routing.configuration import RoutingContext
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

MOST_EXPERTS = 100_000
PLACE_MAX_CHARS = 200
FIELD_MAX_CHARS = 200
# As Label Studio's extension reads it (label_studio/api/projects.py).
_FIELD = re.compile(r"(data|meta)(\.[\w-]+){1,5}")


@dataclass(frozen=True)
class TargetState:
    """Everything about one project that can be set. ``invited``: Label Studio's ids.

    ``invited_until``: when the invitation ends, for those with an end; None leaves the ends of all who stay on the list as they are.
    """

    requirement: Requirement | None
    rules: Rules = Rules()
    invited: frozenset[int] = frozenset()
    invited_until: Mapping[int, dt.datetime] | None = None

    @property
    def plain(self) -> TargetState:
        """The same in the one form that is stored: lists in order, nothing twice. Equal when it means the same."""
        return self if self.requirement is None else replace(self, requirement=_plain(self.requirement))


@dataclass(frozen=True)
class ProjectChange:
    """What one project asks for now and would ask for, and whom that changes it for.

    ``waiting``: those who meet everything and get no place; the next one first. ``taken``: how many would have access.
    """

    ls_project_id: int
    title: str
    before: TargetState
    after: TargetState
    gains: tuple[Person, ...]
    losses: tuple[Person, ...]
    waiting: tuple[Person, ...] = ()
    taken: int = 0


@dataclass(frozen=True)
class RequirementProblem:
    """Something that cannot be set. ``field``: the name in ``Requirement`` or ``Rules``, or "invited"."""

    ls_project_id: int
    field: str
    sentence: str


class RequirementInvalid(BadInput):
    """Some of what was to be set cannot be. ``problems`` holds all of it; nothing has been changed."""

    def __init__(self, problems: Iterable[RequirementProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(f"Project {one.ls_project_id}, {one.field}: {one.sentence}" for one in self.problems))


def preview(
    unit: UnitOfWork, wanted: Mapping[int, TargetState], context: RoutingContext
) -> tuple[ProjectChange, ...]:
    """What setting this would change, by project title; projects that stay as they are are left out. Only reads.

    Raises ``NotFound`` for a project there is none of, and ``RequirementInvalid``.
    """
    projects = {project.ls_project_id: project for project in unit.projects.those(wanted)}
    for ls_project_id in sorted(wanted.keys() - projects.keys()):
        raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
    people = {person.ls_user_id: person for person in unit.people.all()}
    problems = check(wanted, context.packs, people.keys())
    if problems:
        raise RequirementInvalid(problems)
    planned = {key: _plan(value, projects[key]) for key, value in wanted.items()}
    after = [
        replace(project, requirement=plan.requirement, rules=plan.rules, invited=plan.invited, invited_until=plan.invited_until or {})
        for project in projects.values() if (plan := planned[project.ls_project_id]) != as_it_is(project)
    ]
    if not after:
        return ()
    held = memberships.holding(unit.memberships.those(ls_project_ids=[project.ls_project_id for project in after]), context.now)
    decided = decide(unit.candidates.all(context.now), after, held, context.now, open_by_default=context.open_by_default)
    return tuple(
        _change(projects[one.ls_project_id], planned[one.ls_project_id], decided[one.ls_project_id], held.get(one.ls_project_id, ()), people)
        for one in after
    )


def apply(
    unit: UnitOfWork, wanted: Mapping[int, TargetState], context: RoutingContext, author: Author = BY_COMMAND,
) -> tuple[ProjectChange, ...]:
    """Set it, all or nothing, and recompute memberships; returns what ``preview`` says. In the caller's transaction. The history keeps it as ``author``'s."""
    unit.memberships.take_turn(alone=True)
    changes = preview(unit, wanted, context)
    for change in changes:
        unit.projects.set_requirement(change.ls_project_id, change.after.requirement, context.now)
        unit.projects.set_rules(change.ls_project_id, change.after.rules, context.now)
        until = change.after.invited_until or {}
        unit.projects.invite(change.ls_project_id, {who: until.get(who) for who in change.after.invited}, context.now)
    if changes:
        memberships.recompute_projects(unit, [one.ls_project_id for one in changes], context)
        unit.requirement_history.add({one.ls_project_id: one.before for one in changes}, author, context.now)
    return changes


def explain_for(
    unit: UnitOfWork, ls_user_id: int, ls_project_id: int, context: RoutingContext
) -> Explanation:
    """Why this person may work on this project, or may not. Raises ``NotFound``."""
    project = unit.projects.get(ls_project_id)
    if project is None:
        raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
    return _explain(unit, ls_user_id, [project], context)[0]


def explain_all_for(
    unit: UnitOfWork, ls_user_id: int, context: RoutingContext, *,
    only: Collection[int] | None = None,
) -> tuple[Explanation, ...]:
    """The same for every project, or ``only`` for these, by title, in a few queries. Raises ``NotFound``."""
    return _explain(unit, ls_user_id, unit.projects.all() if only is None else unit.projects.those(only), context)


def check(wanted: Mapping[int, TargetState], packs: Mapping[str, Pack], known_people: Collection[int]) -> list[RequirementProblem]:
    """Everything that cannot be set, with a sentence that says what to do about it. Pure."""
    return [
        RequirementProblem(ls_project_id, field, sentence)
        for ls_project_id, one in wanted.items() for field, sentence in _mistakes(one, packs, known_people)
    ]


def _mistakes(wanted: TargetState, packs: Mapping[str, Pack], known_people: Collection[int]) -> Iterable[tuple[str, str]]:
    field = wanted.rules.specialty_field
    if field is not None and (len(field) > FIELD_MAX_CHARS or _FIELD.fullmatch(field) is None):
        yield "specialty_field", f"Name a field of the task, such as data.specialty or meta.field, in at most {FIELD_MAX_CHARS} characters."
    if wanted.rules.assignment not in get_args(Distribution):
        yield "assignment", f"Choose {' or '.join(get_args(Distribution))}."
    unknown = sorted(set(wanted.invited) - set(known_people))
    if unknown:
        yield "invited", f"There is nobody with the number {unknown[0]} in Label Studio."
    asked = wanted.requirement
    if asked is None:
        return
    pack = packs.get(asked.domain)
    if pack is None:
        yield "domain", f'There is no domain "{asked.domain}". Choose one of: {", ".join(packs)}.'
    else:
        yield from _unknown("specialties", asked.specialties, [one.id for one in pack.specialties], "specialty", pack)
        yield from _unknown("credential_kinds", asked.credential_kinds, [one.id for one in pack.licences], "licence", pack)
    level = asked.minimum_level
    if level is not None and (isinstance(level, bool) or not LOWEST_LEVEL <= level <= HIGHEST_LEVEL):
        yield "minimum_level", f"Choose a level from {LOWEST_LEVEL} to {HIGHEST_LEVEL}."
    for code in asked.languages:
        if code not in LANGUAGES:
            yield "languages", f'"{code}" is no language code. Write two letters after ISO 639-1, such as en or de.'
    for place in asked.jurisdictions:
        if not place.strip() or len(place) > PLACE_MAX_CHARS:
            yield "jurisdictions", f"Write the name of a country, state or body, in at most {PLACE_MAX_CHARS} characters."
    if len(asked.add_on) > MOST_QUESTIONS:
        yield "add_on", f"Ask at most {MOST_QUESTIONS} questions."
    for one in asked.add_on:
        if not (0 < len(one.about.strip()) <= ABOUT_MAX_CHARS and 0 < len(one.text.strip()) <= QUESTION_MAX_CHARS):
            yield "add_on", (
                f"Write both, what the answer shows, in at most {ABOUT_MAX_CHARS} characters, and the question, in at most {QUESTION_MAX_CHARS}."
            )
    most = asked.max_experts
    if most is not None and (isinstance(most, bool) or not 1 <= most <= MOST_EXPERTS):
        yield "max_experts", f"Choose a number from 1 to {MOST_EXPERTS}."
    if asked.mode not in get_args(Mode):
        yield "mode", "Choose open or invited."


def _unknown(field: str, asked: Iterable[str], known: Collection[str], word: str, pack: Pack) -> Iterable[tuple[str, str]]:
    for one in asked:
        if one not in known:
            yield field, f'{pack.title} has no {word} "{one}". Choose from: {", ".join(known)}.'


def _plain(asked: Requirement) -> Requirement:
    places = {" ".join(place.casefold().split()): " ".join(place.split()) for place in reversed(asked.jurisdictions)}
    specialties = tuple(sorted(set(asked.specialties)))
    return replace(
        asked, specialties=specialties, all_specialties=asked.all_specialties and len(specialties) > 1,
        languages=tuple(sorted(set(asked.languages))), credential_kinds=tuple(sorted(set(asked.credential_kinds))),
        jurisdictions=tuple(places[key] for key in sorted(places)),
    )


def as_it_is(project: Project) -> TargetState:
    """What the project asks for now, as a wish."""
    return TargetState(project.requirement, project.rules, project.invited, project.invited_until)


def _plan(wanted: TargetState, project: Project) -> TargetState:
    """The wish in its plain form, with the ends of all invitations filled in."""
    until = project.invited_until if wanted.invited_until is None else wanted.invited_until
    return replace(wanted.plain, invited_until={who: end for who, end in until.items() if who in wanted.invited})


def _change(project: Project, plan: TargetState, decided: Decided, held: Collection[int], people: Mapping[int, Person]) -> ProjectChange:
    def named(ls_user_ids: Iterable[int]) -> tuple[Person, ...]:
        return tuple(people[who] for who in ls_user_ids if who in people)

    return ProjectChange(
        project.ls_project_id, project.title, as_it_is(project), plan, gains=named(sorted(decided.admitted.keys() - set(held))),
        losses=named(sorted(set(held) - decided.admitted.keys())), waiting=named(decided.waiting), taken=len(decided.admitted),
    )


def _explain(unit: UnitOfWork, ls_user_id: int, projects: list[Project], context: RoutingContext) -> tuple[Explanation, ...]:
    candidate = unit.candidates.of(ls_user_id, context.now)
    if candidate is None:
        raise NotFound(f"There is nobody with the number {ls_user_id} in Label Studio.")
    limited = [one for one in projects if one.requirement and one.requirement.max_experts is not None]
    decided: Mapping[int, Decided] = {}
    if limited:
        held = memberships.holding(unit.memberships.those(ls_project_ids=[one.ls_project_id for one in limited]), context.now)
        decided = decide(unit.candidates.all(context.now), limited, held, context.now, open_by_default=context.open_by_default)
    return tuple(
        explain(
            candidate, project, context.now, open_by_default=context.open_by_default,
            has_place=project.ls_project_id not in decided or ls_user_id in decided[project.ls_project_id].admitted,
        )
        for project in projects
    )

