"""Erasure and retention: what people told us goes, on real databases and, for the account, in a real Label Studio."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import uuid
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest
from alembic import command

from ls_expert_plugin.cli.people.erase_person import erase_person
from ls_expert_plugin.config import load
from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.ls_client.values import ErasedAccount
from ls_expert_plugin.routing.access.allocation import ENDED
from ls_expert_plugin.storage.migrate import alembic_config, migrate
from ls_expert_plugin.storage.repositories.people.personal_data import Personal
from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.privacy import erasure, retention
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.review import appeals
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.recheck.schedule import Reason
from ls_expert_plugin.vetting.values import Consent, Person, Status, Verification
from tests.support.adversarial.crawl import RESULT
from tests.support.adversarial.races import at_each_gap
from tests.support.builders.vetting_case import Case, overlapping
from tests.support.builders.vetting_samples import EDUCATION, LONG_ENOUGH, NOW
from tests.support.builders.whole_person import Held, held, put_back, tables_of_people, whole_person
from tests.support.clients.in_process import INSIDE
from tests.support.clients.portal import CANDIDATE, Browser, Portal, RoutingHere
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio

pytestmark = pytest.mark.database

SECRETS = {f"LS_EXPERT_{name}": "s" * 40 for name in ("SECRET_KEY", "WEBHOOK_SECRET")}
# What stays is who asked, when, and how it went on: no word of theirs, no address.
WORDS = ("ada@example.org", "Ada", "Quill", "Lindenau", LONG_ENOUGH[:30])

# What stays of a person, column by column; every other column of these tables is empty then, and every other table. An address counts as
# none where it is a number. What is not named here does not stay: a new table, or a new column, has to be looked at.
STAYS = {
    "person": "id ls_user_id role joined_at_utc gone_at_utc heard_at_utc account_made_at_utc former_ls_user_id replaced_at_utc",
    "consent": "id person_id purpose text_version given_at_utc withdrawn_at_utc retention_days",
    "erasure": "id person_id reason asked_at_utc finished_at_utc account_mark",
    "verification": "id person_id domain status valid_until_utc revision created_at_utc updated_at_utc",
    "verification_event": "id verification_id from_status to_status actor_person_id at_utc",
    "review_entry": "id verification_id round kind author_person_id at_utc",
    "reminder": "id verification_id cause sent_at_utc until_utc settled_at_utc outcome",
    "interview": "id verification_id pack_version started_at_utc ended_at_utc human_asked_at_utc held_by_person_id",
    "assessment": "id interview_id state method pack_version prompt_version attempts queued_at_utc finished_at_utc",
    # Numbers of Label Studio: the record that work was done, and that its projects are closed.
    "membership": "id ls_user_id ls_project_id active valid_until_utc reason revision pushed_revision updated_at_utc",
    "task_assignment": "id ls_user_id ls_task_id ls_project_id purpose active barred valid_until_utc task_made_at_utc revision pushed_revision updated_at_utc",
    "work_event": "id outbox_id kind ls_user_id ls_project_id ls_task_id ls_annotation_id was_cancelled at_utc",
    "control_count": "ls_user_id ls_project_id answers right counted_at_utc",
    "prelabel_outcome": "id ls_project_id version ls_user_id score stood is_blind read_at_utc",
    "control_turn": "ls_user_id tried_at_utc counted_through_utc",
    "routing_due": "id person_id",
    # Begun by somebody who was a manager then: what it made of a project.
    "requirement_event": "id ls_project_id by_person_id via before at_utc",
    "prelabel_run": "id ls_project_id begun_by_person_id only_missing begun_at_utc seen_at_utc ended_at_utc outcome said tasks made empty failed is_to_stop",
}


class Accounts:
    """Label Studio, which answers or does not."""

    def __init__(self, answers: bool = True) -> None:
        self.answers, self.erased = answers, list[int]()

    def refresh(self, ls_user_id: int) -> bool:
        return self.answers

    def erase_account(self, ls_user_id: int, made_at_utc: dt.datetime | None = None) -> None:
        self.erased.append(ls_user_id)


def _case(store: Database) -> Case:
    case = Case(store)
    verification = case.in_review()
    with store.begin() as unit:
        forms.add(unit, case.person, "education", EDUCATION, NOW)
        actions.ask_more(unit, case.manager, verification.id, "Where does Quill & Partners sit?", NOW)
        appeals.respond(unit, case.person, verification.id, "In Lindenau, says Ada.", NOW)
        unit.reminders.add(verification.id, Reason("date", "date:Lindenau", "Ada, it ends."), NOW, NOW)
    return case


def _held(store: Database, person_id: int) -> str:
    with store.read() as unit:
        return repr(Personal(unit.session).everything(person_id, 7))


def test_what_they_told_us_is_gone_at_once_and_the_rest_when_label_studio_answers(store: Database) -> None:
    """Words, profile, findings and address go in one transaction. What Label Studio has waits for it, and is taken up again."""
    case = _case(store)
    assert all(word in _held(store, case.person.id) for word in WORDS)
    with store.begin() as unit:
        asked = erasure.ask(unit, case.person, erasure.ASKED, NOW)
    held = _held(store, case.person.id)
    assert not any(word in held for word in WORDS), held
    away, there = Accounts(answers=False), Accounts()
    assert not erasure.carry_out(store, away, away, asked, lambda: NOW) and away.erased == []
    with store.begin() as unit:  # Label Studio tells of them once more, before it has forgotten them
        members.joined(unit, 7, "ada@example.org", "Ada Quill", "expert", NOW)
        assert erasure.ask(unit, case.person, erasure.ASKED, NOW).id == asked.id, "asked twice, it is one"
    assert erasure.carry_out_waiting(store, there, there, lambda: NOW) == 0 and there.erased == [7]
    assert erasure.carry_out_waiting(store, there, there, lambda: NOW) == 0 and there.erased == [7], "done once"
    held = _held(store, case.person.id)
    assert not any(word in held for word in WORDS), held
    with store.read() as unit:
        assert unit.people.by_ls_user_id(7) is None
        assert {one.status for one in unit.verifications.of(case.person.id)} == {"withdrawn"}
        assert all(one.withdrawn_at_utc for one in unit.consents.of(case.person.id)), "that they had consented stays on record"


def _not_erased(store: Database, person_id: int) -> list[str]:
    """What is left of a person that ``STAYS`` does not name, as table.column."""
    left = []
    for table, rows in held(store, person_id).items():
        stays = STAYS.get(table, "").split()
        left += [f"{table}.{column}" for row in rows for column, value in row.items() if column not in stays and value]
    return left


def _routing(store: Database) -> RoutingHere:
    """The real routing, with Label Studio's end of the line in this process."""
    return Portal(store).routing


