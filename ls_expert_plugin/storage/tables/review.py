"""Tables of reviewers' work on dossiers: who has taken one, private notes, when each looked last, templates for reasons."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ls_expert_plugin.storage.encryption.sealed_columns import SealedText
from ls_expert_plugin.storage.tables.base import Base


class ReviewAssignmentRow(Base):
    """Which reviewer (``person_id``) has taken the review of a verification, until they give it back or it is decided."""

    __tablename__ = "review_assignment"
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    since_utc: Mapped[dt.datetime]


class PrivateNoteRow(Base):
    """What a reviewer noted about a candidate for other reviewers; in the candidate's export once it is decided."""

    __tablename__ = "private_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    author_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(SealedText(("id", "verification_id")))
    at_utc: Mapped[dt.datetime]


class DossierLookRow(Base):
    """When a reviewer (``person_id``) looked at a dossier last, and when the visit before that one was (``before_utc``)."""

    __tablename__ = "dossier_look"
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    looked_at_utc: Mapped[dt.datetime]
    before_utc: Mapped[dt.datetime | None]


class ReasonTemplateRow(Base):
    """A text that the team keeps for the reasons of a decision. ``action``: ask_more, decline, suspend or revoke."""

    __tablename__ = "reason_template"
    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
