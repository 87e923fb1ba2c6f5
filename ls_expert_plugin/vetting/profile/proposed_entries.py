"""What a file proposes for a profile: entries to look at, none of them saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.values import ClaimKind

MAX_ENTRIES = 200
# How people say how well they know a language, from the best down; the first that is found in what they wrote counts.
_PROFICIENCY_WORDS: tuple[tuple[str, str], ...] = (
    ("native", r"native|mother tongue|first language|bilingual|muttersprach\w*|langue maternelle|lengua materna|c2"),
    ("working", r"professional working|upper.intermediate|business|working proficiency|b2"),
    ("basic", r"limited|elementary|beginner|basics?|intermediate|conversational|fair|a1|a2|b1"),
    ("fluent", r"near.native|fluent\w*|full professional|advanced|proficient|expert|c1|verhandlungssicher|courant"),
    ("working", r"professional|good|working"),
)
CODES = {name.casefold(): code for code, name in LANGUAGES.items()}


def proficiency(words: str) -> str:
    """What a form knows for how somebody says they know a language, such as "Native speaker"; anything else as it is. Pure."""
    said = words.casefold()
    if re.search(r"\b(near|almost|non|not)\b.{0,3}\bnative", said):
        return "working" if "non" in said or "not" in said else "fluent"
    if re.search(r"limited working", said):
        return "basic"
    return next((word for word, pattern in _PROFICIENCY_WORDS if re.search(rf"\b({pattern})\b", said)), words)


def end_date(text: str) -> str:
    """The end of a job as a file has it; empty where it says that there is none yet, such as "Present". Pure."""
    return "" if text.strip().casefold() in ("present", "now", "current", "currently", "ongoing", "today", "to date") else text


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