def test_every_table_of_a_person_is_filled_and_each_column_that_has_to_be_emptied() -> None:
    """What the tests of erasure rest on: a table that can hold something of a person and that nobody put anything in is a gap."""
    with closing(Database("sqlite://")) as store:
        Base.metadata.create_all(store.engine)
        person_id = whole_person(store).person.id
        rows = held(store, person_id)
    assert set(tables_of_people()) == set(rows), "rows_of() names every table that leads to a person, and no other"
    assert {table for table, found in rows.items() if not found} == {"erasure"}, "which is what erasing writes"
    for table, stays in STAYS.items():
        columns = {column.name for column in Base.metadata.tables[table].columns}
        assert set(stays.split()) <= columns, f"{table} has no such column"
        for column in columns - set(stays.split()):
            assert any(row[column] for row in rows[table]), f"nothing is in {table}.{column}, so it proves nothing that it is empty later"


def test_nothing_is_left_in_any_table_after_each_step(sqlite_store: Database) -> None:
    """At once only what the projects rest on; when Label Studio has closed them, nothing but that it happened."""
    store, routing, there = sqlite_store, _routing(sqlite_store), Accounts()
    person = whole_person(store).person
    assert len({one.partition(".")[0] for one in _not_erased(store, person.id)}) > 20
    with store.begin() as unit:
        asked = erasure.ask(unit, person, erasure.ASKED, NOW)
    assert set(_not_erased(store, person.id)) == {"membership.specialties", "person.email"}
    assert held(store, person.id)["person"][0]["email"] == f"erased-{person.id}@erased.invalid"
    assert erasure.carry_out(store, routing, there, asked, lambda: NOW)
    assert _not_erased(store, person.id) == ["person.email"]
    rows = held(store, person.id)
    assert rows["person"][0]["email"] == f"erased-{person.id}@erased.invalid" and rows["person"][0]["gone_at_utc"]
    assert [(row["active"], row["reason"]) for row in rows["membership"]] == [(False, ENDED)] and not rows["routing_due"]
    assert {row["status"] for row in rows["verification"]} == {"withdrawn"} and all(row["withdrawn_at_utc"] for row in rows["consent"])
    assert [row["finished_at_utc"] for row in rows["erasure"]] == [NOW]


