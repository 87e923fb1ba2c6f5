"""Message catalogue of statuses: what is stored of a verification → the words people read. Pure; the only place that words a status.

Pages, e-mails, API and command line take ``label``, ``explanation`` and the next step from here. What is stored (columns, JSON) is
``Status`` as it is; "not started" and "profile incomplete" are shown and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ls_expert_plugin.vetting.values import Status

Tone = Literal["quiet", "going", "good", "over", "bad"]
ShownStatus = Literal["not_started", "profile_incomplete"] | Status


@dataclass(frozen=True)
class StatusText:
    """The words of one status. ``label`` stands on the badge, ``tone`` is its colour; ``explanation`` says in one line what it means to the
    candidate; ``next_step`` is theirs, ``reviewer_step`` the reviewer's. Each is a sentence or two.
    """

    label: str
    tone: Tone
    explanation: str
    next_step: str
    reviewer_step: str


CATALOGUE: Mapping[ShownStatus, StatusText] = {
    "not_started": StatusText(
        "Not started", "quiet", "You have not applied in this domain.", "Apply to begin. No obligation.", "Nothing to do: they have not applied.",
    ),
    "interested": StatusText(
        "Interest noted", "going", "You have applied in this domain; the interview has not begun.", "Take the interview. You can pause it and continue later.",
        "Nothing to do yet: the interview comes first.",
    ),
    "profile_incomplete": StatusText(
        "Profile incomplete", "going", "You have applied in this domain; your profile has no entries yet.", "Add your education, licences and work.",
        "Nothing to do yet: the profile and the interview come first.",
    ),
    "interviewing": StatusText(
        "Interview in progress", "going", "Your answers so far are saved.", "Continue the interview.", "Nothing to do yet: the interview is not complete.",
    ),
    "assessing": StatusText(
        "In review", "going", "Your interview is complete and is being prepared for a reviewer.", "Nothing to do: you will see the decision here.",
        "Nothing to do yet: the interview is being searched for evidence.",
    ),
    "in_review": StatusText(
        "In review", "going", "A reviewer reads your profile and your interview and decides.", "Nothing to do: you will see the decision here.",
        "Verify, request information, or decline.",
    ),
    "more_asked": StatusText(
        "More information needed", "going", "The reviewer needs more information before deciding.", "Read what is needed and reply.",
        "Wait for the reply, or continue without it.",
    ),
    "verified": StatusText(
        "Verified", "good", "You are verified in this domain.", "Work on the projects that are open to you.", "Renew, change, suspend or revoke.",
    ),
    "declined": StatusText(
        "Declined", "over", "You were not verified this time.", "Read the reason; you may appeal, or apply again.",
        "Nothing to do, unless they appeal or apply again.",
    ),
    "expired": StatusText(
        "Expired", "over", "Your verification has expired.", "Apply again to renew it.", "Nothing to do, unless they apply again.",
    ),
    "suspended": StatusText(
        "Suspended", "over", "Your verification is suspended, and its projects are closed to you.", "Read the reason, and ask a manager what happens next.",
        "Resume, or revoke.",
    ),
    "revoked": StatusText(
        "Revoked", "over", "Your verification was revoked.", "Read the reason; you may appeal, or apply again.",
        "Nothing to do, unless they appeal or apply again.",
    ),
    "withdrawn": StatusText(
        "Withdrawn", "over", "You withdrew your application or your consent.", "Apply again whenever you like.", "Nothing to do, unless they apply again.",
    ),
}
# Of an entry of the profile: its label and colour, by what is stored of it; "contradicted" is a mark beside these.
ENTRY_STATUSES: Mapping[str, tuple[str, Tone]] = {
    "claimed": ("Self-reported", "quiet"), "consistent": ("Consistent with the profile", "quiet"), "registry-matched": ("Matched in register", "good"),
    "human-verified": ("Verified by reviewer", "good"), "expired": ("Expired", "over"), "contradicted": ("Contradicted", "over"),
}
# Of each label one stored status to look for: several statuses may read alike.
STORED_BY_LABEL: Mapping[str, Status] = {CATALOGUE[stored].label: stored for stored in get_args(Status)}


def text_of(shown: ShownStatus | str) -> StatusText:
    """The words of a status. One that is not in the catalogue, as an old history may hold, reads as itself."""
    return next((text for known, text in CATALOGUE.items() if known == shown), StatusText(shown, "quiet", "", "", ""))


def label(shown: ShownStatus | str) -> str:
    """The status in two or three words, as on a badge."""
    return text_of(shown).label


def entry_label(stored: str) -> str:
    """The status of an entry of the profile, as on a badge; one that is not known, as an old history may hold, reads as itself."""
    return ENTRY_STATUSES.get(stored, (stored, "quiet"))[0]


def entry_tone(stored: str) -> Tone:
    """The colour of the badge of an entry's status."""
    return ENTRY_STATUSES.get(stored, (stored, "quiet"))[1]


def shown_status(current: Status | None, *, has_entries: bool) -> ShownStatus:
    """What to show of a verification with this status (None: never applied). ``has_entries``: whether the profile holds anything."""
    if current is None:
        return "not_started"
    return "profile_incomplete" if current == "interested" and not has_entries else current
