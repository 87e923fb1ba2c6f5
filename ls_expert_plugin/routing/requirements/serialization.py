"""What a project asks for as the fields of ``routing.yaml`` and of the JSON API, and what changes between two states. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ls_expert_plugin.routing.requirements.editing import TargetState

# In the order in which they are written.
NAMES = (
    "domain", "specialties", "minimum_level", "languages", "jurisdictions", "credentials", "add_on", "max_experts", "mode", "invited",
    "shows_others_work", "tasks",
)
_NOTHING: Mapping[str, str] = {"domain": "none", "mode": "open", "shows_others_work": "false", "invited": "nobody", "tasks": "all"}


@dataclass(frozen=True)
class FieldChange:
    """One field, and in words what it was and what it becomes."""

    field: str
    before: str
    after: str


def fields_of(wanted: TargetState, emails: Mapping[int, str]) -> dict[str, object]:
    """Plain values by field; what is not asked for is left out, but for the domain. ``emails``: of everybody there is, by Label Studio's id."""
    fields: dict[str, object] = {"domain": wanted.requirement.domain if wanted.requirement else None}
    requirement, rules = wanted.requirement, wanted.rules
    if requirement is not None:
        specialties = list(requirement.specialties)
        fields |= _without_empty({
            "specialties": {"all" if requirement.all_specialties else "any": specialties} if specialties else None,
            "minimum_level": requirement.minimum_level, "languages": list(requirement.languages),
            "jurisdictions": list(requirement.jurisdictions), "credentials": list(requirement.credential_kinds),
            "add_on": [{"about": one.about, "question": one.text} for one in requirement.add_on],
            "max_experts": requirement.max_experts, "mode": requirement.mode if requirement.mode != "open" else None,
        })
    until = wanted.invited_until or {}
    return fields | _without_empty({
        "invited": [_invited(who, emails[who], until.get(who)) for who in sorted(wanted.invited) if who in emails],
        "shows_others_work": rules.shows_others_work,
        "tasks": _without_empty({
            "specialty_field": rules.specialty_field, "show_tasks_without_specialty": rules.shows_tasks_without_specialty,
            "assignment": rules.assignment if rules.assignment != "open" else None,
        }),
    })


def changes(before: TargetState, after: TargetState, emails: Mapping[int, str]) -> tuple[FieldChange, ...]:
    """The fields that differ, as text before and after."""
    return tuple(_changes(fields_of(before, emails), fields_of(after, emails)))


def _changes(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[FieldChange]:
    for name in NAMES:
        if old.get(name) != new.get(name):
            nothing = _NOTHING.get(name, "any")
            yield FieldChange(name, _words(old.get(name)) or nothing, _words(new.get(name)) or nothing)


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        if "email" in value or "user" in value:
            who = str(value.get("email") or value.get("user"))
            return f"{who} until {value['until']}" if "until" in value else who
        if "specialty_field" in value or "show_tasks_without_specialty" in value or "assignment" in value:
            return _task_words(value)
        if "question" in value:
            return f"{value['about']}: {value['question']}"
        return ", ".join(f"{name} of {_words(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_words(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _task_words(tasks: Mapping[str, object]) -> str:
    field = f"those whose {tasks['specialty_field']} is theirs" if "specialty_field" in tasks else "all"
    words = f"{field}, and those without" if "show_tasks_without_specialty" in tasks else field
    if "assignment" not in tasks:
        return words
    return "those assigned to them" if words == "all" else f"of those assigned to them, {words}"


def _invited(ls_user_id: int, email: str, until: dt.datetime | None) -> dict[str, object]:
    who: dict[str, object] = {"email": email} if email else {"user": ls_user_id}
    return who | ({"until": until.astimezone(dt.timezone.utc).isoformat().replace("+00:00", "Z")} if until else {})


def _without_empty(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value}