@dataclasses.dataclass(frozen=True)
class Leaving:
    """Somebody of whom everything is there, and what that was."""

    portal: Portal
    person: Person
    was: Held


def test_what_comes_in_between_the_two_steps_goes_with_the_second(tmp_path: Path) -> None:
    """Everything that was there is written once more, by whoever was late, at each moment of an erasure: in the end nothing of it is left."""

    def prepare(store: Database) -> Leaving:
        person = whole_person(store).person
        return Leaving(Portal(store), person, held(store, person.id))

    def erase(leaving: Leaving) -> None:
        store, routing = leaving.portal.store, leaving.portal.routing
        with store.begin() as unit:
            asked = erasure.ask(unit, leaving.person, erasure.ASKED, NOW)
        assert erasure.carry_out(store, routing, Accounts(), asked, lambda: NOW)

    for number, one in enumerate(at_each_gap(tmp_path, prepare, erase, lambda one: put_back(one.portal.store, one.was)), start=1):
        one.portal.routing.catch_up()  # the worker's next round
        store = one.portal.store
        assert _not_erased(store, one.person.id) == ["person.email"], number
        rows = held(store, one.person.id)
        assert rows["person"][0]["email"] == f"erased-{one.person.id}@erased.invalid" and rows["person"][0]["gone_at_utc"]
        assert not any(row["active"] for row in rows["membership"]) and not rows["routing_due"]
        assert not any(row["active"] for (who, _), row in one.portal.extension.memberships.items() if who == 7)
    assert number > 4


def test_what_is_written_while_the_account_is_erased_goes_too(sqlite_store: Database) -> None:
    """Label Studio takes its time: what comes in meanwhile is gone when the erasure is finished."""
    store, routing = sqlite_store, _routing(sqlite_store)
    person = whole_person(store).person
    was = held(store, person.id)

    class Slow(Accounts):
        def erase_account(self, ls_user_id: int, made_at_utc: dt.datetime | None = None) -> None:
            put_back(store, was)
            assert "resume.text" in _not_erased(store, person.id)
            super().erase_account(ls_user_id, made_at_utc)

    with store.begin() as unit:
        asked = erasure.ask(unit, person, erasure.ASKED, NOW)
    assert erasure.carry_out(store, routing, Slow(), asked, lambda: NOW)
    assert set(_not_erased(store, person.id)) <= {"membership.specialties", "person.email"}
    routing.catch_up()
    assert _not_erased(store, person.id) == ["person.email"] and not any(row["active"] for row in held(store, person.id)["membership"])


@pytest.mark.database
def test_two_who_ask_at_once_are_one_erasure(store: Database) -> None:
    """The person in the portal and an administrator: it is done, and finished, once."""
    person = Case(store).person
    asks = [lambda unit, reason=reason: erasure.ask(unit, person, reason, NOW) for reason in (erasure.ASKED, erasure.COMMAND)]  # type: ignore[misc]
    overlapping(store, *asks)
    there = Accounts()
    with store.read() as unit:
        assert len(unit.erasures.waiting()) == 1
    assert erasure.carry_out_waiting(store, there, there, lambda: NOW) == 0 and there.erased == [7]


def test_it_is_said_before_what_goes(sqlite_store: Database) -> None:
    """The count by table that the command prints names each table that is emptied, with all its rows."""
    person = whole_person(sqlite_store).person
    was = {table: len(rows) for table, rows in held(sqlite_store, person.id).items() if table not in STAYS}
    with sqlite_store.begin() as unit:
        counts = unit.erasures.count(person.id, person.ls_user_id)
        assert counts == was and all(counts.values())
        unit.erasures.remove(person.id, person.ls_user_id)
        assert not any(unit.erasures.count(person.id, person.ls_user_id).values())


def test_retention_leaves_nothing_of_what_they_said(sqlite_store: Database) -> None:
    """The same tables and columns are empty; only who they are stays, because they may begin again."""
    person = whole_person(sqlite_store).person
    with sqlite_store.begin() as unit:
        for verification in unit.verifications.of(person.id):
            unit.verifications.change(verification.id, "declined", actor_person_id=1, reason="No, Ada.", now=NOW)
    assert retention.enforce(sqlite_store, 730, NOW + dt.timedelta(days=731)) == 1
    assert set(_not_erased(sqlite_store, person.id)) == {"membership.specialties", "person.email", "person.name", "person.own_name", "person.renamed_at_utc"}
    assert held(sqlite_store, person.id)["person"][0]["email"] == "ada@example.org"


