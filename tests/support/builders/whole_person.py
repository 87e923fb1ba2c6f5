"""Test data: somebody with a row in every table that a person can have one in, and in each of its columns. For exports and erasure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, insert, select, update

from ls_expert_plugin.storage.repositories.people.personal_data import leads_to_a_person, rows_of
from ls_expert_plugin.storage.tables import (
    Base,
    ControlCountRow,
    ControlTurnRow,
    InterviewRow,
    InvitationRow,
    MembershipRow,
    NotificationRow,
    PrelabelOutcomeRow,
    PrelabelRunRow,
    RaisedFlagRow,
    RequirementEventInvitedRow,
    RequirementEventRow,
    RoutingDueRow,
    ScoreRow,
    TaskAssignmentRow,
    WorkEventRow,
)
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.consent import NOTIFICATIONS, SUGGESTIONS
from ls_expert_plugin.vetting.evidence.authenticity_signals import ObservedAnswer, Similar
from ls_expert_plugin.vetting.knowledge_test.values import ItemResponse, Sitting
from ls_expert_plugin.vetting.profile import claim_history, forms
from ls_expert_plugin.vetting.profile.values import Resume, Suggestion
from ls_expert_plugin.vetting.review import appeals
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.recheck.schedule import Reason
from ls_expert_plugin.vetting.values import AddOnQuestion
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import EDUCATION, LICENCE, NOW

PROJECT = 3
Row = dict[str, Any]
Held = Mapping[str, list[Row]]


def tables_of_people() -> dict[str, Table]:
    """Every table whose rows are somebody's: by a column that names a person, or by a foreign key to such a table, over any number of steps."""
    tables = dict(Base.metadata.tables)
    found = {name for name, table in tables.items() if name == "person" or any(leads_to_a_person(column) for column in table.columns)}
    while more := {name for name, table in tables.items() if name not in found and any(key.column.table.name in found for key in table.foreign_keys)}:
        found |= more
    return {name: tables[name] for name in sorted(found)}


def whole_person(store: Database) -> Case:
    """A candidate, number 7, who was interviewed, tested and judged, works on a project, was erased of nothing yet; beside a manager, number 1."""
    case = Case(store)
    verification = case.in_review()
    with store.begin() as unit:
        for purpose in (SUGGESTIONS, NOTIFICATIONS):
            unit.consents.add(case.person.id, purpose, "1", NOW, 730)
        unit.people.set_own_name(case.person.id, "Ada of Quill")
        forms.add(unit, case.person, "education", EDUCATION, NOW)
        licence = forms.add(unit, case.person, "licence", LICENCE, NOW)
        claim_history.record_seen(unit, case.manager, case.person.id, licence.id, "differs", "Ada is not in it.", "A register", "2026-02-01", NOW)
        actions.ask_more(unit, case.manager, verification.id, "Where does Quill & Partners sit?", NOW)
        appeals.respond(unit, case.person, verification.id, "In Lindenau, says Ada.", NOW)
        appeals.correct(unit, case.person, verification.id, "decision", "Not so, says Ada.", NOW)
        unit.reviews.add(verification.id, "verdict", case.manager.id, "Ada knows.", NOW, details={"says": "Ada"})
        unit.verifications.judge(verification.id, ["contracts"], 3, actor_person_id=case.manager.id, note="Ada is good.", now=NOW)
        unit.reminders.add(verification.id, Reason("date", "date:Lindenau", "Ada, it ends."), NOW, NOW)
        unit.assignments.set(verification.id, case.manager.id, NOW)
        unit.private_notes.add(verification.id, case.manager.id, "Ada was at Lindenau when I was.", NOW)
        for _ in range(2):
            unit.dossier_looks.note(verification.id, case.manager.id, NOW)
        _test_and_profile(unit, case, verification.id)
        _interview(unit, case)
        _projects(unit, case)
    return case


def _test_and_profile(unit: UnitOfWork, case: Case, verification_id: int) -> None:
    begun = unit.sittings.add(verification_id, 3, Sitting("seed"), NOW)
    unit.sittings.add_answer(begun.id, 0, ItemResponse("i1", "b", False, NOW, 2), 0.5)
    unit.fairness.set_answers(case.person.id, {"age": "30_44"}, NOW)
    unit.add_ons.add(case.person.id, PROJECT, [AddOnQuestion("Leases", "Who repairs?")], NOW)
    unit.resumes.set(case.person.id, Resume("cv.pdf", "pdf", b"%PDF", "Counsel Ada Quill", False, NOW))


