"""Repository of changes of what projects ask for: appended with each change, never altered."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.requirements.history import RequirementEvent, from_json, to_json
from ls_expert_plugin.routing.values import Author
from ls_expert_plugin.storage.tables import PersonRow, RequirementEventInvitedRow, RequirementEventRow

# Of one project, newest first.
MOST_SHOWN = 200


class RequirementHistory:
    """An append-only log of requirement events, with who was on the list before each."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, before: Mapping[int, TargetState], author: Author, now: dt.datetime) -> None:
        """What these projects asked for until now, by project."""
        rows = [
            RequirementEventRow(ls_project_id=ls_project_id, by_person_id=author.person_id, via=author.via, before=to_json(state), at_utc=now)
            for ls_project_id, state in sorted(before.items())
        ]
        self._session.add_all(rows)
        self._session.flush()
        invited = [{"event_id": row.id, "ls_user_id": who} for row in rows for who in sorted(before[row.ls_project_id].invited)]
        if invited:
            self._session.execute(insert(RequirementEventInvitedRow), invited)

    def of(self, ls_project_id: int) -> list[RequirementEvent]:
        """The changes of one project, newest first, at most ``MOST_SHOWN``."""
        rows = self._session.execute(
            select(RequirementEventRow, PersonRow.name, PersonRow.email).outerjoin(PersonRow, PersonRow.id == RequirementEventRow.by_person_id)
            .where(RequirementEventRow.ls_project_id == ls_project_id).order_by(RequirementEventRow.id.desc()).limit(MOST_SHOWN)
        ).all()
        invited: dict[int, set[int]] = defaultdict(set)
        for event_id, who in self._session.execute(
            select(RequirementEventInvitedRow.event_id, RequirementEventInvitedRow.ls_user_id)
            .where(RequirementEventInvitedRow.event_id.in_([row.id for row, _, _ in rows]))
        ):
            invited[event_id].add(who)
        return [
            RequirementEvent(row.id, row.ls_project_id, row.at_utc, row.via, name or email or "", from_json(row.before, frozenset(invited[row.id])))
            for row, name, email in rows
        ]
