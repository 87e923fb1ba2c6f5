"""The values that vetting passes around. Frozen, standard library only; times are aware UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal[
    "interested", "interviewing", "assessing", "in_review", "more_asked", "verified", "declined", "expired", "suspended",
    "revoked", "withdrawn",
]
ClaimKind = Literal["education", "licence", "work", "skill", "language"]
# A claim counts for routing once somebody or something has found it right.
CHECKED = ("registry-matched", "human-verified")
Speaker = Literal["interviewer", "candidate"]
# The purpose of consent that e-mails need.
NOTIFICATIONS = "notifications"


@dataclass(frozen=True)
class Person:
    """A member of Label Studio. ``role`` is the one the extension named: manager or expert. ``renamed_at_utc``: when their name last changed;
    ``made_at_utc``: when their account was made, where it was told.
    """

    id: int
    ls_user_id: int
    email: str
    name: str
    role: str
    renamed_at_utc: dt.datetime | None = None
    made_at_utc: dt.datetime | None = None

    @property
    def has_account(self) -> bool:
        """False: a restored Label Studio has lost their account, and its number is another's."""
        return self.ls_user_id > 0

    @property
    def is_manager(self) -> bool:
        return self.role == "manager"

    @property
    def shown_name(self) -> str:
        return self.name or self.email


@dataclass(frozen=True)
class Consent:
    """Consent to one purpose. In force while ``withdrawn_at_utc`` is None. ``retention_days``: what the text named; None: not kept then."""

    purpose: str
    text_version: str
    given_at_utc: dt.datetime
    withdrawn_at_utc: dt.datetime | None = None
    retention_days: int | None = None


@dataclass(frozen=True)
class Erasure:
    """That what a person told us was removed. ``reason``: asked (by themselves), command, retention, or restored (done again)."""

    id: int
    person: Person
    reason: str
    asked_at_utc: dt.datetime
    finished_at_utc: dt.datetime | None


@dataclass(frozen=True)
class Claim:
    """Something a person says of themselves. "claimed" until somebody or something has checked it, at ``checked_at_utc``.

    ``contradicted``: what does not go with it, in words; empty where nothing speaks against it.
    """

    id: int
    kind: ClaimKind
    details: Mapping[str, Any]
    status: str
    source: str
    checked_at_utc: dt.datetime | None = None
    contradicted: str = ""

    @property
    def is_checked(self) -> bool:
        """Whether the claim counts for routing: somebody or something checked it."""
        return self.status in CHECKED and not self.contradicted


@dataclass(frozen=True)
class ClaimEvent:
    """One line of the ledger of claims. ``source``: form, linkedin, json_resume, resume, interview, reviewer, register:<id>, name or date.

    ``evidence``: plain JSON; ``words`` in it is for people. ``actor``: a manager's name, or empty.
    """

    claim_id: int
    from_status: str
    to_status: str
    source: str
    evidence: Mapping[str, Any]
    contradicted: str
    actor: str
    at_utc: dt.datetime


@dataclass(frozen=True)
class Verification:
    """Where a person stands in a domain. ``specialties`` (ids of the pack) and ``level`` (1 to 5) are the reviewer's."""

    id: int
    person_id: int
    domain: str
    status: Status
    valid_until_utc: dt.datetime | None
    reason: str
    revision: int
    updated_at_utc: dt.datetime
    specialties: tuple[str, ...] = ()
    level: int | None = None

    def in_force(self, now: dt.datetime) -> bool:
        """True while it opens projects: verified, and not past its date."""
        return self.status == "verified" and (self.valid_until_utc is None or now < self.valid_until_utc)


@dataclass(frozen=True)
class StatusChange:
    """One line of a verification's history. ``actor_person_id``: None for the system."""

    from_status: str
    to_status: str
    actor: str
    reason: str
    at_utc: dt.datetime
    actor_person_id: int | None = None


EntryKind = Literal["verdict", "request", "answer", "appeal", "correction"]


@dataclass(frozen=True)
class Verdict:
    """A reviewer's verdict: ``to`` is verified, declined, amended or renewed; what that kind does not have is empty.

    ``valid_until``: an ISO date. ``checked_claims``: ids. ``against``: lines of the policy it goes against. ``is_decided``: no proposal.
    """

    to: str
    specialties: tuple[str, ...]
    level: int | None
    valid_until: str
    checked_claims: tuple[int, ...]
    against: tuple[str, ...]
    is_decided: bool


