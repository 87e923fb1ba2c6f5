"""Token of a preview: what a manager has seen before saving, as a short text that goes through the page and comes back. Pure.

It is how a save made on an outdated page is noticed: of two managers at the same project, or when somebody was verified
in between and another person would now gain or lose access.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from ls_expert_plugin.routing.requirements.editing import ProjectChange, TargetState


def of_project(ls_project_id: int, wanted: TargetState) -> str:
    """The token's part for what one project asks for."""
    return _short([ls_project_id, plain(wanted)])


def of_changes(changes: Iterable[ProjectChange]) -> str:
    """What would change, and who would gain and lose access by it."""
    return _short([
        [one.ls_project_id, plain(one.before), plain(one.after),
         sorted(person.ls_user_id for person in one.gains), sorted(person.ls_user_id for person in one.losses)]
        for one in sorted(changes, key=lambda one: one.ls_project_id)
    ])


def plain(wanted: TargetState) -> dict[str, Any]:
    """A requirement's parts as plain JSON values."""
    return {
        "requirement": dataclasses.asdict(wanted.requirement) if wanted.requirement else None,
        "rules": dataclasses.asdict(wanted.rules),
        "invited": sorted(wanted.invited),
    }


def _short(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]
