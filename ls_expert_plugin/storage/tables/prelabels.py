"""Tables of pre-labels: what they are made by, predictions, scores, runs and costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ls_expert_plugin.storage.encryption.sealed_columns import SealedText
from ls_expert_plugin.storage.tables.base import Base


class ExampleSetRow(Base):
    """What the offline pre-labeller learns from: submitted annotations of one project, frozen under a version.

    ``examples``: list of {"data": task data, "result": annotation result}. A new version is made only when somebody
    asks for it, because Label Studio asks for every task again when a version changes.
    """

    __tablename__ = "example_set"
    __table_args__ = (
        UniqueConstraint("ls_project_id", "version"),
        # All that is asked of the newest sets, beside the sets themselves, which are large.
        Index("ix_example_set_newest", "ls_project_id", "created_at_utc", "id", "example_count"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_project_id: Mapped[int]
    version: Mapped[str] = mapped_column(String(64))
    label_config: Mapped[str] = mapped_column(Text)
    examples: Mapped[list[Any]]
    # How many, so that nobody reads them to know.
    example_count: Mapped[int]
    # How it did on annotations that nobody had learnt from: {"tasks", "right", "before", "right_before"}; null: not measured.
    measured: Mapped[dict[str, Any] | None]
    created_at_utc: Mapped[dt.datetime]


class PrelabelRow(Base):
    """An answer of the pre-labeller to a task: being made while ``result`` is null, by whoever took it then. Removed after a day.

    ``content``: a hash of the task's data and the label config. ``result``: JSON. It has no number: they would be used up in some years.
    """

    __tablename__ = "prelabel"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True)
    ls_task_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[str] = mapped_column(String(64), primary_key=True)
    result: Mapped[str | None] = mapped_column(SealedText(("ls_project_id", "ls_task_id", "version", "content")))
    taken_at_utc: Mapped[dt.datetime] = mapped_column(index=True)


class PrelabelScoreRow(Base):
    """The score of a pre-label as it was made, before it is told what it is worth; to learn that from what experts submit."""

    __tablename__ = "prelabel_score"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(200), primary_key=True)
    ls_task_id: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[float]
    made_at_utc: Mapped[dt.datetime] = mapped_column(index=True)


class PrelabelOutcomeRow(Base):
    """What became of a pre-label with a score: whether an annotation, by this person, was the same. Read from Label Studio once."""

    __tablename__ = "prelabel_outcome"
    __table_args__ = (Index("ix_prelabel_outcome_version", "ls_project_id", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    ls_project_id: Mapped[int]
    version: Mapped[str] = mapped_column(String(200))
    ls_user_id: Mapped[int]
    score: Mapped[float]
    stood: Mapped[bool]
    is_blind: Mapped[bool]
    read_at_utc: Mapped[dt.datetime] = mapped_column(index=True)


class PrelabelCalibrationRow(Base):
    """What scores of a version are worth in a project: ``ml_backend/learned/score_calibration.py``."""

    __tablename__ = "prelabel_calibration"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(200), primary_key=True)
    slope: Mapped[float]
    intercept: Mapped[float]
    outcomes: Mapped[int]
    is_blind: Mapped[bool]
    learnt_at_utc: Mapped[dt.datetime]


class PrelabelFiguresRow(Base):
    """The figures of a project's pre-labels that a manager asked for: ``prelabels/project_metrics.py``. None of one person.

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
    # A subject begins with the project's number; PostgreSQL finds beginnings only in an index by bytes.
    __table_args__ = (Index("ix_model_call_subject", "subject", "at_utc", postgresql_ops={"subject": "text_pattern_ops"}),)
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


class ModelUsageRow(Base):
    """Calls to language models of one day (UTC) together, once it is over: calls themselves are kept for some time only."""

    __tablename__ = "model_usage"
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(240), primary_key=True)
    model: Mapped[str] = mapped_column(String(128), primary_key=True)
    calls: Mapped[int]
    failed: Mapped[int]
    tokens_in: Mapped[int] = mapped_column(BigInteger)
    tokens_out: Mapped[int] = mapped_column(BigInteger)
    duration_ms: Mapped[int] = mapped_column(BigInteger)
