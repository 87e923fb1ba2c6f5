"""Undo of a change: what projects asked for before it, as one text in the page that "Undo" sends back. Pure.

Projects that asked for the same are written together, so that a change of thousands stays small.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import ABOUT_MAX_CHARS, HIGHEST_LEVEL, LOWEST_LEVEL, QUESTION_MAX_CHARS, Distribution, Requirement, Rules
from ls_expert_plugin.vetting.values import AddOnQuestion
from ls_expert_plugin.web.admin.projects.preview_token import plain

Id = Annotated[int, Field(ge=0, le=2**31 - 1)]
Line = Annotated[str, Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Question(_Part):
    about: Annotated[str, Field(max_length=ABOUT_MAX_CHARS)]
    text: Annotated[str, Field(max_length=QUESTION_MAX_CHARS)]


class _Requirement(_Part):
    domain: Line
    specialties: tuple[Line, ...]
    all_specialties: bool
    minimum_level: Annotated[int, Field(ge=LOWEST_LEVEL, le=HIGHEST_LEVEL)] | None
    languages: tuple[Line, ...]
    jurisdictions: tuple[Line, ...]
    credential_kinds: tuple[Line, ...]
    max_experts: Annotated[int, Field(ge=1, le=2**31 - 1)] | None
    mode: Literal["open", "invited"]
    add_on: tuple[_Question, ...]

    def plain(self) -> Requirement:
        """A requirement as a plain JSON value."""
        add_on = tuple(AddOnQuestion(one.about, one.text) for one in self.add_on)
        return Requirement(**self.model_dump(exclude={"add_on"}), add_on=add_on)


class _Rules(_Part):
    shows_others_work: bool
    specialty_field: Line | None
    shows_tasks_without_specialty: bool
    assignment: Distribution = "open"


class _Wanted(_Part):
    requirement: _Requirement | None
    rules: _Rules
    invited: tuple[Id, ...]


class _Group(_Part):
    wanted: _Wanted
    ls_project_ids: tuple[Id, ...]


class _Previous(_Part):
    groups: tuple[_Group, ...]


def write(states: Mapping[int, TargetState]) -> str:
    """What these projects asked for before, by project."""
    groups: dict[str, list[int]] = {}
    for ls_project_id, state in states.items():
        groups.setdefault(json.dumps(plain(state), sort_keys=True), []).append(ls_project_id)
    return json.dumps({"groups": [{"wanted": json.loads(wanted), "ls_project_ids": ids} for wanted, ids in groups.items()]})


def read(text: str) -> dict[int, TargetState]:
    """Parse the text that ``write`` made back into states. Raises ``BadInput``: it comes from a page, so it may be anything."""
    try:
        previous = _Previous.model_validate_json(text)
    except ValidationError:
        raise BadInput("What was sent cannot be undone. Open the projects and change them by hand.") from None
    return {
        number: TargetState(
            requirement=group.wanted.requirement.plain() if group.wanted.requirement else None,
            rules=Rules(**group.wanted.rules.model_dump()),
            invited=frozenset(group.wanted.invited),
        )
        for group in previous.groups for number in group.ls_project_ids
    }
