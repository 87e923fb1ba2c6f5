"""Read model of a recheck, of many people at once: eight statements for some hundred verifications, where one by one takes fourteen each."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.repositories.vetting.claims import as_claim
from ls_expert_plugin.storage.repositories.vetting.reminders import as_reminder
from ls_expert_plugin.storage.tables import (
    AssessmentRow,
    ClaimRow,
    ControlCountRow,
    InterviewRow,
    MembershipRow,
    PersonRow,
    ProjectRow,
    ReminderRow,
    VerificationEventRow,
    VerificationRow,
    WorkEventRow,
)
from ls_expert_plugin.vetting.evidence.grounds import LicenceGround, WorkResult, credential
from ls_expert_plugin.vetting.review.recheck.schedule import Facts, Reminder
from ls_expert_plugin.vetting.values import Person, Verification

_NEVER = dt.datetime.min.replace(tzinfo=dt.timezone.utc)
Pair = tuple[Verification, Person]


class RecheckFacts:
    """Reads across tables for verifications of the caller's choice; a few hundred at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, pairs: Sequence[Pair], now: dt.datetime) -> dict[int, tuple[Facts, tuple[Reminder, ...]]]:
        """By verification: the facts, and all its reminders, oldest first."""
        if not pairs:
            return {}
        ids = [one.id for one, _ in pairs]
        licences, rubrics, verified = self._licences({person.id for _, person in pairs}), self._rubrics(ids), self._verified(ids)
        last_work, has_projects, work, reminders = self._last_work(ids), self._have_projects(ids, now), self._work(ids), self._reminders(ids)
        found = {}
        for one, person in pairs:
            changes = verified.get(one.id, [])
            since = max((at for at, _, was_verified in changes if not was_verified), default=one.updated_at_utc)
            found[one.id] = Facts(
                verification=one, credentials=tuple(licences.get(person.id, ())), rubric=rubrics.get(one.id),
                active_since_utc=max(since, last_work.get(one.id) or _NEVER), has_projects=one.id in has_projects,
                work=work.get(one.id), by_policy=bool(changes) and changes[-1][1] is None,
            ), tuple(reminders.get(one.id, ()))
        return found

    def _licences(self, person_ids: Collection[int]) -> dict[int, list[LicenceGround]]:
        rows = self._session.scalars(select(ClaimRow).where(ClaimRow.person_id.in_(sorted(person_ids)), ClaimRow.kind == "licence").order_by(ClaimRow.id))
        found = defaultdict[int, list[LicenceGround]](list)
        for row in rows:
            found[row.person_id].append(credential(as_claim(row)))
        return found

    def _rubrics(self, ids: Sequence[int]) -> dict[int, int | None]:
        """The pack's version of the newest assessment of the newest interview; of older interviews none counts."""
        rows = self._session.execute(
            select(InterviewRow.verification_id, AssessmentRow.pack_version)
            .outerjoin(AssessmentRow, AssessmentRow.interview_id == InterviewRow.id)
            .where(InterviewRow.verification_id.in_(ids)).order_by(InterviewRow.id, AssessmentRow.id)
        )
        return {row[0]: row[1] for row in rows}  # the last one stays

    def _verified(self, ids: Sequence[int]) -> dict[int, list[tuple[dt.datetime, int | None, bool]]]:
        """Lines of history that say verified, oldest first: when, by whom, and whether they were so before."""
        event = VerificationEventRow
        rows = self._session.execute(
            select(event.verification_id, event.at_utc, event.actor_person_id, event.from_status)
            .where(event.verification_id.in_(ids), event.to_status == "verified").order_by(event.id)
        )
        found = defaultdict[int, list[tuple[dt.datetime, int | None, bool]]](list)
        for verification_id, at_utc, actor, before in rows:
            found[verification_id].append((at_utc, actor, before == "verified"))
        return found

    def _last_work(self, ids: Sequence[int]) -> dict[int, dt.datetime | None]:
        """Each person's events are read from the newest on, until one is in the domain."""
        latest = (
            select(WorkEventRow.at_utc).join(ProjectRow, ProjectRow.ls_project_id == WorkEventRow.ls_project_id)
            .where(WorkEventRow.ls_user_id == PersonRow.ls_user_id, WorkEventRow.ls_annotation_id.is_not(None), ProjectRow.domain == VerificationRow.domain)
            .order_by(WorkEventRow.at_utc.desc()).limit(1).correlate(PersonRow, VerificationRow).scalar_subquery()
        )
        return {row[0]: row[1] for row in self._session.execute(self._for_each(latest, ids))}

    def _have_projects(self, ids: Sequence[int], now: dt.datetime) -> set[int]:
        inside = exists().where(
            MembershipRow.ls_user_id == PersonRow.ls_user_id, MembershipRow.active,
            or_(MembershipRow.valid_until_utc.is_(None), MembershipRow.valid_until_utc > now),
            ProjectRow.ls_project_id == MembershipRow.ls_project_id, ProjectRow.domain == VerificationRow.domain, ProjectRow.gone_at_utc.is_(None),
        ).correlate(PersonRow, VerificationRow)
        return {row[0] for row in self._session.execute(self._for_each(inside, ids)) if row[1]}

    def _work(self, ids: Sequence[int]) -> dict[int, WorkResult]:
        count = ControlCountRow
        rows = self._session.execute(
            select(VerificationRow.id, func.sum(count.answers), func.sum(count.right)).join(PersonRow, PersonRow.id == VerificationRow.person_id)
            .join(count, count.ls_user_id == PersonRow.ls_user_id)
            .join(ProjectRow, (ProjectRow.ls_project_id == count.ls_project_id) & (ProjectRow.domain == VerificationRow.domain))
            .where(VerificationRow.id.in_(ids)).group_by(VerificationRow.id)
        )
        return {row[0]: WorkResult(int(row[1]), int(row[2])) for row in rows if row[1]}

    def _reminders(self, ids: Sequence[int]) -> dict[int, list[Reminder]]:
        rows = self._session.scalars(
            select(ReminderRow).where(ReminderRow.verification_id.in_(ids)).order_by(ReminderRow.id).execution_options(populate_existing=True)
        )
        found = defaultdict[int, list[Reminder]](list)
        for row in rows:
            found[row.verification_id].append(as_reminder(row))
        return found

    @staticmethod
    def _for_each(value: ColumnElement[Any], ids: Sequence[int]) -> Select[tuple[int, Any]]:
        return select(VerificationRow.id, value).join(PersonRow, PersonRow.id == VerificationRow.person_id).where(VerificationRow.id.in_(ids))
