"""Repository of what calls to language models have cost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import ModelCallRow


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
    """Read from the log of calls."""

    def __init__(self, session: Session) -> None:
        self._session = session

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

    def by_day(self, since: dt.datetime, purpose: str) -> list[Used]:
        """By day and subject, newest first. Days are UTC's."""
        row = ModelCallRow
        found: dict[tuple[dt.date, str], list[int]] = {}
        rows = self._session.execute(
            select(row.at_utc, row.subject, row.outcome, row.tokens_in, row.tokens_out).where(row.at_utc >= since, row.purpose == purpose)
        ).yield_per(1000)
        for at_utc, subject, outcome, tokens_in, tokens_out in rows:
            sums = found.setdefault((at_utc.date(), subject), [0, 0, 0, 0])
            for place, value in enumerate((1, int(outcome != "ok"), tokens_in or 0, tokens_out or 0)):
                sums[place] += value
        return [Used(day, subject, *sums) for (day, subject), sums in sorted(found.items(), key=lambda one: (-one[0][0].toordinal(), one[0][1]))]

    def of_one_call(self, purpose: str, subject_begins: str) -> tuple[float, float, float] | None:
        """Means of the latest fifty calls that worked: tokens read, tokens written, seconds. None without any."""
        row = ModelCallRow
        latest = (
            select(row.tokens_in, row.tokens_out, row.duration_ms)
            .where(row.purpose == purpose, row.subject.startswith(subject_begins, autoescape=True), row.outcome == "ok", row.tokens_in.is_not(None))
            .order_by(row.id.desc()).limit(50).subquery()
        )
        read, written, took_ms = self._session.execute(
            select(func.avg(latest.c.tokens_in), func.avg(latest.c.tokens_out), func.avg(latest.c.duration_ms))
        ).one()
        return None if read is None else (float(read), float(written or 0), float(took_ms or 0) / 1000)
