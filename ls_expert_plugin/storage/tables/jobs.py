"""Tables of jobs on several machines: leases, running processes, and when scheduled jobs were last sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ls_expert_plugin.storage.tables.base import Base


class LeaseRow(Base):
    """Lease of one job: held by whoever has ``token``, until ``until_utc``; after that anybody may take it over."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    token: Mapped[str] = mapped_column(String(32))
    until_utc: Mapped[dt.datetime]


class InstanceRow(Base):
    """Registry of running processes, by heartbeat. ``kind``: service or worker; ``broker``: where it hands jobs over; ``packs``: id → version."""

    __tablename__ = "instance"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    host: Mapped[str] = mapped_column(String(255))
    configuration: Mapped[str] = mapped_column(String(64))
    packs: Mapped[dict[str, Any]]
    broker: Mapped[str] = mapped_column(String(64))
    seen_at_utc: Mapped[dt.datetime]


class ConfigurationRow(Base):
    """Fingerprint of packs, settings and version that memberships were recomputed with, and since when a worker has had it. The latest counts."""

    __tablename__ = "configuration"
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_seen_at_utc: Mapped[dt.datetime]


class ScheduledJobRow(Base):
    """When the clock last sent a job that runs every few minutes or hours, so that whoever is elected next goes on from there."""

    __tablename__ = "scheduled_job"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sent_at_utc: Mapped[dt.datetime]


class TrainingProgressRow(Base):
    """Annotations of a project, counted as they come in; from how many on learning is attempted next, and by how many experts they were the last time."""

    __tablename__ = "training_progress"
    ls_project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    annotations: Mapped[int] = mapped_column(default=0)
    next_attempt: Mapped[int] = mapped_column(default=0)
    attempted_experts: Mapped[int] = mapped_column(default=0)
