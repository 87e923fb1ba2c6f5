"""Who may work on what. Pure: verifications and projects in, access out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.vetting.values import Verification


@dataclass(frozen=True)
class Access:
    """Access to one project until a moment (None: no end), and why."""

    valid_until_utc: dt.datetime | None
    reason: str


def accessible(verifications: Iterable[Verification], projects: Iterable[Project], now: dt.datetime) -> Mapping[int, Access]:
    """Access by ``ls_project_id``. A project without a domain is nobody's."""
    in_force = {v.domain: v for v in verifications if v.in_force(now)}
    access = {}
    for project in projects:
        verification = in_force.get(project.domain or "")
        if verification is not None:
            access[project.ls_project_id] = Access(verification.valid_until_utc, f"verified in {verification.domain}")
    return access
