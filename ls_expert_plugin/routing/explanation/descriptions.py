"""Requirements and explanations in plain sentences. Pure.

``needed`` and ``found`` are for managers. ``why_not`` is for the person themself: it speaks of them and of what the project
asks, never of what anybody else has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ls_expert_plugin.routing.access.eligibility import Check
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.lifecycle.status_catalogue import label

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack


def requirement_in_words(requirement: Requirement | None, pack: Pack | None) -> str:
    """What a project asks for, in one sentence. ``pack``: the domain's, None when it is no longer offered."""
    if requirement is None:
        return "Not routed: managers only."
    parts = [f"verified in {_domain(requirement.domain, pack)}"]
    if requirement.specialties:
        parts.append(_specialties(requirement.specialties, requirement.all_specialties, pack))
    if requirement.minimum_level is not None:
        parts.append(f"level {requirement.minimum_level} or higher")
    if requirement.languages:
        parts.append(_languages(requirement.languages))
    if requirement.credential_kinds or requirement.jurisdictions:
        parts.append(_credential(requirement.credential_kinds, requirement.jurisdictions, pack))
    if requirement.mode == "invited":
        parts.append("on the project's list")
    if requirement.add_on:
        parts.append(f"fitting answers to {_questions(str(len(requirement.add_on)))} of its own")
    if requirement.max_experts is not None:
        parts.append("one expert at a time" if requirement.max_experts == 1 else f"at most {requirement.max_experts} experts at a time")
    return f"Requirements: {'; '.join(parts)}."


def needed(check: Check, pack: Pack | None) -> str:
    """What the rule asks for, for a manager."""
    match check.rule:
        case "role":
            return "Is an expert, not a manager"
        case "requirement":
            return "The project has requirements"
        case "domain":
            return f"Verified in {_domain(check.needed[0], pack)}"
        case "specialties":
            words = _specialties(check.needed, check.every, pack)
            return words[0].upper() + words[1:]
        case "level":
            return f"Level {check.needed[0]} or higher"
        case "languages":
            return f"Works in {_listed(_language(one) for one in check.needed)}"
        case "credentials":
            kinds, places = _parts(check.needed, pack)
            return _credential(kinds, places, pack, capital=True)
        case "invited":
            return "Is on the project's list"
        case "add_on":
            return f"Answers to {_questions(check.needed[0])} of the project fit"
        case "places":
            return f"One of {check.needed[0]} places" if check.needed[0] != "1" else "The project’s one place"


def found(check: Check, pack: Pack | None) -> str:
    """What there is of it, for a manager."""
    match check.rule:
        case "role":
            return "Is a manager: Label Studio shows them every project, and they take no place"
        case "requirement":
            return "Open to everybody" if check.met else "Not routed: no expert sees it"
        case "domain":
            return label(check.found[0] if check.found else "not_started")
        case "specialties":
            return _listed(_specialty(one, pack) for one in check.found) if check.found else "None of these"
        case "level":
            return f"Level {check.found[0]}" if check.found else "No level given"
        case "languages":
            return f"Checked: {_listed(_language(one) for one in check.found)}" if check.found else "None of these checked"
        case "credentials":
            return f"Checked: {_held(check.found[0], pack)}" if check.found else "No licence checked that fits and is valid"
        case "invited":
            return "On the list" if check.met else "Not on the list"
        case "add_on":
            return "They fit" if check.met else "Not answered, not read yet, or they do not fit"
        case "places":
            return "Has a place" if check.met else "All places are taken; meets everything else and waits"


def why_not(check: Check, pack: Pack | None) -> str:
    """What stands in the way, and what one can do, to the person themself."""
    match check.rule:
        case "role":
            return "You are a manager: Label Studio shows you every project."
        case "requirement":
            return "This project is not open to experts."
        case "domain":
            return f"You need to be verified in {_domain(check.needed[0], pack)}."
        case "specialties":
            lacking = [one for one in check.needed if one not in check.found]
            return f"It requires {_listed((_specialty(one, pack) for one in lacking), 'and' if check.every else 'or')}. " \
                   "A manager notes your specialties when they verify you."
        case "level":
            yours = f"yours is {check.found[0]}" if check.found else "none has been noted for you"
            return f"It requires level {check.needed[0]} or higher; {yours}."
        case "languages":
            lacking = [one for one in check.needed if one not in check.found]
            return f"It requires {_listed(_language(one) for one in lacking)}. Add it to your profile, at professional working proficiency; " \
                   "a manager has to check it."
        case "credentials":
            kinds, places = _parts(check.needed, pack)
            return f"It requires {_credential(kinds, places, pack)}. Add it to your profile; a manager has to check it, and it has to be valid."
        case "invited":
            return "It is open to invited people, and you are not on its list. Ask a manager."
        case "add_on":
            return f"It has {_questions(check.needed[0])} of its own, for this project alone. A manager reads your answers."
        case "places":
            return "All places are taken. You are let in when one becomes free and it is your turn."


def _questions(count: str) -> str:
    return "1 question" if count == "1" else f"{count} questions"


def _domain(domain: str, pack: Pack | None) -> str:
    return pack.title if pack is not None and pack.id == domain else domain


def _specialties(ids: Sequence[str], all_of_them: bool, pack: Pack | None) -> str:
    titles = _listed((_specialty(one, pack) for one in ids), "and" if all_of_them else "or")
    return f"{'specialties' if all_of_them and len(ids) > 1 else 'specialty'} {titles}"


def _specialty(one: str, pack: Pack | None) -> str:
    return next((known.title for known in pack.specialties if known.id == one), one) if pack else one


def _languages(codes: Iterable[str]) -> str:
    return f"works in {_listed(_language(code) for code in codes)}"


def _language(code: str) -> str:
    return LANGUAGES.get(code, code)


def _parts(flat: Sequence[str], pack: Pack | None) -> tuple[list[str], list[str]]:
    """Kinds of licences, and places, of what a check about credentials names."""
    known = {licence.id for licence in pack.licences} if pack else set()
    return [one for one in flat if one in known], [one for one in flat if one not in known]


def _credential(kinds: Sequence[str], places: Sequence[str], pack: Pack | None, *, capital: bool = False) -> str:
    licence = _listed((_licence(one, pack) for one in kinds), "or") if kinds else "licence"
    where = f" from {_listed(places, 'or')}" if places else ""
    return f"{'A' if capital else 'a'} checked and valid licence: {licence}{where}" if kinds else \
        f"{'A' if capital else 'a'} checked and valid licence{where}"


def _licence(one: str, pack: Pack | None) -> str:
    return next((known.title for known in pack.licences if known.id == one), one) if pack else one


def _held(text: str, pack: Pack | None) -> str:
    kind, _, place = text.partition(", ")
    return f"{_licence(kind, pack)}, {place}"


def _listed(words: Iterable[str], last: str = "and") -> str:
    several = list(words)
    return f"{', '.join(several[:-1])} {last} {several[-1]}" if len(several) > 1 else "".join(several)