def test_others_keep_what_is_theirs(sqlite_store: Database) -> None:
    """Somebody else with as much in every table loses no row and no word."""
    mine = whole_person(sqlite_store)
    others = held(sqlite_store, mine.manager.id, 1)
    with sqlite_store.begin() as unit:
        erasure.ask(unit, mine.person, erasure.ASKED, NOW)
    assert held(sqlite_store, mine.manager.id, 1) == others and others["membership"] and others["invitation"]


def test_a_manager_is_not_erased(store: Database) -> None:
    """It says what to do first, and nothing is removed."""
    case = _case(store)
    with pytest.raises(BadInput, match="Make them an expert first"), store.begin() as unit:
        erasure.ask(unit, case.manager, erasure.COMMAND, NOW)
    with store.read() as unit:
        manager = unit.people.by_ls_user_id(1)
        assert manager is not None and manager.email == "boss@example.org" and unit.erasures.waiting() == ()


def test_the_account_is_erased_and_the_work_stays(label_studio: LabelStudio) -> None:
    """No way in is left, nothing of the person is shown to a manager, and the annotation is there, under a number."""
    project = label_studio.new_project("Erased", ["one"])
    task = label_studio.task_ids(project)[0]
    member = label_studio.sign_up(f"leaving-{uuid.uuid4().hex[:8]}@test.example")
    member.http.patch(f"/api/users/{member.id}/", json={"first_name": "Leaving", "last_name": "Person", "phone": "0170-555"}).raise_for_status()
    label_studio.push(member.id, project)
    ways = member.ways_in()
    made = member.http.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).json()["id"]
    label_studio.push(member.id, project, active=False)
    with closing(ExtensionClient(label_studio.url, SHARED_SECRET)) as client:
        for _ in range(2):  # done twice, it is done once
            client.erase_account(member.id)
        assert member.id not in {one.ls_user_id for one in client.members()}
        client.erase_account(987654)  # gone already
    for way, http in ways.items():
        assert http.get("/api/projects/").status_code in (302, 401, 403), way
    annotation = label_studio.admin.get(f"/api/annotations/{made}/").json()
    assert annotation["completed_by"] == member.id
    shown = label_studio.admin.get(f"/api/users/{member.id}/").text + label_studio.admin.get(f"/api/tasks/{task}/").text
    assert f"erased-{member.id}@erased.invalid" in shown
    assert not any(word in shown for word in (member.email, "Leaving", "Person", "0170-555"))
    asked = label_studio.service.put("/users/1/erased")
    assert asked.status_code == 400 and "manager" in asked.json()["error"]["message"]
    assert label_studio.client().put(f"/api/ls-expert/users/{member.id}/erased").status_code == 401


def test_an_erased_account_is_known_again_after_its_date_was_cut_to_the_second(label_studio: LabelStudio) -> None:
    """As saving it in Label Studio's admin does, before the erasure is looked up and before it is done again."""
    member = label_studio.sign_up(f"leaving-{uuid.uuid4().hex[:8]}@test.example")
    account = f"/api/users/{member.id}/"
    with closing(ExtensionClient(label_studio.url, SHARED_SECRET)) as client:
        mark = client.erase_account(member.id)
        assert mark is not None
        made = dt.datetime.fromisoformat(label_studio.admin.get(account).json()["date_joined"].replace("Z", "+00:00"))
        assert made.microsecond, "it says nothing otherwise"
        label_studio.admin.patch(account, json={"date_joined": made.replace(microsecond=0).isoformat()}).raise_for_status()
        [listed] = [one for one in client.erased_accounts() if one.ls_user_id == member.id]
        assert listed.made_at_utc == made.replace(microsecond=0)
        then = ErasedAccount(member.id, mark, made)
        assert client.erase_again([then]) == [], "it is erased"
        label_studio.run_inside(INSIDE / "sql.py", statements=[f"DELETE FROM ls_expert_erased_account WHERE mark IN ('{mark}', '{listed.mark}')"])
        others = [ErasedAccount(member.id, "0" * 64, made + dt.timedelta(seconds=1)), ErasedAccount(member.id, mark)]
        assert client.erase_again(others) == [], "made a second later, or known by the whole date alone"
        assert client.erase_again([*others, then]) == [member.id]


