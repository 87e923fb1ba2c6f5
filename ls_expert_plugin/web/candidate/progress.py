"""Progress of a candidate in a domain: the status in the words of the catalogue, and the one thing to do next. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.lifecycle.status_catalogue import ShownStatus, Tone, shown_status, text_of
from ls_expert_plugin.vetting.values import Verification

Step = Literal["express", "consent", "profile", "start", "go_on", "respond", "wait", "work"]

# What the button does, where it goes by the status alone.
_STEPS: Mapping[ShownStatus, Step] = {
    "not_started": "express", "profile_incomplete": "profile", "interested": "start", "interviewing": "go_on", "assessing": "wait", "in_review": "wait",
    "more_asked": "respond", "verified": "work", "suspended": "wait", "declined": "express", "expired": "express", "revoked": "express", "withdrawn": "express",
}


@dataclass(frozen=True)
class Standing:
    """``label`` and ``tone`` make the badge, ``text`` explains, ``step`` is what the button does."""

    label: str
    tone: Tone
    text: str
    step: Step


def standing(
    verification: Verification | None, *, has_consent: bool, has_entries: bool, has_projects: bool, now: dt.datetime
) -> Standing:
    """Where somebody with this verification (None: none yet) stands, and what comes next."""
    current = None if verification is None else status.at(verification, now)
    shown = shown_status(current, has_entries=has_entries or not has_consent)  # consent comes before the profile
    words = text_of(shown)
    if shown == "interested" and not has_consent:
        return Standing(words.label, words.tone, "Next: read what your data is used for, and decide whether you agree.", "consent")
    if shown == "verified" and not has_projects:
        return Standing(words.label, words.tone, f"{words.explanation} It has no project open to you yet; new ones appear here and in Label Studio.", "wait")
    return Standing(words.label, words.tone, f"{words.explanation} {words.next_step}", _STEPS[shown])
