"""Value objects that the extension's API answers with, apart from those that routing has."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A member of Label Studio. ``role``: manager or expert. ``made_at_utc``: when the account was made; None: an extension of before."""

    ls_user_id: int
    email: str
    name: str
    role: str
    made_at_utc: dt.datetime | None = None


@dataclass(frozen=True)
class ErasedAccount:
    """An account that Label Studio has erased. ``mark``: by what it is known again. ``made_at_utc``: when it was made; None: an extension of before."""

    ls_user_id: int
    mark: str
    made_at_utc: dt.datetime | None = None


@dataclass(frozen=True)
class TaskCount:
    """Tasks of a project, and those of them that still need annotations."""

    tasks: int
    left: int


@dataclass(frozen=True)
class TaskProgress:
    """Tasks of one project for one person: ``done`` by them, skipped ones too, and ``left`` to do, which others may still take."""

    ls_project_id: int
    done: int
    left: int


@dataclass(frozen=True)
class Counted:
    """What one person did ``count`` times that enforcement would have refused.

    ``url_name`` is Label Studio's name of the address. ``reason``: "address" (not for experts) or "object" (not theirs).
    ``email`` is None when the person is gone.
    """

    ls_user_id: int
    email: str | None
    method: str
    url_name: str
    reason: str
    count: int
    last_at_utc: dt.datetime


@dataclass(frozen=True)
class OutboxEvent:
    """One outbox row. ``user`` and ``project_title`` are as of the reading; None when gone by then, ``user`` also when no active member."""

    id: str
    kind: str
    ls_user_id: int | None
    ls_project_id: int | None
    ls_task_id: int | None
    ls_annotation_id: int | None
    was_cancelled: bool | None
    at_utc: dt.datetime
    user: Member | None
    project_title: str | None
    project_made_at_utc: dt.datetime | None = None
