"""Tables of verifications: interviews, knowledge tests, reviews and what follows from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ls_expert_plugin.storage.encryption.sealed_columns import SealedJson, SealedText
from ls_expert_plugin.storage.tables.base import Base


class VerificationRow(Base):
    """Where a person stands in a domain. ``specialties``: ids of the domain pack; ``level``: 1 to 5."""

    __tablename__ = "verification"
    __table_args__ = (UniqueConstraint("person_id", "domain"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    domain: Mapped[str] = mapped_column(String(64), index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    valid_until_utc: Mapped[dt.datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    specialties: Mapped[list[Any]] = mapped_column(default=list)
    level: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at_utc: Mapped[dt.datetime]
    updated_at_utc: Mapped[dt.datetime]


class VerificationEventRow(Base):
    """One line of the append-only history of a verification. ``actor_name``: what the actor was called then; empty: nobody, or they were erased."""

    __tablename__ = "verification_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    from_status: Mapped[str] = mapped_column(String(16))
    to_status: Mapped[str] = mapped_column(String(16))
    actor_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str | None] = mapped_column(String(520))
    reason: Mapped[str] = mapped_column(Text, default="")
    at_utc: Mapped[dt.datetime]


class ReviewEntryRow(Base):
    """What a reviewer or the candidate put down beside a verification: verdicts, requests, answers, appeals, corrections. Append-only.

    ``round`` counts how often the verification has come to review; verdicts of one round belong together.
    """

    __tablename__ = "review_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    round: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    author_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    author_name: Mapped[str | None] = mapped_column(String(520))
    about: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(SealedText(("id", "verification_id")), default="")
    details: Mapped[dict[str, Any]] = mapped_column(SealedJson(("id", "verification_id")), default=dict)
    at_utc: Mapped[dt.datetime]


class ReminderRow(Base):
    """Somebody verified was told that a reason to look again has come up, and how long they have. ``settled_at_utc``: it is over.

    ``cause``: licence, version, dormant, quality or date; ``about`` tells two of a cause apart, such as "licence:3".
    ``outcome``: settled, renewed or ended.
    """

    __tablename__ = "reminder"
    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    cause: Mapped[str] = mapped_column(String(16))
    about: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(Text)
    sent_at_utc: Mapped[dt.datetime]
    until_utc: Mapped[dt.datetime]
    settled_at_utc: Mapped[dt.datetime | None]
    outcome: Mapped[str] = mapped_column(String(16), default="")


class InterviewRow(Base):
    """One interview, held for one verification. ``ended_at_utc`` is set once. ``specialties`` and ``language`` are what the candidate chose;
    ``draft`` is an answer to the question at ``draft_reply_to`` that was not sent yet. A person is asked for since
    ``human_asked_at_utc``, and holds it if named.
    """

    __tablename__ = "interview"
    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    pack_version: Mapped[int]
    started_at_utc: Mapped[dt.datetime]
    ended_at_utc: Mapped[dt.datetime | None]
    human_asked_at_utc: Mapped[dt.datetime | None]
    held_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    specialties: Mapped[list[str]] = mapped_column(JSON, default=list)
    language: Mapped[str] = mapped_column(String(8), default="")
    draft: Mapped[str | None] = mapped_column(SealedText(("id", "verification_id")))
    draft_reply_to: Mapped[int | None]
    draft_at_utc: Mapped[dt.datetime | None]


class TurnRow(Base):
    """One thing said in an interview, by either side. The unique position is what makes two tabs answering the same question safe."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("interview_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    interview_id: Mapped[int] = mapped_column(ForeignKey("interview.id"))
    position: Mapped[int]
    speaker: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(SealedText(("id", "interview_id")))
    question_id: Mapped[str | None] = mapped_column(String(64))
    competency: Mapped[str | None] = mapped_column(String(64))
    worded_by: Mapped[str] = mapped_column(String(64), default="")
    at_utc: Mapped[dt.datetime]


class TurnSeenRow(Base):
    """What was seen of one answer while it was written: the first four by the browser's word, seconds to the answer by ours."""

    __tablename__ = "turn_seen"
    turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"), primary_key=True)
    pasted_chars: Mapped[int]
    pastes: Mapped[int]
    away_times: Mapped[int]
    away_s: Mapped[int]
    answer_s: Mapped[int]


class SimilarTurnRow(Base):
    """An answer that repeats another candidate's to the same question; ``share`` of its runs of words, 0 to 1."""

    __tablename__ = "similar_turn"
    turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"), primary_key=True)
    other_turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"), primary_key=True, index=True)
    share: Mapped[float]


