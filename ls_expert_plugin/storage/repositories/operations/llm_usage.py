"""Repository of what calls to language models have cost: a log of calls, rolled up by day once a day is over.

A day is read from one of the two: from the sums before the mark, from the calls after it. So calls may be deleted once their day has been rolled up.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, case, delete, func, insert, literal, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from ls_expert_plugin.storage.tables import CursorRow, ModelCallRow, ModelUsageRow
from ls_expert_plugin.storage.upsert import insert_if_absent

_MARK = "model_usage"
# A call is written down with the time of its end, moments later: nothing more of a day is to come then.
_OVER_AFTER = dt.timedelta(hours=1)
_BEGINNING = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Used:
    """Calls of one day for one subject, and their tokens as the endpoint counted them."""

    day: dt.date
    subject: str
    calls: int
    failed: int
    tokens_read: int
    tokens_written: int


class Usage:
    """Read from the log of calls and its sums by day."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_postgresql = session.get_bind().dialect.name == "postgresql"

    def tokens_since(self, since: dt.datetime, purpose: str) -> int:
        """Tokens read and written for a purpose."""
        row = ModelCallRow
        return int(self._session.scalar(
            select(func.coalesce(func.sum(func.coalesce(row.tokens_in, 0) + func.coalesce(row.tokens_out, 0)), 0))
            .where(row.at_utc >= since, row.purpose == purpose)
        ) or 0)

    def tokens_of(self, subject: str, since: dt.datetime, unknown: int) -> int:
        """Tokens read and written for a subject. ``unknown`` counts where the endpoint did not tell."""
        row = ModelCallRow
        told = func.coalesce(row.tokens_in, 0) + func.coalesce(row.tokens_out, 0)
        return int(self._session.scalar(
            select(func.coalesce(func.sum(case((told > 0, told), else_=unknown)), 0)).where(row.at_utc >= since, row.subject == subject)
        ) or 0)

    def by_day(self, since: dt.datetime, purpose: str, subject_begins: str = "") -> list[Used]:
        """By day and subject, newest first. Days are UTC's; the first is counted whole."""
        first = since.astimezone(dt.timezone.utc).date()
        through = self._rolled_up_through()
        return sorted(
            [*self._of_days(first, purpose, subject_begins), *self._of_calls(max(first, through), purpose, subject_begins)],
            key=lambda one: (-one.day.toordinal(), one.subject),
        )

    def of_one_call(self, purpose: str, subject_begins: str) -> tuple[float, float, float] | None:
        """Means of the latest fifty calls that worked: tokens read, tokens written, seconds. None without any."""
        row = ModelCallRow
        latest = (
            select(row.tokens_in, row.tokens_out, row.duration_ms)
            .where(row.purpose == purpose, self._begins(row.subject, subject_begins), row.outcome == "ok", row.tokens_in.is_not(None))
            .order_by(row.id.desc()).limit(50).subquery()
        )
        read, written, took_ms = self._session.execute(
            select(func.avg(latest.c.tokens_in), func.avg(latest.c.tokens_out), func.avg(latest.c.duration_ms))
        ).one()
        return None if read is None else (float(read), float(written or 0), float(took_ms or 0) / 1000)

    def roll_up(self, now: dt.datetime) -> bool:
        """Sum up the oldest day that is over and is not summed up; whether there was one."""
        insert_if_absent(self._session, CursorRow, {"name": _MARK, "position": _BEGINNING.isoformat(), "updated_at_utc": now})
        mark = self._session.get_one(CursorRow, _MARK, with_for_update={"key_share": True}, populate_existing=True)
        row, over = ModelCallRow, (now - _OVER_AFTER).astimezone(dt.timezone.utc).date()
        oldest = self._session.scalar(select(func.min(row.at_utc)).where(row.at_utc >= _midnight(dt.date.fromisoformat(mark.position))))
        day = oldest.date() if oldest is not None else over
        if day >= over:
            return False
        self._session.execute(insert(ModelUsageRow).from_select(
            ["day", "purpose", "subject", "model", "calls", "failed", "tokens_in", "tokens_out", "duration_ms"],
            select(literal(day, Date()), row.purpose, row.subject, row.model, *_sums(), func.sum(row.duration_ms))
            .where(row.at_utc >= _midnight(day), row.at_utc < _midnight(day + dt.timedelta(days=1))).group_by(row.purpose, row.subject, row.model),
        ))
        mark.position, mark.updated_at_utc = (day + dt.timedelta(days=1)).isoformat(), now
        self._session.flush()
        return True

    def forget_calls(self, before: dt.datetime, limit: int) -> int:
        """Delete at most so many calls from before then, of days that have been summed up; how many."""
        row, end = ModelCallRow, min(before, _midnight(self._rolled_up_through()))
        return int(self._session.execute(
            delete(row).where(row.id.in_(select(row.id).where(row.at_utc < end).order_by(row.at_utc).limit(limit)))
        ).rowcount)  # type: ignore[attr-defined]

    def _rolled_up_through(self) -> dt.date:
        """The first day that is not."""
        position = self._session.scalar(select(CursorRow.position).where(CursorRow.name == _MARK))
        return dt.date.fromisoformat(position) if position else _BEGINNING

    def _of_days(self, first: dt.date, purpose: str, subject_begins: str) -> list[Used]:
        row = ModelUsageRow
        rows = self._session.execute(
            select(row.day, row.subject, func.sum(row.calls), func.sum(row.failed), func.sum(row.tokens_in), func.sum(row.tokens_out))
            .where(row.day >= first, row.purpose == purpose, self._begins(row.subject, subject_begins)).group_by(row.day, row.subject)
        )
        return [_used(one) for one in rows]

    def _of_calls(self, first: dt.date, purpose: str, subject_begins: str) -> list[Used]:
        row = ModelCallRow
        day = type_coerce(func.date(func.timezone("UTC", row.at_utc) if self._is_postgresql else row.at_utc), Date())
        rows = self._session.execute(
            select(day, row.subject, *_sums()).where(row.at_utc >= _midnight(first), row.purpose == purpose, self._begins(row.subject, subject_begins))
            .group_by(day, row.subject)
        )
        return [_used(one) for one in rows]

    def _begins(self, column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
        """Whether a text begins so, as each database finds it in an index."""
        if self._is_postgresql or not text:
            return column.startswith(text, autoescape=True)
        return (column >= text) & (column < text[:-1] + chr(ord(text[-1]) + 1))


def _sums() -> tuple[ColumnElement[int], ...]:
    """Calls, those that failed, tokens read, tokens written."""
    row = ModelCallRow
    failed = func.sum(case((row.outcome != "ok", 1), else_=0))
    return func.count(), failed, func.coalesce(func.sum(row.tokens_in), 0), func.coalesce(func.sum(row.tokens_out), 0)


def _used(row: Any) -> Used:
    return Used(row[0], row[1], *(int(number) for number in row[2:]))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.timezone.utc)