@dataclass(frozen=True)
class ReviewEntry:
    """One thing put down beside a verification, never changed: a reviewer's verdict or request, a candidate's answer, appeal or correction.

    ``round`` counts how often the verification has come to review. ``about``: what a correction is about, such as
    "competency:procedure" or "claim:3". ``details`` of a verdict: to, specialties, level, valid_until, looked_at.
    """

    id: int
    round: int
    kind: EntryKind
    author: str
    author_person_id: int | None
    about: str
    text: str
    details: Mapping[str, Any]
    at_utc: dt.datetime

    @property
    def verdict(self) -> Verdict | None:
        """What a reviewer came to; None for every other kind of entry."""
        if self.kind != "verdict":
            return None
        said = self.details
        return Verdict(
            to=said.get("to", ""), specialties=tuple(said.get("specialties", ())), level=said.get("level"), valid_until=said.get("valid_until", ""),
            checked_claims=tuple(said.get("checked_claims", ())), against=tuple(said.get("against", ())), is_decided=bool(said.get("decided")),
        )


@dataclass(frozen=True)
class Turn:
    """One thing said in an interview. ``position`` counts from 0; ``question_id`` and ``competency`` are the pack's."""

    id: int
    position: int
    speaker: Speaker
    text: str
    question_id: str | None
    competency: str | None
    at_utc: dt.datetime


@dataclass(frozen=True)
class Interview:
    """An interview with its turns in order. ``specialties`` (ids of the pack) are the candidate's own word; ``language`` (ISO 639-1) is
    what they asked to be interviewed in, empty for the language of the questions. ``human_asked_at_utc``: the candidate asked for a
    person, or one has taken it over, who is ``held_by_person_id``.
    """

    id: int
    verification_id: int
    pack_version: int
    started_at_utc: dt.datetime
    ended_at_utc: dt.datetime | None
    turns: tuple[Turn, ...]
    human_asked_at_utc: dt.datetime | None = None
    held_by_person_id: int | None = None
    specialties: tuple[str, ...] = ()
    language: str = ""

    @property
    def is_by_hand(self) -> bool:
        """Whether a person is to ask, and the program does not."""
        return self.human_asked_at_utc is not None


@dataclass(frozen=True)
class Draft:
    """An answer to the question at position ``in_reply_to`` that was not sent yet."""

    in_reply_to: int
    text: str
    at_utc: dt.datetime


AddOnOutcome = Literal["fits", "does_not", "again"]


@dataclass(frozen=True)
class AddOnQuestion:
    """One question of a project's own: what an answer shows (``about``), and the question."""

    about: str
    text: str


@dataclass(frozen=True)
class AddOn:
    """Somebody's answers to the questions of one project. ``asked`` are those of the day it was begun.

    ``outcome``: None while nobody has decided; "again" lets the person answer anew. Only "fits" opens the project, and it opens
    no other.
    """

    id: int
    person_id: int
    ls_project_id: int
    asked: tuple[AddOnQuestion, ...]
    answers: tuple[str, ...]
    started_at_utc: dt.datetime
    ended_at_utc: dt.datetime | None = None
    outcome: AddOnOutcome | None = None
    reason: str = ""
    decided_by_person_id: int | None = None
    decided_at_utc: dt.datetime | None = None


@dataclass(frozen=True)
class Evidence:
    """Words of the candidate that speak for a competency: ``turn.text[start:end] == quote``."""

    competency: str
    turn_id: int
    start: int
    end: int
    quote: str
    found_by: str


@dataclass(frozen=True)
class Score:
    """The level of one competency, 1 to 5; None: too little to go by. ``readings``: what each independent reading gave; ``spread``: how
    far apart they are. ``backed``: a passage of it was found without the model too. ``rubric``: the pack's version.
    """

    competency: str
    level: int | None
    spread: int
    readings: tuple[int | None, ...]
    backed: bool
    rubric: int
    prompt_version: str
    model: str


@dataclass(frozen=True)
class RaisedRedFlag:
    """A red flag of the pack, and the candidate's words that raised it: ``turn.text[start:end] == quote``."""

    red_flag: str
    turn_id: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Assessment:
    """A search for evidence. ``state``: queued, done or failed; ``note`` says in words what could not be done.

    ``scores`` is empty where no model read it, or too few readings could be used. ``finished_at_utc``: None while queued.
    """

    id: int
    interview_id: int
    state: str
    method: str
    pack_version: int
    prompt_version: str
    note: str
    attempts: int
    evidence: tuple[Evidence, ...]
    scores: tuple[Score, ...] = ()
    raised: tuple[RaisedRedFlag, ...] = ()
    finished_at_utc: dt.datetime | None = None
