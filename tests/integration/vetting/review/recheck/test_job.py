"""Recheck of whoever is verified: reminders, expiry, renewal, and the memberships that go along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.errors import BadInput, Forbidden
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.requirements import editing
from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.tables import WorkEventRow
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.recheck import job as recheck_job
from ls_expert_plugin.vetting.review.recheck.schedule import Expire, Remind, Settle
from ls_expert_plugin.vetting.values import Verification
from tests.support.builders.review_case import DAY, LICENSED, verify
from tests.support.builders.vetting_case import LATER, PACKS, Case
from tests.support.builders.vetting_samples import LICENCE, NOW, pack

pytestmark = pytest.mark.database


@pytest.fixture
def case(store: Database) -> Case:
    """A candidate and a manager in an empty database."""
    return Case(store)


def _verified(case: Case, expires_on: str = "") -> Verification:
    case.consent()
    with case.store.begin() as unit:
        licence = forms.add(unit, case.person, "licence", {**LICENCE, "expires_on": expires_on}, NOW)
    verification = case.in_review()
    with case.store.begin() as unit:
        unit.projects.heard_of(3, "Clauses", NOW)
        editing.apply(unit, {3: TargetState(Requirement("law"))}, RoutingContext(LICENSED, NOW))
    verified = verify(case, verification, packs=LICENSED, checked_claims=[licence.id])
    _recompute(case, LATER)
    return verified


def _recompute(case: Case, now: dt.datetime) -> None:
    with case.store.begin() as unit:
        memberships.catch_up(unit, RoutingContext(LICENSED, now))


def _inside(case: Case, now: dt.datetime) -> list[bool]:
    with case.store.read() as unit:
        return [one.in_force(now) for one in unit.memberships.of(7)]


def _again(case: Case, now: dt.datetime, packs: Mapping[str, Pack] = LICENSED, **more: bool) -> list[type]:
    return [type(one.step) for one in recheck_job.recheck_all(case.store, packs, now, **more)]


def test_a_licence_that_ends_reminds_then_expires_and_takes_the_memberships_along(case: Case) -> None:
    """A month before: a reminder, once. At the end of the grace period: expired, in the history, and the project is closed."""
    verification = _verified(case, expires_on="2026-05-01")
    assert _again(case, LATER) == [] and _inside(case, LATER) == [True]
    soon = dt.datetime(2026, 4, 10, 9, tzinfo=dt.timezone.utc)
    assert _again(case, soon, dry_run=True) == [Remind] and case.dossier().reminders == ()
    assert _again(case, soon) == [Remind] and _again(case, soon) == []
    [reminder] = case.dossier().reminders
    assert (reminder.cause, reminder.until_utc) == ("licence", soon + 30 * DAY) and "1 May 2026" in reminder.text
    assert _again(case, reminder.until_utc - dt.timedelta(seconds=1)) == []
    assert _again(case, reminder.until_utc) == [Expire] and _again(case, reminder.until_utc) == []
    expired = case.verification()
    assert (expired.status, expired.valid_until_utc) == ("expired", reminder.until_utc)
    assert expired.reason.startswith("Due for re-review") and case.dossier().reminders == ()
    assert [(one.to_status, one.actor) for one in case.dossier().history][-1] == ("expired", "system")
    _recompute(case, reminder.until_utc)
    assert _inside(case, reminder.until_utc) == [False]
    assert expired.revision == verification.revision + 1


def test_a_new_date_settles_it_once_it_is_looked_up(case: Case) -> None:
    """The person enters it, which settles nothing; a manager confirms it, which does."""
    verification = _verified(case, expires_on="2026-05-01")
    soon = dt.datetime(2026, 4, 10, 9, tzinfo=dt.timezone.utc)
    _again(case, soon)
    [licence] = case.dossier().claims
    with case.store.begin() as unit:
        forms.change(unit, case.person, licence.id, {**LICENCE, "expires_on": "2029-05-01"}, soon)
    assert _again(case, soon) == [] and len(case.dossier().reminders) == 1
    with case.store.begin() as unit:
        actions.amend(unit, case.manager, verification.id, "", soon, specialties=[], level=None, checked_claims=[licence.id], packs=PACKS)
    assert _again(case, soon) == [Settle] and case.dossier().reminders == ()
    assert _again(case, soon + 60 * DAY) == []


def test_a_manager_renews(case: Case) -> None:
    """The date moves, reminders are settled, the history tells; not about oneself, not into the past, not after the end."""
    verification = _verified(case)
    newer = {"law": pack(version=4, policy=LICENSED["law"].policy.model_dump(mode="json"))}
    assert _again(case, LATER, newer) == [Remind]
    assert case.dossier().reminders[0].cause == "version"
    with case.store.begin() as unit:
        with pytest.raises(BadInput):
            actions.renew(unit, case.manager, verification.id, NOW.date(), "", LATER)
        with pytest.raises(Forbidden):
            actions.renew(unit, case.person, verification.id, dt.date(2028, 1, 1), "", LATER)
        renewed = actions.renew(unit, case.manager, verification.id, dt.date(2028, 1, 1), "Read again.", LATER)
    assert renewed.in_force(dt.datetime(2028, 1, 1, 12, tzinfo=dt.timezone.utc))
    assert case.dossier().reminders == () and case.dossier().history[-1].reason == "Renewed until 1 January 2028.\nRead again."
    assert _again(case, LATER, newer) == []
    _recompute(case, LATER)
    assert _inside(case, dt.datetime(2027, 6, 1, tzinfo=dt.timezone.utc)) == [True]


def test_work_settles_dormancy(case: Case) -> None:
    """100 days without an annotation in the domain: reminded. One annotation: settled."""
    _verified(case)
    idle = LATER + 100 * DAY
    assert _again(case, idle - DAY) == []
    assert _again(case, idle) == [Remind]
    _work(case, idle + DAY, project=99)
    assert _again(case, idle + DAY) == []
    _work(case, idle + 2 * DAY, project=3)
    assert _again(case, idle + 2 * DAY) == [Settle]


def _work(case: Case, at: dt.datetime, *, project: int) -> None:
    def write(unit: UnitOfWork) -> None:
        unit.session.add(WorkEventRow(
            outbox_id=f"{project}.{at.isoformat()}", kind="annotation_created", ls_user_id=7, ls_project_id=project, ls_annotation_id=1, at_utc=at,
        ))

    with case.store.begin() as unit:
        write(unit)


def test_a_date_that_passed_is_written_down(case: Case) -> None:
    """Announced a month before, expired on the day, also where the pack is gone; the date stays."""
    verification = _verified(case)
    _work(case, dt.datetime(2026, 12, 1, tzinfo=dt.timezone.utc), project=3)
    assert _again(case, dt.datetime(2026, 12, 5, tzinfo=dt.timezone.utc)) == [Remind]
    end = dt.datetime(2027, 1, 2, tzinfo=dt.timezone.utc)
    assert _again(case, end, {}) == [Expire]
    assert (case.verification().status, case.verification().valid_until_utc) == ("expired", verification.valid_until_utc)


def test_a_suspended_verification_is_left_alone(case: Case) -> None:
    """Nobody is reminded of what they cannot do; resumed, they have the whole grace period again."""
    verification = _verified(case, expires_on="2026-05-01")
    soon = dt.datetime(2026, 4, 20, tzinfo=dt.timezone.utc)
    assert _again(case, soon) == [Remind]
    with case.store.begin() as unit:
        actions.suspend(unit, case.manager, verification.id, "Complaint.", soon)
    late = soon + 40 * DAY
    assert _again(case, late) == [] and case.dossier().reminders == ()
    with case.store.begin() as unit:
        actions.resume(unit, case.manager, verification.id, "Settled.", late)
    assert _again(case, late) == [Remind] and case.dossier().reminders[0].until_utc == late + 30 * DAY
