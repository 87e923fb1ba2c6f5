"""Progress of a candidate in a domain: the status in words, and the one thing to do next. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ls_expert_plugin.vetting import status
from ls_expert_plugin.vetting.values import Status, Verification

Step = Literal["express", "consent", "profile", "start", "go_on", "respond", "wait", "work"]
Tone = Literal["quiet", "going", "good", "over"]

WORDS: Mapping[Status, tuple[str, Tone]] = {
    "interested": ("Interested", "going"),
    "interviewing": ("Interview begun", "going"),
    "assessing": ("Interview done", "going"),
    "in_review": ("In review", "going"),
    "more_asked": ("More is asked", "going"),
    "verified": ("Verified", "good"),
    "declined": ("Not verified", "over"),
    "expired": ("Expired", "over"),
    "suspended": ("Paused", "over"),
    "revoked": ("Revoked", "over"),
    "withdrawn": ("Withdrawn", "over"),
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
    if verification is None:
        return Standing("Open to you", "quiet", "Say that you are interested; it commits you to nothing.", "express")
    is_now = status.at(verification, now)
    label, tone = WORDS[is_now]
    text, step = _next(is_now, has_consent, has_entries, has_projects)
    return Standing(label, tone, text, step)


def _next(is_now: Status, has_consent: bool, has_entries: bool, has_projects: bool) -> tuple[str, Step]:
    if is_now == "interested" and not has_consent:
        return "Next: read what we do with your data, and agree to it if you like.", "consent"
    if is_now == "interested" and not has_entries:
        return "Next: tell us about your education, licences and work.", "profile"
    if is_now == "interested":
        return "Next: a short interview in writing. You can stop and go on later.", "start"
    if is_now == "interviewing":
        return "Your interview is waiting for your next answer. Everything so far is saved.", "go_on"
    if is_now == "assessing":
        return "We are preparing your interview for the person who reads it. There is nothing you need to do.", "wait"
    if is_now == "in_review":
        return "A person reads your profile and your interview and decides. You will see the decision here.", "wait"
    if is_now == "more_asked":
        return "The person who reads your profile and your interview asks for more before they decide.", "respond"
    if is_now == "verified" and has_projects:
        return "You can work on the projects of this domain.", "work"
    if is_now == "verified":
        return "There is no project in this domain yet. New ones show up here and in Label Studio.", "wait"
    if is_now == "suspended":
        return "Your access is paused. Ask a manager of this Label Studio what happens next.", "wait"
    return {
        "declined": "A manager did not verify you this time. You may appeal, or start again.",
        "expired": "Your verification has run out. Start again to renew it.",
        "revoked": "A manager took your verification back. You may appeal, or start again; there will be a new review.",
        "withdrawn": "You withdrew your consent, so this stopped. You may start again.",
    }[is_now], "express"
