"""Everything the service holds about a person, on real databases."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path

import pytest

from ls_expert_plugin.cli.people.export_person import export_person
from ls_expert_plugin.config import load
from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.repositories.people.personal_data import HOLDS_NOBODY, Personal, rows_of
from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.knowledge_test.values import Estimate, Result
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import NOW
from tests.support.builders.whole_person import tables_of_people, whole_person

pytestmark = pytest.mark.database


def test_no_table_is_forgotten() -> None:
    """Each table is exported or has a reason not to be; none that names a person has such a reason."""
    exported = set(rows_of(1, 7))
    assert exported | set(HOLDS_NOBODY) == set(Base.metadata.tables) and not exported & set(HOLDS_NOBODY)
    assert set(tables_of_people()) <= exported


def test_all_that_is_held_about_a_person_is_there_and_nothing_of_others(store: Database) -> None:
    """Somebody who was interviewed, works on a project and left again finds each table's rows; another person's are not among them."""
    case = whole_person(store)
    with store.begin() as unit:  # what is not over, or not decided, is left out
        unit.sittings.end(1, Result("undecided", "bank", Estimate(0.0, 1.0), ("i1",), ()), NOW)
        unit.verifications.change(1, "declined", actor_person_id=case.manager.id, reason="So.", now=NOW)
    with store.read() as unit:
        personal = Personal(unit.session)
        found = personal.find("ada@example.org")
        assert found == personal.find("7") == (case.person.id, 7)
        held = json.loads(json.dumps(personal.everything(*found)))
        others = personal.everything(case.manager.id, 1)
    rowless = {name for name, rows in held.items() if not rows}
    names = ("verification_event", "review_entry", "private_note", "review_assignment", "dossier_look")
    of_others = {f"{name}_of_others" for name in names} | {"claim_of_others_checked"}
    assert rowless <= of_others | {"erasure", "left_out"}, rowless
    assert {row["ls_user_id"] for name in ("person", "membership", "invitation", "work_event") for row in held[name]} == {7}
    assert others["private_note_of_others"] and others["review_assignment_of_others"] and others["dossier_look_of_others"]
    assert not others["turn"] and not others["claim"] and not others["verification"]


def test_the_command_prints_json_or_a_sentence(tmp_path: Path) -> None:
    """Somebody unknown: nothing is printed, and it says what to give. Somebody known: everything."""
    settings = load({"LS_EXPERT_DATABASE_URL": f"sqlite:///{tmp_path / 'expert.sqlite3'}"}, secrets_needed=())
    migrate(settings.database_url)
    out = io.StringIO()
    with pytest.raises(NotFound, match="their number in Label Studio"):
        export_person(settings, "nobody@example.org", out)
    assert out.getvalue() == ""
    with closing(Database(settings.database_url)) as store:
        Case(store)
    assert export_person(settings, "7", out) == 0
    assert json.loads(out.getvalue())["person"][0]["email"] == "ada@example.org"
