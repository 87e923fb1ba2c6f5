"""The values that routing passes around. Frozen, standard library only; times are aware UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Project:
    """A project of Label Studio and the domain it asks for; None: hidden from experts."""

    ls_project_id: int
    title: str
    domain: str | None


@dataclass(frozen=True)
class Membership:
    """Whether one person may work on one project, and until when (None: no end). ``revision`` grows with each change."""

    ls_user_id: int
    ls_project_id: int
    active: bool
    valid_until_utc: dt.datetime | None
    reason: str
    revision: int

    def in_force(self, now: dt.datetime) -> bool:
        """True while Label Studio lets the person in."""
        return self.active and (self.valid_until_utc is None or now < self.valid_until_utc)
