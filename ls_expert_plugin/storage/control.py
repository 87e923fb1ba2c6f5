"""Repository of what was counted of answers to control tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import ControlCountRow, ProjectRow
from ls_expert_plugin.vetting.grounds import WorkResult


class Control:
    """The latest count for each person and project."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, ls_user_ids: Collection[int], counts: Sequence[tuple[int, int, int, int]], now: dt.datetime) -> None:
        """Put these (person, project, answers, right) in place of all that was known of these people."""
        self._session.execute(delete(ControlCountRow).where(ControlCountRow.ls_user_id.in_(sorted(ls_user_ids))))
        if counts:
            self._session.execute(insert(ControlCountRow), [
                {"ls_user_id": who, "ls_project_id": where, "answers": answers, "right": right, "counted_at_utc": now}
                for who, where, answers, right in counts
            ])

    def of(self, ls_user_id: int, domain: str) -> WorkResult | None:
        """A person's in all projects of a domain together. None: there are none."""
        answers, right = self._session.execute(
            select(func.sum(ControlCountRow.answers), func.sum(ControlCountRow.right))
            .join(ProjectRow, ProjectRow.ls_project_id == ControlCountRow.ls_project_id)
            .where(ControlCountRow.ls_user_id == ls_user_id, ProjectRow.domain == domain)
        ).one()
        return WorkResult(int(answers), int(right)) if answers else None