def _interview(unit: UnitOfWork, case: Case) -> None:
    assessment = unit.interviews.assessment_of(1)
    assert assessment is not None
    turn_id = assessment.evidence[0].turn_id
    unit.session.add(ScoreRow(
        assessment_id=assessment.id, competency="procedure", level=3, spread=0, readings=[3, 3, 3], backed=True, rubric=3,
        prompt_version="v", model="m",
    ))
    unit.session.add(RaisedFlagRow(assessment_id=assessment.id, red_flag="f", turn_id=turn_id, start=0, end=4, quote="Last"))
    unit.suggestions.add(case.person.id, [Suggestion("language", {"code": "de"}, turn_id, 0, 4, "Last")], NOW)
    unit.signals.add_seen(ObservedAnswer(turn_id, 10, 1, 0, 0, 60))
    unit.signals.set_similar([Similar(turn_id, turn_id, 0.9)])
    unit.session.execute(update(InterviewRow).values(
        draft="I was about to write of Lindenau", draft_reply_to=2, draft_at_utc=NOW, specialties=["contracts"], language="en",
    ))
    unit.session.execute(update(Base.metadata.tables["assessment"]).values(note="Ada spoke well."))


def _projects(unit: UnitOfWork, case: Case) -> None:
    unit.session.add(NotificationRow(person_id=case.person.id, kind="verified", made_at_utc=NOW))
    changed = RequirementEventRow(ls_project_id=PROJECT, by_person_id=case.person.id, via="portal", before={}, at_utc=NOW)
    unit.session.add(changed)
    unit.session.flush()
    unit.session.add(PrelabelRunRow(ls_project_id=PROJECT, begun_by_person_id=case.person.id, only_missing=False, begun_at_utc=NOW))
    unit.session.add(RoutingDueRow(person_id=case.person.id))
    members.gone(unit, 7, NOW)  # somebody who left and is back
    for name in ("Another Name", case.person.name):  # and has changed their name
        members.joined(unit, 7, case.person.email, name, case.person.role, NOW)
    unit.portal_sessions.begin(case.person.id, dt.timedelta(hours=8), NOW)
    for number in (7, 1):
        unit.session.add(MembershipRow(
            ls_user_id=number, ls_project_id=PROJECT, active=True, reason="verified in Law", specialties=["contracts"], revision=1, updated_at_utc=NOW,
        ))
        unit.session.add(InvitationRow(ls_user_id=number, ls_project_id=PROJECT, invited_at_utc=NOW))
        unit.session.add(RequirementEventInvitedRow(event_id=changed.id, ls_user_id=number))
        unit.session.add(PrelabelOutcomeRow(
            ls_project_id=PROJECT, version="v", ls_user_id=number, score=0.9, stood=True, is_blind=True, read_at_utc=NOW,
        ))
        unit.session.add(ControlTurnRow(ls_user_id=number, tried_at_utc=NOW, counted_through_utc=NOW))
        unit.session.add(ControlCountRow(ls_user_id=number, ls_project_id=PROJECT, answers=5, right=4, counted_at_utc=NOW))
        unit.session.add(TaskAssignmentRow(
            ls_user_id=number, ls_task_id=number, ls_project_id=1, purpose="annotate", active=True, task_made_at_utc=NOW, revision=1, updated_at_utc=NOW,
        ))
        unit.session.add(WorkEventRow(outbox_id=f"o{number}", kind="annotation_created", ls_user_id=number, at_utc=NOW))


def held(store: Database, person_id: int, ls_user_id: int = 7) -> dict[str, list[Row]]:
    """The person's rows by table, every table of ``rows_of`` named, with values as they are stored."""
    with store.read() as unit:
        return {
            name: [dict(row) for row in unit.session.execute(
                select(Base.metadata.tables[name]).where(wanted).order_by(*Base.metadata.tables[name].primary_key)
            ).mappings()]
            for name, wanted in rows_of(person_id, ls_user_id).items()
        }


def put_back(store: Database, was: Held) -> None:
    """Write every one of these rows again, as it was: the most that can come in of somebody while they are being erased."""
    with store.begin() as unit:
        for table in Base.metadata.sorted_tables:
            for row in was.get(table.name, ()):
                same = [column == row[column.name] for column in table.primary_key]
                if unit.session.execute(update(table).where(*same).values(row)).rowcount == 0:  # type: ignore[attr-defined]  # CursorResult's
                    unit.session.execute(insert(table).values(row))
