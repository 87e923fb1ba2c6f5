"""Value objects of a profile that storage keeps: a résumé as it was sent, and an entry suggested from what somebody said. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from ls_expert_plugin.vetting.values import ClaimKind

# Of ``forms.PROFICIENCIES``: those with which one works in a language. Projects count these.
WORKING_PROFICIENCIES = ("working", "fluent", "native")


@dataclass(frozen=True)
class Resume:
    """The file as it was sent. ``kind``: pdf or docx. ``read_by_model``: the person allowed it."""

    name: str
    kind: str
    content: bytes
    text: str
    read_by_model: bool
    at_utc: dt.datetime


@dataclass(frozen=True)
class Suggestion:
    """``fields``: what is known of the entry, as its form takes it; ``turn.text[start:end] == quote``."""

    kind: ClaimKind
    fields: Mapping[str, str]
    turn_id: int
    start: int
    end: int
    quote: str
