"""Memberships: the truth of who may work on what, and how much of it Label Studio has been told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ls_expert_plugin.routing.values import Membership
from ls_expert_plugin.storage.tables import MembershipRow


class Memberships:
    """Repository of memberships. The caller holds the person's lock while changing them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, ls_user_id: int) -> list[Membership]:
        """All of one person's, in force or not."""
        rows = self._session.scalars(select(MembershipRow).where(MembershipRow.ls_user_id == ls_user_id))
        return [_value(row) for row in rows]

    def put(
        self, ls_user_id: int, ls_project_id: int, *, active: bool, valid_until_utc: dt.datetime | None, reason: str,
        now: dt.datetime,
    ) -> bool:
        """Set one membership. True when that changed something; then its revision grew by one."""
        row = self._session.scalar(select(MembershipRow).where(
            MembershipRow.ls_user_id == ls_user_id, MembershipRow.ls_project_id == ls_project_id
        ))
        if row is None:
            row = MembershipRow(ls_user_id=ls_user_id, ls_project_id=ls_project_id, revision=0, pushed_revision=0)
            self._session.add(row)
        elif (row.active, row.valid_until_utc, row.reason) == (active, valid_until_utc, reason):
            return False
        row.active, row.valid_until_utc, row.reason, row.updated_at_utc = active, valid_until_utc, reason, now
        row.revision += 1
        self._session.flush()
        return True

    def unpushed(self, limit: int) -> list[Membership]:
        """Those that Label Studio has not been told, oldest change first."""
        rows = self._session.scalars(
            select(MembershipRow).where(MembershipRow.pushed_revision < MembershipRow.revision)
            .order_by(MembershipRow.updated_at_utc, MembershipRow.id).limit(limit)
        )
        return [_value(row) for row in rows]

    def mark_pushed(self, told: Iterable[Membership]) -> None:
        """Label Studio has these revisions. A membership that has changed since stays unpushed."""
        for one in told:
            self._session.execute(update(MembershipRow).where(
                MembershipRow.ls_user_id == one.ls_user_id, MembershipRow.ls_project_id == one.ls_project_id,
                MembershipRow.pushed_revision < one.revision,
            ).values(pushed_revision=one.revision))


def _value(row: MembershipRow) -> Membership:
    return Membership(row.ls_user_id, row.ls_project_id, row.active, row.valid_until_utc, row.reason, row.revision)