def test_the_command_says_first_what_goes(store: Database, database_url: str) -> None:
    """Without --yes and without somebody to ask, nothing is done; with it everything, though Label Studio does not answer yet."""
    case = _case(store)
    settings = load({**SECRETS, "LS_EXPERT_DATABASE_URL": database_url, "LS_EXPERT_SHARED_SECRET": "s" * 40,
                     "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:9"})
    command.stamp(alembic_config(database_url), "head")
    out = io.StringIO()
    with pytest.raises(BadInput, match="Add --yes"):
        erase_person(settings, "ada@example.org", is_sure=False, out=out)
    assert "entries of the profile" in out.getvalue() and "cannot be undone" in out.getvalue()
    assert "Ada" in _held(store, case.person.id)
    assert erase_person(settings, "7", is_sure=True, out=out) == 0
    assert "as soon as it does" in out.getvalue() and not any(word in _held(store, case.person.id) for word in WORDS)
    assert "is up to date" in migrate(database_url, creates=False)


def test_people_erase_themselves_in_the_portal(sqlite_store: Database) -> None:
    """Not without a tick; then they are signed out, their projects close, and the worker is told."""
    portal = Portal(sqlite_store)
    browser: Browser = portal.browser(CANDIDATE)
    browser.hold_interview(LONG_ENOUGH)
    assert "Erase your data" in browser.page("/consent")
    assert browser.send("/erase").status_code == 400
    assert "cannot be undone" in browser.page("/erase")
    answer = browser.send("/erase", understood="yes")
    assert answer.status_code == 200 and "Your data is erased" in answer.text
    assert ("erase", {}) in portal.jobs
    assert browser.client.get("/").status_code != 200, "signed out"
    with sqlite_store.read() as unit:
        assert unit.people.by_ls_user_id(CANDIDATE) is None and len(unit.erasures.waiting()) == 1


def _verification(status: str, updated: dt.datetime, until: dt.datetime | None = None) -> Verification:
    return Verification(1, 1, "law", status, until, "", 1, updated)  # type: ignore[arg-type]


def test_how_long_words_are_kept() -> None:
    """So many days after the last verification ended, as the consent said; never while something is in force or under way."""
    days = dt.timedelta(days=1)
    agreed = [Consent("matching", "1", NOW - 900 * days, None, 730)]
    ended, running = _verification("declined", NOW - 10 * days), _verification("in_review", NOW - 800 * days)
    expired = _verification("verified", NOW - 500 * days, NOW - 100 * days)
    assert retention.kept_until([ended], agreed, 730, NOW) == NOW + 720 * days
    assert retention.kept_until([ended, expired], agreed, 730, NOW) == NOW + 720 * days
    assert retention.kept_until([expired], agreed, 730, NOW) == NOW + 630 * days, "at its date, not when it was written"
    assert retention.kept_until([ended, running], agreed, 730, NOW) is None
    for going_on in set(get_args(Status)) - {"declined", "expired", "revoked", "withdrawn"}:
        assert retention.kept_until([_verification(going_on, NOW - 800 * days)], agreed, 730, NOW) is None, going_on
    assert retention.kept_until([], agreed, 730, NOW) == NOW - 170 * days, "told us things and never went on"
    assert retention.kept_until([ended], agreed, 30, NOW) == NOW + 20 * days, "a lowered setting counts for everybody"
    assert retention.kept_until([ended], agreed, 3650, NOW) == NOW + 720 * days, "a raised one does not break a promise"
    assert retention.kept_until([ended], [], 730, NOW) is None


def test_what_was_kept_long_enough_is_removed_and_the_person_stays(store: Database) -> None:
    """Their words go, once; they are still there and may begin again."""
    case = _case(store)
    with store.begin() as unit:
        erasing = unit.verifications.of(case.person.id)[0]
        unit.verifications.change(erasing.id, "declined", actor_person_id=case.manager.id, reason="No licence, Ada.", now=NOW)
    assert retention.enforce(store, 730, NOW + dt.timedelta(days=729)) == 0 and LONG_ENOUGH[:30] in _held(store, case.person.id)
    later = NOW + dt.timedelta(days=731)
    assert (retention.enforce(store, 730, later), retention.enforce(store, 730, later)) == (1, 0)
    held = _held(store, case.person.id)
    assert LONG_ENOUGH[:30] not in held and "No licence" not in held and "ada@example.org" in held
    with store.read() as unit:
        assert unit.people.by_ls_user_id(7) is not None and unit.erasures.waiting() == ()
