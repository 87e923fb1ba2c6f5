"""Diff of a project's requirement before and after a change, part by part, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.routing.requirements.editing import ProjectChange, TargetState
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.web.admin.projects.requirement_form import PARTS

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

Packs = Mapping[str, "Pack"]
NOTHING = "not asked for"
# No requirement reads, but for its domain, like one that asks for nothing more.
_NONE = Requirement("")


@dataclass(frozen=True)
class RequirementChange:
    """One part of the form that changes: its title, and how it reads before and after."""

    title: str
    before: str
    after: str


def differences(before: TargetState, after: TargetState, packs: Packs, shown: bool) -> list[RequirementChange]:
    """The parts in which two requirements differ. ``shown``: projects that ask for nothing are open to every expert."""
    found = []
    for part, title in PARTS.items():
        one, other = (_part(part, wanted, packs, shown) for wanted in (before, after))
        if one != other:
            found.append(RequirementChange(title, one, other))
    if before.invited != after.invited and not any(one.title == PARTS["mode"] for one in found):
        found.append(RequirementChange("People on the list", _people(before.invited), _people(after.invited)))
    return found


@dataclass(frozen=True)
class Alike:
    """Projects for which the same changes."""

    differences: tuple[RequirementChange, ...]
    changes: tuple[ProjectChange, ...]


def alike(changes: Iterable[ProjectChange], packs: Packs, shown: bool) -> list[Alike]:
    """The changes put together where they read the same; the most frequent first."""
    groups: dict[tuple[RequirementChange, ...], list[ProjectChange]] = {}
    for change in changes:
        groups.setdefault(tuple(differences(change.before, change.after, packs, shown)), []).append(change)
    return sorted((Alike(said, tuple(those)) for said, those in groups.items()), key=lambda one: -len(one.changes))


def _part(part: str, wanted: TargetState, packs: Packs, shown: bool) -> str:
    if part == "shows_others_work":
        return "shown" if wanted.rules.shows_others_work else "hidden"
    if part == "specialty_field":
        return _by_task(wanted)
    if part == "assignment":
        return _ASSIGNMENT.get(wanted.rules.assignment, wanted.rules.assignment)
    if part == "domain":
        return _domain(wanted.requirement, packs, shown)
    return _WORDS[part](wanted, wanted.requirement or _NONE, packs)


def _domain(asked: Requirement | None, packs: Packs, shown: bool) -> str:
    if asked is None:
        return "none: open to every expert" if shown else "none: only managers see it"
    return packs[asked.domain].title if asked.domain in packs else asked.domain


def _by_task(wanted: TargetState) -> str:
    field = wanted.rules.specialty_field
    if field is None:
        return "off: experts see all tasks"
    rest = "and those without one" if wanted.rules.shows_tasks_without_specialty else "and none without one"
    return f"experts see tasks whose {field} is a specialty of theirs, {rest}"


def _specialties(_: TargetState, asked: Requirement, packs: Packs) -> str:
    titles = {one.id: one.title for one in packs[asked.domain].specialties} if asked.domain in packs else {}
    names = [titles.get(one, one) for one in asked.specialties]
    if not names:
        return NOTHING
    return names[0] if len(names) == 1 else f"{'all' if asked.all_specialties else 'one'} of {', '.join(names)}"


def _level(_: TargetState, asked: Requirement, __: Packs) -> str:
    return NOTHING if asked.minimum_level is None else f"{asked.minimum_level} or higher"


def _languages(_: TargetState, asked: Requirement, __: Packs) -> str:
    return " and ".join(LANGUAGES.get(code, code) for code in asked.languages) or NOTHING


def _credentials(_: TargetState, asked: Requirement, packs: Packs) -> str:
    titles = {one.id: one.title for one in packs[asked.domain].licences} if asked.domain in packs else {}
    kinds, places = _or(titles.get(one, one) for one in asked.credential_kinds), _or(asked.jurisdictions)
    if not kinds and not places:
        return NOTHING
    return f"{kinds or 'any licence'} from {places}" if places else kinds


def _add_on(_: TargetState, asked: Requirement, __: Packs) -> str:
    return "; ".join(f"{one.about}: {one.text}" for one in asked.add_on) or "none"


def _places(_: TargetState, asked: Requirement, __: Packs) -> str:
    return "no limit" if asked.max_experts is None else f"at most {asked.max_experts:,}"


def _mode(wanted: TargetState, asked: Requirement, _: Packs) -> str:
    return "everybody who matches" if asked.mode == "open" else f"only whoever is on the list ({_people(wanted.invited)}) and matches"


_ASSIGNMENT: Mapping[str, str] = {"open": "experts see all tasks of theirs", "assigned": "experts see only tasks that are assigned to them"}
_WORDS: Mapping[str, Callable[[TargetState, Requirement, Packs], str]] = {
    "specialties": _specialties, "minimum_level": _level, "languages": _languages, "credentials": _credentials,
    "add_on": _add_on, "max_experts": _places, "mode": _mode,
}


def _people(invited: frozenset[int]) -> str:
    return "1 person" if len(invited) == 1 else f"{len(invited):,} people"


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)
