"""The service's tables. Rows stay inside ``storage/``: repositories hand out the features' frozen values.

Times are stored in UTC and come back aware. Columns named ``ls_…`` hold ids of Label Studio's database; nothing here
points into it with a foreign key.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, MetaData, String, Text, TypeDecorator, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ls_expert_plugin.storage.sealing import SealedJson, SealedText


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware datetimes only, in UTC, on databases that keep zones and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without time zone")
        return value.astimezone(dt.timezone.utc)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None or value.tzinfo is not None:
            return value.astimezone(dt.timezone.utc) if value else value
        return value.replace(tzinfo=dt.timezone.utc)


class Base(DeclarativeBase):
    """Named constraints, so that migrations can drop them on every database."""

    metadata = MetaData(naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s",
    })
    type_annotation_map = {dt.datetime: UtcDateTime(), dict[str, Any]: JSON(), list[Any]: JSON()}


class PersonRow(Base):
    """A member of Label Studio, as its extension told us."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_user_id: Mapped[int] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(520), default="")
    role: Mapped[str] = mapped_column(String(16))
    joined_at_utc: Mapped[dt.datetime]
    gone_at_utc: Mapped[dt.datetime | None]


class UsedHandoffRow(Base):
    """A hand-off that has been used, until it would have expired anyway. The primary key makes a replay fail."""

    __tablename__ = "used_handoff"
    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at_utc: Mapped[dt.datetime] = mapped_column(index=True)


class ConsentRow(Base):
    """One consent to one purpose: the version of the text that was read, and the days it named. Withdrawn, never deleted."""

    __tablename__ = "consent"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(64))
    text_version: Mapped[str] = mapped_column(String(32))
    given_at_utc: Mapped[dt.datetime]
    withdrawn_at_utc: Mapped[dt.datetime | None]
    retention_days: Mapped[int | None]


class ErasureRow(Base):
    """That what somebody told us was removed, when and why; nothing of what it was. ``reason``: asked, command or retention.

    ``finished_at_utc`` empty: their memberships or their name in Label Studio are still to be seen to. Append-only but for that.
    """

    __tablename__ = "erasure"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(String(16))
    asked_at_utc: Mapped[dt.datetime]
    finished_at_utc: Mapped[dt.datetime | None] = mapped_column(index=True)


class ClaimRow(Base):
    """What a person says of themselves: ``kind`` is education, licence, work, skill or language; ``details`` are the form's fields.

    ``checked_…``: which manager found it right, and when; empty again after each change.
    """

    __tablename__ = "claim"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    details: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    status: Mapped[str] = mapped_column(String(32), default="claimed")
    source: Mapped[str] = mapped_column(String(32), default="form")
    checked_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_at_utc: Mapped[dt.datetime | None]
    contradicted: Mapped[str | None] = mapped_column(SealedText)
    created_at_utc: Mapped[dt.datetime]
    updated_at_utc: Mapped[dt.datetime]


class ClaimEventRow(Base):
    """The ledger: each change of a claim's status, from what source, on what evidence. Append-only; goes with its claim."""

    __tablename__ = "claim_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    from_status: Mapped[str] = mapped_column(String(32))
    to_status: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(64))
    evidence: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    contradicted: Mapped[str] = mapped_column(SealedText, default="")
    actor_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at_utc: Mapped[dt.datetime]


