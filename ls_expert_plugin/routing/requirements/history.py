"""History of what a project asks for, an audit trail: each change with its author, as what was before it. Pure.

What came after a change is what was before the next one, or what the project asks for now.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.vetting.values import AddOnQuestion


@dataclass(frozen=True)
class RequirementEvent:
    """A change, as it is on record. ``by_name``: "" where nobody is known."""

    id: int
    ls_project_id: int
    at_utc: dt.datetime
    via: str
    by_name: str
    before: TargetState


@dataclass(frozen=True)
class PastChange:
    """A change with both its sides."""

    event: RequirementEvent
    after: TargetState


def changes(newest_first: Sequence[RequirementEvent], now: TargetState) -> list[PastChange]:
    """Each with what came after it. ``now``: what the project asks for at present."""
    afters = [now, *(event.before for event in newest_first)]
    return [PastChange(event, after) for event, after in zip(newest_first, afters, strict=False)]


def to_json(state: TargetState) -> dict[str, Any]:
    """Requirement and rules as plain JSON values; the list of people is kept beside them."""
    return {"requirement": dataclasses.asdict(state.requirement) if state.requirement else None, "rules": dataclasses.asdict(state.rules)}


def from_json(stored: Mapping[str, Any], invited: frozenset[int]) -> TargetState:
    """The state that ``to_json`` wrote. Fields of another version are left out, so that an old record stays readable."""
    asked = stored.get("requirement")
    requirement = None
    if asked is not None:
        fields = _known(Requirement, asked)
        add_on = tuple(AddOnQuestion(one["about"], one["text"]) for one in fields.pop("add_on", ()))
        values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
        requirement = Requirement(**values, add_on=add_on)
    return TargetState(requirement, Rules(**_known(Rules, stored.get("rules") or {})), invited)


def _known(kind: type[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in dataclasses.fields(kind)}
    return {name: value for name, value in stored.items() if name in names}
