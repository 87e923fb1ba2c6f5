"""Repository of what was counted of answers to control tasks, and whose turn it is to be counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import ControlCountRow, ControlTurnRow, PersonRow, ProjectRow, VerificationRow, WorkEventRow
from ls_expert_plugin.storage.upsert import upsert
from ls_expert_plugin.vetting.evidence.grounds import WorkResult


class ControlCounts:
    """The latest count for each person and project."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def waiting(self, begun: dt.datetime, at_least_since: dt.datetime, limit: int) -> tuple[int, ...]:
        """At most so many of those who are verified, were not tried since ``begun``, and have worked since they were counted, or were counted
        before ``at_least_since``. Who waits longest comes first.
        """
        turn, event = ControlTurnRow, WorkEventRow
        has_worked = exists().where(event.ls_user_id == PersonRow.ls_user_id, event.ls_annotation_id.is_not(None), event.at_utc > turn.counted_through_utc)
        verified = exists().where(VerificationRow.person_id == PersonRow.id, VerificationRow.status == "verified")
        return tuple(self._session.scalars(
            select(PersonRow.ls_user_id).outerjoin(turn, turn.ls_user_id == PersonRow.ls_user_id)
            .where(
                verified, PersonRow.former_ls_user_id.is_(None), or_(turn.ls_user_id.is_(None), turn.tried_at_utc < begun),
                or_(turn.counted_through_utc.is_(None), turn.counted_through_utc < at_least_since, has_worked),
            )
            .order_by(turn.tried_at_utc.nulls_first(), PersonRow.ls_user_id).limit(limit)
        ))

    def tried(self, ls_user_ids: Sequence[int], now: dt.datetime) -> None:
        """Their turn is over, whatever becomes of it."""
        upsert(self._session, ControlTurnRow, ("ls_user_id",), [{"ls_user_id": one, "tried_at_utc": now} for one in ls_user_ids])

    def put(self, ls_user_ids: Collection[int], counts: Sequence[tuple[int, int, int, int]], now: dt.datetime, through: dt.datetime) -> None:
        """Put these (person, project, answers, right) in place of all that was known of these people; all that they did until ``through`` is in it."""
        row = ControlCountRow
        for who in sorted(ls_user_ids):
            self._session.execute(delete(row).where(
                row.ls_user_id == who, row.ls_project_id.not_in([where for other, where, _, _ in counts if other == who]),
            ))
        upsert(self._session, row, ("ls_user_id", "ls_project_id"), [
            {"ls_user_id": who, "ls_project_id": where, "answers": answers, "right": right, "counted_at_utc": now}
            for who, where, answers, right in counts
        ])
        upsert(self._session, ControlTurnRow, ("ls_user_id",), [
            {"ls_user_id": one, "tried_at_utc": now, "counted_through_utc": through} for one in ls_user_ids
        ])

    def of(self, ls_user_id: int, domain: str) -> WorkResult | None:
        """A person's in all projects of a domain together. None: there are none."""
        answers, right = self._session.execute(
            select(func.sum(ControlCountRow.answers), func.sum(ControlCountRow.right))
            .join(ProjectRow, ProjectRow.ls_project_id == ControlCountRow.ls_project_id)
            .where(ControlCountRow.ls_user_id == ls_user_id, ProjectRow.domain == domain)
        ).one()
        return WorkResult(int(answers), int(right)) if answers else None
