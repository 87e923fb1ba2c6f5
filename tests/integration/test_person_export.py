"""Everything the service holds about a person, on real databases."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path

import pytest

from ls_expert_plugin.config import load
from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.person_export import export_person
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.personal import HOLDS_NOBODY, Personal, leads_to_a_person, rows_of
from ls_expert_plugin.storage.store import Store
from ls_expert_plugin.storage.tables import (
    Base,
    ControlCountRow,
    InvitationRow,
    MembershipRow,
    NotificationRow,
    PrelabelRunRow,
    RaisedFlagRow,
    ScoreRow,
    WorkEventRow,
)
from ls_expert_plugin.vetting import objection, people, profile
from ls_expert_plugin.vetting.knowledge_test.values import Answer, Sitting
from ls_expert_plugin.vetting.recheck import Reason
from ls_expert_plugin.vetting.resume import Resume
from ls_expert_plugin.vetting.signals import Seen, Similar
from ls_expert_plugin.vetting.suggestions import Suggestion
from ls_expert_plugin.vetting.values import AddOnQuestion
from tests.vetting_case import Case
from tests.vetting_samples import EDUCATION, NOW

pytestmark = pytest.mark.database


def test_no_table_is_forgotten() -> None:
    """Each table is exported or has a reason not to be; none that names a person has such a reason."""
    exported = set(rows_of(1, 7))
    assert exported | set(HOLDS_NOBODY) == set(Base.metadata.tables) and not exported & set(HOLDS_NOBODY)
    naming = {name for name, table in Base.metadata.tables.items() if any(leads_to_a_person(column) for column in table.columns)}
    assert "person" in exported and naming <= exported


def test_all_that_is_held_about_a_person_is_there_and_nothing_of_others(store: Store) -> None:
    """Somebody who was interviewed, works on a project and left again finds each table's rows; another person's are not among them."""
    case = Case(store)
    verification = case.in_review()
    with store.begin() as unit:
        profile.add(unit, case.person, "education", EDUCATION, NOW)
        objection.correct(unit, case.person, verification.id, "decision", "Not so.", NOW)
        unit.reminders.add(verification.id, Reason("date", "date", "It ends."), NOW, NOW)
        begun = unit.sittings.add(verification.id, 3, Sitting("seed"), NOW)
        unit.sittings.add_answer(begun.id, 0, Answer("i1", "a", True, NOW), 0.5)
        assessment = unit.interviews.assessment_of(1)
        assert assessment is not None
        turn_id = assessment.evidence[0].turn_id
        unit.session.add(ScoreRow(
            assessment_id=assessment.id, competency="procedure", level=3, spread=0, readings=[3, 3, 3], backed=True, rubric=3,
            prompt_version="v", model="m",
        ))
        unit.suggestions.add(case.person.id, [Suggestion("language", {"code": "de"}, turn_id, 0, 4, "Last")], NOW)
        unit.fairness.set_answers(case.person.id, {"age": "30_44"}, NOW)
        unit.add_ons.add(case.person.id, 3, [AddOnQuestion("Leases", "Who repairs?")], NOW)
        unit.resumes.set(case.person.id, Resume("cv.pdf", "pdf", b"%PDF", "Counsel", False, NOW))
        unit.session.add(NotificationRow(person_id=case.person.id, kind="verified", made_at_utc=NOW))
        unit.session.add(PrelabelRunRow(ls_project_id=3, begun_by_person_id=case.person.id, only_missing=False, begun_at_utc=NOW))
        unit.signals.add_seen(Seen(turn_id, 10, 1, 0, 0, 60))
        unit.signals.set_similar([Similar(turn_id, turn_id, 0.9)])
        unit.session.add(RaisedFlagRow(assessment_id=assessment.id, red_flag="f", turn_id=turn_id, start=0, end=4, quote="Last"))
        people.gone(unit, 7, NOW)
        for number in (7, 1):
            unit.session.add(MembershipRow(ls_user_id=number, ls_project_id=3, active=True, revision=1, updated_at_utc=NOW))
            unit.session.add(InvitationRow(ls_user_id=number, ls_project_id=3, invited_at_utc=NOW))
            unit.session.add(ControlCountRow(ls_user_id=number, ls_project_id=3, answers=5, right=4, counted_at_utc=NOW))
            unit.session.add(WorkEventRow(outbox_id=f"o{number}", kind="annotation_created", ls_user_id=number, at_utc=NOW))
    with store.read() as unit:
        personal = Personal(unit.session)
        found = personal.find("ada@example.org")
        assert found == personal.find("7") == (case.person.id, 7)
        held = json.loads(json.dumps(personal.everything(*found)))
        others = personal.everything(case.manager.id, 1)
    rowless = {name for name, rows in held.items() if not rows}
    assert rowless <= {"routing_due", "verification_event_of_others", "claim_of_others_checked", "review_entry_of_others", "erasure"}, rowless
    assert {row["ls_user_id"] for name in ("person", "membership", "invitation", "work_event") for row in held[name]} == {7}
    assert not others["turn"] and not others["claim"] and not others["verification"]


def test_the_command_prints_json_or_a_sentence(tmp_path: Path) -> None:
    """Somebody unknown: nothing is printed, and it says what to give. Somebody known: everything."""
    settings = load({"LS_EXPERT_DATABASE_URL": f"sqlite:///{tmp_path / 'expert.sqlite3'}"}, secrets_needed=())
    migrate(settings.database_url)
    out = io.StringIO()
    with pytest.raises(NotFound, match="their number in Label Studio"):
        export_person(settings, "nobody@example.org", out)
    assert out.getvalue() == ""
    with closing(Store(settings.database_url)) as store:
        Case(store)
    assert export_person(settings, "7", out) == 0
    assert json.loads(out.getvalue())["person"][0]["email"] == "ada@example.org"
