"""Tables of people: who they are, what they agreed to and told us, and what is removed with them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ls_expert_plugin.storage.encryption.sealed_columns import SealedJson, SealedText
from ls_expert_plugin.storage.tables.base import Base


class PersonRow(Base):
    """A member of Label Studio, as its extension told us.

    ``renamed_at_utc``: when the name last became another one; ``heard_at_utc``: when the extension last told of them.
    ``own_name``: what they told us they are called, where their account has no name.
    ``account_made_at_utc``: when their account was made, as it was told first. ``former_ls_user_id``: their account is not there any more, and
    another one has its number since ``replaced_at_utc``; ``ls_user_id`` is then a negative number that no account has.
    """

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_user_id: Mapped[int] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(520), default="")
    own_name: Mapped[str | None] = mapped_column(String(520))
    role: Mapped[str] = mapped_column(String(16))
    joined_at_utc: Mapped[dt.datetime]
    gone_at_utc: Mapped[dt.datetime | None]
    renamed_at_utc: Mapped[dt.datetime | None]
    heard_at_utc: Mapped[dt.datetime | None]
    account_made_at_utc: Mapped[dt.datetime | None]
    former_ls_user_id: Mapped[int | None]
    replaced_at_utc: Mapped[dt.datetime | None]


class PortalSessionRow(Base):
    """One browser signed in to the portal. ``id``: SHA-256 of its token, in hexadecimal. ``seen_at_utc`` is right to a minute."""

    __tablename__ = "portal_session"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    begun_at_utc: Mapped[dt.datetime] = mapped_column(index=True)
    seen_at_utc: Mapped[dt.datetime]


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
    """That what somebody told us was removed, when and why; nothing of what it was. ``reason``: asked, command,
    retention, or restored: an earlier one done again.

    ``finished_at_utc`` empty: their memberships or their name in Label Studio are still to be seen to. Append-only but for that.
    ``account_mark``: the account that was erased in Label Studio, as the keyed hash that it knows it by.
    """

    __tablename__ = "erasure"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(String(16))
    asked_at_utc: Mapped[dt.datetime]
    finished_at_utc: Mapped[dt.datetime | None] = mapped_column(index=True)
    account_mark: Mapped[str | None] = mapped_column(String(64))


class ClaimRow(Base):
    """What a person says of themselves: ``kind`` is education, licence, work, skill or language; ``details`` are the form's fields.

    ``checked_…``: which manager found it right, and when; empty again after each change. ``rests_on``: of a register's match, the name that was
    compared and the places that the register states.
    """

    __tablename__ = "claim"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    details: Mapped[dict[str, Any]] = mapped_column(SealedJson(("id", "person_id")))
    status: Mapped[str] = mapped_column(String(32), default="claimed")
    source: Mapped[str] = mapped_column(String(32), default="form")
    checked_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_at_utc: Mapped[dt.datetime | None]
    contradicted: Mapped[str | None] = mapped_column(SealedText(("id", "person_id")))
    rests_on: Mapped[dict[str, Any] | None] = mapped_column(SealedJson(("id", "person_id")))
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
    evidence: Mapped[dict[str, Any]] = mapped_column(SealedJson(("id", "claim_id")))
    contradicted: Mapped[str] = mapped_column(SealedText(("id", "claim_id")), default="")
    actor_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at_utc: Mapped[dt.datetime]


class RegisterAnswerRow(Base):
    """What a public register said about a number, kept for some days so that it is not asked again. No person is named here but by it."""

    __tablename__ = "register_answer"
    __table_args__ = (UniqueConstraint("check_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(SealedJson(("id", "check_id", "number")))
    asked_at_utc: Mapped[dt.datetime]


class ResumeRow(Base):
    """The résumé somebody sent: ``content`` is the file in base64, ``text`` what a parser read in it."""

    __tablename__ = "resume"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    name: Mapped[str] = mapped_column(SealedText(("id", "person_id")))
    kind: Mapped[str] = mapped_column(String(8))
    content: Mapped[str] = mapped_column(SealedText(("id", "person_id")))
    text: Mapped[str] = mapped_column(SealedText(("id", "person_id")))
    read_by_model: Mapped[bool]
    at_utc: Mapped[dt.datetime]
