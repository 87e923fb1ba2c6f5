"""From names to the projects and people they stand for, and from what is written to what is wanted. Pure.

Titles and addresses must name exactly one. Nothing here decides whether a domain or a specialty exists: ``requirements.check`` does,
and ``resolve`` puts its problems where they were written.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ls_expert_plugin.reading.validation_errors import Location, Mistake, short
from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.requirements.schema import Entry, Invited, RequirementInput
from ls_expert_plugin.routing.values import Project, Requirement, Rules
from ls_expert_plugin.vetting.values import AddOnQuestion, Person

NEEDS_A_DOMAIN = "means nothing while domain: is null; name the domain, or remove this"
# Fields that ask something of an expert: they mean nothing without a domain.
_NEED_A_DOMAIN = ("specialties", "minimum_level", "languages", "jurisdictions", "credentials", "add_on", "max_experts")
# What requirements.check calls a field → where it is written.
_WRITTEN_AS: Mapping[str, Location] = {
    "credential_kinds": ("credentials",), "specialty_field": ("tasks", "specialty_field"),
    "shows_tasks_without_specialty": ("tasks", "show_tasks_without_specialty"), "assignment": ("tasks", "assignment"),
}


@dataclass(frozen=True)
class NameIndex:
    """Everything that a name may stand for, and the moment."""

    projects: Mapping[int, Project]
    by_title: Mapping[str, Sequence[int]]
    people: frozenset[int]
    by_email: Mapping[str, Sequence[int]]
    now: dt.datetime

    def titled(self, title: str) -> Sequence[int]:
        """The projects that have this title."""
        return self.by_title.get(_plain(title), ())


def known(projects: Iterable[Project], people: Iterable[Person], now: dt.datetime) -> NameIndex:
    """Lists as ``resolve`` looks things up in."""
    titles: dict[str, list[int]] = defaultdict(list)
    emails: dict[str, list[int]] = defaultdict(list)
    by_id, everybody = {project.ls_project_id: project for project in projects}, list(people)
    for project in by_id.values():
        titles[_plain(project.title)].append(project.ls_project_id)
    for person in everybody:
        emails[person.email.casefold()].append(person.ls_user_id)
    return NameIndex(by_id, titles, frozenset(person.ls_user_id for person in everybody), emails, now)


def resolve(entries: Mapping[int, Entry], world: NameIndex) -> tuple[dict[int, TargetState], dict[int, Location], list[Mistake]]:
    """What is wanted of each project, where it was written, and what is wrong."""
    wanted: dict[int, TargetState] = {}
    places: dict[int, Location] = {}
    mistakes: list[Mistake] = []
    for position, entry in entries.items():
        where: Location = ("projects", position)
        found = _project(entry, world)
        if isinstance(found, Mistake):
            mistakes.append(Mistake((*where, *found.where), found.says))
            continue
        if found in places:
            name = "project" if entry.title is None else "title"
            mistakes.append(Mistake((*where, name), f"project {found} has an entry at projects[{places[found][1]}] already; keep one of the two"))
            continue
        places[found] = where
        wanted[found], wrong = resolve_one(entry, world.projects[found], world)
        mistakes += (Mistake((*where, *one.where), one.says) for one in wrong)
    return wanted, places, mistakes


def resolve_one(asked: RequirementInput, before: Project, world: NameIndex) -> tuple[TargetState, list[Mistake]]:
    """The same for one project. ``before``: what the project asks for now."""
    mistakes = list(_without_domain(asked)) if asked.domain is None else []
    until: dict[int, dt.datetime] = {}
    invited: set[int] = set()
    for position, one in enumerate(asked.invited):
        where: Location = ("invited", position)
        ls_user_id = _person(one, world)
        if isinstance(ls_user_id, str):
            mistakes.append(Mistake(where, ls_user_id))
        elif ls_user_id in invited:
            mistakes.append(Mistake(where, "is on the list already; remove one of the two"))
        else:
            invited.add(ls_user_id)
            # A date that has passed since it was set is history: writing it again must stay possible.
            if one.until is not None and one.until <= world.now and before.invited_until.get(ls_user_id) != one.until:
                mistakes.append(Mistake((*where, "until"), f"{one.until:%Y-%m-%d %H:%M} UTC is in the past; write a later moment, or remove the person"))
            if one.until is not None:
                until[ls_user_id] = one.until
    rules = Rules(asked.shows_others_work, asked.tasks.specialty_field, asked.tasks.show_tasks_without_specialty, asked.tasks.assignment)
    return TargetState(_requirement(asked), rules, frozenset(invited), until), mistakes


def placed(where: Location, field: str) -> Location:
    """Where a field that ``requirements.check`` names was written."""
    return (*where, *_WRITTEN_AS.get(field, (field,) if field else ()))


def find_person(name: str, world: NameIndex) -> int | None:
    """Label Studio's id of somebody, by address or by that id. None: nobody, or several."""
    found = world.by_email.get(name.strip().casefold(), ())
    if len(found) == 1:
        return found[0]
    number = _number(name)
    return number if number in world.people else None


def find_project(name: str, world: NameIndex) -> int | None:
    """A project's id, by that id or by title. None: none, or several."""
    number = _number(name)
    if number in world.projects:
        return number
    found = world.titled(name)
    return found[0] if len(found) == 1 else None


def _project(entry: Entry, world: NameIndex) -> int | Mistake:
    if entry.title is None:
        if entry.project in world.projects and entry.project is not None:
            return entry.project
        return Mistake(("project",), f"there is no project {entry.project} in Label Studio, or we have not heard of it yet")
    found = world.titled(entry.title)
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(str(one) for one in found)
        return Mistake(("title",), f'"{short(entry.title)}" is the title of projects {several}; write project: and its number instead')
    return Mistake(("title",), f'there is no project with the title "{short(entry.title)}"')


def _person(one: Invited, world: NameIndex) -> int | str:
    """Label Studio's id, or what is wrong."""
    if one.email is None:
        if one.user in world.people and one.user is not None:
            return one.user
        return f"there is nobody with the number {one.user} in Label Studio, or we have not heard of them yet"
    found = world.by_email.get(one.email.casefold(), ())
    if len(found) == 1:
        return found[0]
    if found:
        return f"several people have the address {short(one.email)}; write user: and a number of Label Studio instead"
    return f"nobody in Label Studio has the address {short(one.email)}, or we have not heard of them yet"


def _without_domain(asked: RequirementInput) -> Iterable[Mistake]:
    empty = RequirementInput(domain=None)
    for name in _NEED_A_DOMAIN:
        if getattr(asked, name) != getattr(empty, name):
            yield Mistake((name,), NEEDS_A_DOMAIN)
    if asked.mode == "invited":
        yield Mistake(("mode",), NEEDS_A_DOMAIN)


def _requirement(asked: RequirementInput) -> Requirement | None:
    if asked.domain is None:
        return None
    needs_all = asked.specialties.all is not None
    specialties = _once((asked.specialties.all if needs_all else asked.specialties.any) or ())
    return Requirement(
        domain=asked.domain, specialties=specialties, all_specialties=needs_all and bool(specialties), minimum_level=asked.minimum_level,
        languages=_once(asked.languages), jurisdictions=_once(asked.jurisdictions),
        credential_kinds=_once(asked.credentials), max_experts=asked.max_experts, mode=asked.mode,
        add_on=tuple(AddOnQuestion(one.about, one.question) for one in asked.add_on),
    )


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _number(name: str) -> int | None:
    return int(name) if name.isascii() and name.isdigit() and len(name) <= 10 else None


def _plain(title: str) -> str:
    return " ".join(title.split())
