"""What a file proposes for a profile: entries to look at, none of them saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.values import ClaimKind

MAX_ENTRIES = 200
CODES = {name.casefold(): code for code, name in LANGUAGES.items()}


@dataclass(frozen=True)
class Proposed:
    """An entry to look at. ``fields`` as the form of ``kind`` takes them; ``seen``: how the file names it; ``quote``: the passage
    that says so, where a model read it."""

    kind: ClaimKind
    fields: Mapping[str, str]
    seen: str
    quote: str = ""


@dataclass(frozen=True)
class Proposals:
    """What the file proposes, and a sentence for each part that was left out."""

    proposed: tuple[Proposed, ...]
    left_out: tuple[str, ...]