class SuggestionRow(Base):
    """Something said in an interview that the profile does not have. ``state``: open, taken or dismissed."""

    __tablename__ = "suggestion"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    details: Mapped[dict[str, Any]] = mapped_column(SealedJson(("id", "person_id")))
    turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(SealedText(("id", "person_id")))
    state: Mapped[str] = mapped_column(String(16))
    made_at_utc: Mapped[dt.datetime]
    settled_at_utc: Mapped[dt.datetime | None]


class VoluntaryAnswerRow(Base):
    """What somebody answered, if they liked, for the fairness report alone. No page about them and nothing that decides reads it."""

    __tablename__ = "voluntary_answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    answers: Mapped[dict[str, Any]] = mapped_column(SealedJson(("id", "person_id")))
    given_at_utc: Mapped[dt.datetime]


class AssessmentRow(Base):
    """A search for evidence in one interview: the state the worker's job works on. ``state``: queued, done, failed."""

    __tablename__ = "assessment"
    id: Mapped[int] = mapped_column(primary_key=True)
    interview_id: Mapped[int] = mapped_column(ForeignKey("interview.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    method: Mapped[str] = mapped_column(String(64), default="")
    pack_version: Mapped[int]
    prompt_version: Mapped[str] = mapped_column(String(32), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at_utc: Mapped[dt.datetime]
    finished_at_utc: Mapped[dt.datetime | None]


class EvidenceRow(Base):
    """Words of the candidate that speak for a competency: ``turn.text[start:end] == quote``, always."""

    __tablename__ = "evidence"
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    competency: Mapped[str] = mapped_column(String(64))
    turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(SealedText(("id", "assessment_id", "turn_id")))
    found_by: Mapped[str] = mapped_column(Text)


class SittingRow(Base):
    """One knowledge test of one person. Choice, order and options follow from ``seed`` and a server secret; ``outcome``: pass,
    fail or undecided, once it is over, with the ability and its standard error in logits, and ``ended_by``: cut, budget or bank.
    """

    __tablename__ = "sitting"
    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    pack_version: Mapped[int]
    seed: Mapped[str] = mapped_column(SealedText(("id", "verification_id")))
    specialties: Mapped[list[Any]] = mapped_column(default=list)
    excluded: Mapped[list[Any]] = mapped_column(default=list)
    started_at_utc: Mapped[dt.datetime]
    ended_at_utc: Mapped[dt.datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    ended_by: Mapped[str] = mapped_column(String(16), default="")
    ability: Mapped[float | None]
    standard_error: Mapped[float | None]


class SittingAnswerRow(Base):
    """One answer in a test; no letter: "I don't know". ``option``: what stood there, 0 the right one. ``logits``: the difficulty that
    counted then. Two tabs give one, by the position.
    """

    __tablename__ = "sitting_answer"
    __table_args__ = (UniqueConstraint("sitting_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"))
    position: Mapped[int]
    item_id: Mapped[str] = mapped_column(String(64))
    letter: Mapped[str | None] = mapped_column(String(1))
    option: Mapped[int | None]
    right: Mapped[bool]
    logits: Mapped[float]
    answered_at_utc: Mapped[dt.datetime]


class ItemDifficultyRow(Base):
    """An item's difficulty as estimated from answers, in place of its author's. The pack's file is never written."""

    __tablename__ = "item_difficulty"
    domain: Mapped[str] = mapped_column(String(64), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    logits: Mapped[float]
    standard_error: Mapped[float]
    answers: Mapped[int]
    calibrated_at_utc: Mapped[dt.datetime]


class ScoreRow(Base):
    """The level of one competency in one assessment; empty: too little to go by. ``readings``: each reading's, in their order.

    ``rubric``: the pack's version it was scored by.
    """

    __tablename__ = "score"
    __table_args__ = (UniqueConstraint("assessment_id", "competency"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    competency: Mapped[str] = mapped_column(String(64))
    level: Mapped[int | None]
    spread: Mapped[int]
    readings: Mapped[list[Any]]
    backed: Mapped[bool]
    rubric: Mapped[int]
    prompt_version: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(128))


class RaisedFlagRow(Base):
    """A red flag of the pack that words of the candidate raised: ``turn.text[start:end] == quote``, always."""

    __tablename__ = "raised_flag"
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    red_flag: Mapped[str] = mapped_column(String(64))
    turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(SealedText(("id", "assessment_id", "turn_id")))
