"""Value objects of review that storage keeps: who has taken a review, private notes, the team's templates for reasons. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ls_expert_plugin.vetting.values import Person


@dataclass(frozen=True)
class Assignment:
    """Who has taken a review, and since when."""

    reviewer: Person
    since_utc: dt.datetime


@dataclass(frozen=True)
class PrivateNote:
    """One note, with who wrote it."""

    id: int
    author: Person
    text: str
    at_utc: dt.datetime


@dataclass(frozen=True)
class ReasonTemplate:
    """One text for the reasons of ``action``. ``id`` is None for a text that ships with the plugin."""

    action: str
    text: str
    id: int | None = None