class RegisterAnswerRow(Base):
    """What a public register said about a number, kept for some days so that it is not asked again. No person is named here but by it."""

    __tablename__ = "register_answer"
    __table_args__ = (UniqueConstraint("check_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    asked_at_utc: Mapped[dt.datetime]


class ResumeRow(Base):
    """The résumé somebody sent: ``content`` is the file in base64, ``text`` what a parser read in it."""

    __tablename__ = "resume"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    name: Mapped[str] = mapped_column(SealedText)
    kind: Mapped[str] = mapped_column(String(8))
    content: Mapped[str] = mapped_column(SealedText)
    text: Mapped[str] = mapped_column(SealedText)
    read_by_model: Mapped[bool]
    at_utc: Mapped[dt.datetime]


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
    """History of a verification. Append-only."""

    __tablename__ = "verification_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    from_status: Mapped[str] = mapped_column(String(16))
    to_status: Mapped[str] = mapped_column(String(16))
    actor_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
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
    about: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(SealedText, default="")
    details: Mapped[dict[str, Any]] = mapped_column(SealedJson, default=dict)
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
    """One interview for one verification. ``ended_at_utc`` is set once. ``specialties`` and ``language`` are what the candidate chose;
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
    draft: Mapped[str | None] = mapped_column(SealedText)
    draft_reply_to: Mapped[int | None]
    draft_at_utc: Mapped[dt.datetime | None]


class TurnRow(Base):
    """One thing said. The unique position is what makes two tabs answering the same question safe."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("interview_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    interview_id: Mapped[int] = mapped_column(ForeignKey("interview.id"))
    position: Mapped[int]
    speaker: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(SealedText)
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
    other_turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"), primary_key=True)
    share: Mapped[float]


class SuggestionRow(Base):
    """Something said in an interview that the profile does not have. ``state``: open, taken or dismissed."""

    __tablename__ = "suggestion"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    details: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"))
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(SealedText)
    state: Mapped[str] = mapped_column(String(16))
    made_at_utc: Mapped[dt.datetime]
    settled_at_utc: Mapped[dt.datetime | None]


class VoluntaryAnswerRow(Base):
    """What somebody answered, if they liked, for the fairness report alone. No page about them and nothing that decides reads it."""

    __tablename__ = "voluntary_answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    answers: Mapped[dict[str, Any]] = mapped_column(SealedJson)
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
    turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"))
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(SealedText)
    found_by: Mapped[str] = mapped_column(Text)


class SittingRow(Base):
    """One knowledge test of one person. Choice, order and options follow from ``seed``, which is secret; ``outcome``: pass, fail or
    undecided, once it is over, with the ability and its standard error in logits, and ``ended_by``: cut, budget or bank.
    """

    __tablename__ = "sitting"
    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    pack_version: Mapped[int]
    seed: Mapped[str] = mapped_column(SealedText)
    specialties: Mapped[list[Any]] = mapped_column(default=list)
    excluded: Mapped[list[Any]] = mapped_column(default=list)
    started_at_utc: Mapped[dt.datetime]
    ended_at_utc: Mapped[dt.datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    ended_by: Mapped[str] = mapped_column(String(16), default="")
    ability: Mapped[float | None]
    standard_error: Mapped[float | None]


class SittingAnswerRow(Base):
    """One answer in a test; no letter: "I don't know". ``logits``: the difficulty that counted then. Two tabs give one, by the position."""

    __tablename__ = "sitting_answer"
    __table_args__ = (UniqueConstraint("sitting_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"))
    position: Mapped[int]
    item_id: Mapped[str] = mapped_column(String(64))
    letter: Mapped[str | None] = mapped_column(String(1))
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
    turn_id: Mapped[int] = mapped_column(ForeignKey("turn.id"))
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(SealedText)


class ProjectRow(Base):
    """A project of Label Studio that we have heard of, what it asks for (no domain: nobody), and its rules.

    ``rules_revision`` grows with each change of the rules; 0: they were never set, and Label Studio has no row of them.
    """

    __tablename__ = "project"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text, default="")
    domain: Mapped[str | None] = mapped_column(String(64), index=True)
    specialties: Mapped[list[Any]] = mapped_column(default=list)
    all_specialties: Mapped[bool] = mapped_column(default=False)
    minimum_level: Mapped[int | None]
    languages: Mapped[list[Any]] = mapped_column(default=list)
    jurisdictions: Mapped[list[Any]] = mapped_column(default=list)
    credential_kinds: Mapped[list[Any]] = mapped_column(default=list)
    add_on: Mapped[list[Any]] = mapped_column(default=list)
    max_experts: Mapped[int | None]
    mode: Mapped[str] = mapped_column(String(16), default="open")
    shows_others_work: Mapped[bool] = mapped_column(default=False)
    specialty_field: Mapped[str | None] = mapped_column(String(200))
    shows_tasks_without_specialty: Mapped[bool] = mapped_column(default=False)
    rules_revision: Mapped[int] = mapped_column(BigInteger, default=0)
    rules_pushed_revision: Mapped[int] = mapped_column(BigInteger, default=0)
    gone_at_utc: Mapped[dt.datetime | None]
    updated_at_utc: Mapped[dt.datetime]


class InvitationRow(Base):
    """Somebody on a project's list. Counts while the project is for the invited, and they match; ``until_utc``: None for no end."""

    __tablename__ = "invitation"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ls_user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    invited_at_utc: Mapped[dt.datetime]
    until_utc: Mapped[dt.datetime | None]


class AddOnRow(Base):
    """Somebody's answers to one project's own questions, and what a manager made of them. ``asked``: pairs of about and question.
    ``answers``: {"texts": […]}, in the same order.
    """

    __tablename__ = "add_on"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    ls_project_id: Mapped[int] = mapped_column(index=True)
    asked: Mapped[list[Any]]
    answers: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    started_at_utc: Mapped[dt.datetime]
    ended_at_utc: Mapped[dt.datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(SealedText, default="")
    decided_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at_utc: Mapped[dt.datetime | None]


class NotificationRow(Base):
    """Something to tell one person by e-mail, who had agreed to that when it was made. ``outcome``: sent, refused or given_up, once it is over."""

    __tablename__ = "notification"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    domain: Mapped[str] = mapped_column(String(64), default="")
    count: Mapped[int] = mapped_column(default=1)
    made_at_utc: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at_utc: Mapped[dt.datetime | None]
    settled_at_utc: Mapped[dt.datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(16), default="")


class MembershipRow(Base):
    """Truth of who may work on what. A row whose ``pushed_revision`` is behind still has to reach Label Studio."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("ls_user_id", "ls_project_id"),
        # Few rows wait at a time, among very many: the index holds only those. Endings come first.
        Index(
            "ix_membership_unpushed", "active", "updated_at_utc", "id",
            postgresql_where=text("pushed_revision < revision"), sqlite_where=text("pushed_revision < revision"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_user_id: Mapped[int]
    ls_project_id: Mapped[int] = mapped_column(index=True)
    active: Mapped[bool]
    valid_until_utc: Mapped[dt.datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    specialties: Mapped[list[Any]] = mapped_column(default=list)
    revision: Mapped[int] = mapped_column(BigInteger)
    pushed_revision: Mapped[int] = mapped_column(BigInteger, default=0)
    updated_at_utc: Mapped[dt.datetime]


class RoutingDueRow(Base):
    """Something about this person has changed that memberships rest on. Written with the change, deleted by recomputing."""

    __tablename__ = "routing_due"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)


class CursorRow(Base):
    """How far we have read somebody else's log."""

    __tablename__ = "cursor"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[str] = mapped_column(String(64))
    updated_at_utc: Mapped[dt.datetime]


class WorkEventRow(Base):
    """One event of Label Studio's outbox, kept once: the record of work."""

    __tablename__ = "work_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32), index=True)
    ls_user_id: Mapped[int | None] = mapped_column(index=True)
    ls_project_id: Mapped[int | None] = mapped_column(index=True)
    ls_task_id: Mapped[int | None]
    ls_annotation_id: Mapped[int | None]
    was_cancelled: Mapped[bool | None]
    at_utc: Mapped[dt.datetime]


class ControlCountRow(Base):
    """How somebody's latest answers to a project's control tasks compare with the ground truth, as it was counted last."""

    __tablename__ = "control_count"
    ls_user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ls_project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answers: Mapped[int]
    right: Mapped[int]
    counted_at_utc: Mapped[dt.datetime]


class ExampleSetRow(Base):
    """What the offline pre-labeller learns from: submitted annotations of one project, frozen under a version.

    ``examples``: list of {"data": task data, "result": annotation result}. A new version is made only when somebody
    asks for it, because Label Studio asks for every task again when a version changes.
    """

    __tablename__ = "example_set"
    __table_args__ = (UniqueConstraint("ls_project_id", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_project_id: Mapped[int]
    version: Mapped[str] = mapped_column(String(64))
    label_config: Mapped[str] = mapped_column(Text)
    examples: Mapped[list[Any]]
    # How it did on annotations that nobody had learnt from: {"tasks", "right", "before", "right_before"}; null: not measured.
    measured: Mapped[dict[str, Any] | None]
    created_at_utc: Mapped[dt.datetime]


class PrelabelRow(Base):
    """An answer of the pre-labeller to a task: being made while ``result`` is null, by whoever took it then. Removed after a day.

    ``content``: a hash of the task's data and the label config. ``result``: JSON.
    """

    __tablename__ = "prelabel"
    __table_args__ = (UniqueConstraint("ls_project_id", "ls_task_id", "version", "content"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_project_id: Mapped[int]
    ls_task_id: Mapped[int]
    version: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(String(64))
    result: Mapped[str | None] = mapped_column(SealedText)
    taken_at_utc: Mapped[dt.datetime] = mapped_column(index=True)


class PrelabelScoreRow(Base):
    """The score of a pre-label as it was made, before it is told what it is worth; to learn that from what experts submit."""

    __tablename__ = "prelabel_score"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(200), primary_key=True)
    ls_task_id: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[float]


class PrelabelCalibrationRow(Base):
    """What scores of a version are worth in a project: ``ml_backend/calibration.py``."""

    __tablename__ = "prelabel_calibration"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(200), primary_key=True)
    slope: Mapped[float]
    intercept: Mapped[float]
    outcomes: Mapped[int]
    is_blind: Mapped[bool]
    learnt_at_utc: Mapped[dt.datetime]


class PrelabelFiguresRow(Base):
    """The figures of a project's pre-labels that a manager asked for: ``prelabel_figures.py``. None of one person.

    ``ask_tasks``: about so many tasks today's version is asked for them. ``made_at_utc`` before ``asked_at_utc``: the worker is at it.
    """

    __tablename__ = "prelabel_figures"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True)
    ask_tasks: Mapped[int]
    asked_at_utc: Mapped[dt.datetime]
    figures: Mapped[dict[str, Any]]
    made_at_utc: Mapped[dt.datetime | None]


class PrelabelRunRow(Base):
    """A run over a whole project that a manager began on the page. ``outcome``: done, stopped or failed, once it is over, with a sentence in ``said``.

    ``seen_at_utc``: the worker that carries it out was there; long ago: it is gone, and another goes on.
    """

    __tablename__ = "prelabel_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_project_id: Mapped[int] = mapped_column(index=True)
    begun_by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    only_missing: Mapped[bool]
    begun_at_utc: Mapped[dt.datetime]
    seen_at_utc: Mapped[dt.datetime | None]
    ended_at_utc: Mapped[dt.datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(16), default="")
    said: Mapped[str] = mapped_column(Text, default="")
    tasks: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    empty: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    is_to_stop: Mapped[bool] = mapped_column(default=False)


class MlProjectRow(Base):
    """What a project is pre-labelled by: the recipe that was switched on ({}: none), and ``extra_params`` as Label Studio sent them, under "value"."""

    __tablename__ = "ml_project"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recipe: Mapped[dict[str, Any]] = mapped_column(default=dict)
    extra_params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    switched_at_utc: Mapped[dt.datetime]


class ModelCallRow(Base):
    """One call to a language model: what it cost and how it ended, never what was said."""

    __tablename__ = "model_call"
    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(64), index=True)
    model: Mapped[str] = mapped_column(String(128))
    prompt_version: Mapped[str] = mapped_column(String(64))
    prompt_sha256: Mapped[str] = mapped_column(String(64))
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    duration_ms: Mapped[int]
    attempts: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(32))
    at_utc: Mapped[dt.datetime] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(String(240), default="")
