"""Somebody edits the projection in Label Studio's database by hand, or loses a part of it: found, corrected, reported.

And a gap in the outbox, as a restored backup of the service leaves it: who came and went, projects and work are reread.
"""

from __future__ import annotations

import dataclasses
import io
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from ls_expert_plugin.cli.routing.reconcile import reconcile_now, report
from ls_expert_plugin.cli.routing.resync import NOTHING, resync_now
from ls_expert_plugin.cli.setup.doctor import examine
from ls_expert_plugin.config import load
from ls_expert_plugin.outbox_consumer.resync import backfill, resync
from ls_expert_plugin.routing.configuration import RoutingConfiguration
from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.sync.reconcile import Difference, Drift, membership_difference
from ls_expert_plugin.routing.values import Membership, Requirement, Rules
from ls_expert_plugin.storage.migrate import newest_revision
from ls_expert_plugin.storage.tables import PersonRow
from ls_expert_plugin.storage.unit_of_work import Database
from tests.integration.conftest import own_label_studio
from tests.integration.label_studio.permissions.test_roles import _put
from tests.support.builders.service import PACKS, RESULT, Service, now, visible
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio, Member

label_studio = own_label_studio("sqlite", "postgresql")

SQL = Path(__file__).parents[3] / "inside" / "sql.py"
MEMBERSHIP, RULES = "ls_expert_membership", "ls_expert_project_rule"


@pytest.fixture
def case(sqlite_store: Database, label_studio: LabelStudio) -> Iterator[Case]:
    """An expert in one of two projects, pushed; what earlier tests left behind is reconciled away."""
    case = Case(sqlite_store, label_studio)
    yield case
    case.service.close()


class Case:
    """Two projects of medicine with rules; ``inside`` asks for nothing more than ``expert`` has, ``outside`` for more."""

    def __init__(self, store: Database, label_studio: LabelStudio) -> None:
        self.label_studio, self.service = label_studio, Service(store, label_studio)
        self.expert: Member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
        self.inside, self.outside = label_studio.new_project("Inside", ["one"]), label_studio.new_project("Outside", ["one"])
        self.service.read()
        rules = Rules(shows_others_work=True)
        self.service.routing.apply({
            self.inside: TargetState(Requirement("medicine"), rules), self.outside: TargetState(Requirement("medicine", minimum_level=5), rules),
        })
        self.service.decide(self.expert.id, "verified")
        assert self.service.routing.reconcile().told
        assert self.reconcile(dry_run=True).differences == ()

    def edit(self, *statements: str) -> None:
        """Somebody with a shell on Label Studio's database."""
        names = {"who": self.expert.id, "inside": self.inside, "outside": self.outside}
        touched = self.label_studio.run_inside(SQL, statements=[one.format(**names) for one in statements])
        assert touched == [1] * len(statements), touched

    def reconcile(self, *, dry_run: bool = False) -> Drift:
        """What the worker does every few minutes."""
        return self.service.routing.reconcile(dry_run=dry_run)

    def kinds(self, drift: Drift) -> list[tuple[str, int | None, int]]:
        """What was found, without the words."""
        return [(one.kind, one.ls_user_id, one.ls_project_id) for one in drift.differences]

    def check(self, *expected: tuple[str, int | None, int]) -> None:
        """Only reported at first, then corrected, then gone; the expert sees what they should."""
        for dry_run in (True, False):
            drift = self.reconcile(dry_run=dry_run)
            assert self.kinds(drift) == list(expected)
            assert drift.corrected == (0 if dry_run else len(expected)) and drift.found == len(expected)
        assert drift.told
        assert self.reconcile().differences == ()
        assert visible(self.expert) == [self.inside]
        shown = {row["ls_project_id"]: row["shows_others_work"] for row in self.label_studio.service.get("/projects").json()["projects"]}
        assert shown[self.inside] is True and shown[self.outside] is True


def test_access_that_was_given_or_taken_by_hand_is_corrected(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """A row switched off with its revision raised far above ours, and a row added for a project that asks for more."""
    case.edit(
        f"UPDATE {MEMBERSHIP} SET active = false, revision = 4000000000 WHERE user_id = {{who}} AND project_id = {{inside}}",
        f"INSERT INTO {MEMBERSHIP} (user_id, project_id, active, revision, reason, specialties, updated_at)"
        " VALUES ({who}, {outside}, true, 77, 'by hand', '[]', '2026-01-01 00:00:00')",
    )
    assert visible(case.expert) == [case.outside]
    with caplog.at_level(logging.WARNING, "ls_expert_plugin.routing.sync.reconcile"):
        case.check(("stale", case.expert.id, case.inside), ("extra", case.expert.id, case.outside))
    said = [record.getMessage() for record in caplog.records if "2 corrected" in record.getMessage()]
    assert len(said) == 1 and said[0].startswith("drift: 1 extra, 1 stale")
    assert f"stale: person {case.expert.id}, project {case.inside}: other active" in said[0]


def test_rows_that_were_deleted_or_are_older_come_back(case: Case) -> None:
    """A membership and the rules of a project are gone, the rules of another are those of an old backup."""
    case.edit(
        f"DELETE FROM {MEMBERSHIP} WHERE user_id = {{who}} AND project_id = {{inside}}",
        f"DELETE FROM {RULES} WHERE project_id = {{inside}}",
        f"UPDATE {RULES} SET shows_others_work = false, revision = 0 WHERE project_id = {{outside}}",
    )
    case.check(("stale", None, case.outside), ("missing", None, case.inside), ("missing", case.expert.id, case.inside))


def test_access_opened_again_after_a_revocation_is_closed(case: Case) -> None:
    """Revoked, then switched on by hand without touching the revision; the date is moved of somebody else's row, too."""
    case.service.decide(case.expert.id, "revoked")
    case.edit(f"UPDATE {MEMBERSHIP} SET active = true WHERE user_id = {{who}} AND project_id = {{inside}}")
    assert visible(case.expert) == [case.inside]
    assert case.kinds(case.reconcile()) == [("extra", case.expert.id, case.inside)]
    assert visible(case.expert) == []


def test_a_push_that_meets_a_raised_revision_asks_for_a_reconciliation(case: Case) -> None:
    """The revocation is ignored there because of the number; the worker is asked at once, and then it counts."""
    asked: list[str] = []
    case.edit(f"UPDATE {MEMBERSHIP} SET revision = 5000000000 WHERE user_id = {{who}} AND project_id = {{inside}}")
    case.service.routing._queue = lambda name, **arguments: asked.append(name)
    case.service.decide(case.expert.id, "revoked")
    assert asked == ["reconcile"]
    case.reconcile()
    assert visible(case.expert) == []


def test_a_role_that_no_event_told_of_is_taken_over(case: Case) -> None:
    """A default role that was changed: the service hears of it here."""
    with case.service.store.begin() as unit:
        unit.people.save(case.expert.id, case.expert.email, "", "manager", now())
    assert case.service.routing.refresh(case.expert.id) and visible(case.expert) == []
    case.reconcile()
    assert visible(case.expert) == [case.inside]


def test_the_command_reports_per_person_and_project(case: Case, tmp_path: Path) -> None:
    """A line for each, and how many; a dry run changes nothing; afterwards all is well."""
    settings = load({
        "LS_EXPERT_LABEL_STUDIO_URL": case.label_studio.url, "LS_EXPERT_SHARED_SECRET": SHARED_SECRET, "LS_EXPERT_SECRET_KEY": "k" * 32,
        "LS_EXPERT_WEBHOOK_SECRET": "w" * 32, "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_DATABASE_URL": str(case.service.store.engine.url),
    })
    with case.service.store.engine.begin() as connection:  # these tables were made without migrating
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{newest_revision()}')")
    case.edit(f"UPDATE {MEMBERSHIP} SET reason = 'by hand' WHERE user_id = {{who}} AND project_id = {{inside}}")

    def run(*, dry_run: bool) -> list[str]:
        out = io.StringIO()
        assert reconcile_now(settings, out, dry_run=dry_run) == 0
        return out.getvalue().splitlines()

    line = f"stale: person {case.expert.id}, project {case.inside}: other reason"
    with case.service.store.begin() as unit:
        unit.projects.set_rules(case.outside, Rules(), now())
    out = io.StringIO()
    assert examine(settings, out) == 1
    assert f"differ in Label Studio (first: {line})" in out.getvalue()
    assert "0 memberships and the rules of 1 projects wait to reach Label Studio" in out.getvalue()
    for dry_run, words in ((True, "1 stale; nothing was changed."), (False, "1 stale; 1 corrected.")):
        lines = run(dry_run=dry_run)
        assert lines[:-1] == [line] and lines[-1].endswith(words)
    assert run(dry_run=True)[0].endswith("everything is as it should be.")


def test_what_is_on_its_way_is_no_drift() -> None:
    """Older there and waiting here is fine; as old there and other values, or told and older there, is not."""
    ours = Membership(7, 1, True, None, "verified", 5)
    older = dataclasses.replace(ours, active=False, revision=4)
    assert membership_difference(ours, 4, older) is None
    assert membership_difference(ours, 5, ours) is None and membership_difference(ours, 4, ours) is None
    assert (lost := membership_difference(ours, 5, older)) is not None and lost.kind == "stale"
    assert (raised := membership_difference(ours, 4, dataclasses.replace(older, revision=9))) is not None and raised.their_revision == 9
    ended = dataclasses.replace(ours, active=False)
    assert (opened := membership_difference(ended, 5, ours)) is not None and opened.kind == "extra"
    assert (unknown := membership_difference(None, 0, ours)) is not None and (unknown.kind, unknown.seen_revision) == ("extra", 0)


def test_a_revision_that_cannot_be_outbid_is_said() -> None:
    """The largest number there is: the report says what to do."""
    one = Difference("extra", 7, 1, "active, and it has ended here", 3, 2**63 - 1)
    assert not one.can_be_outbid
    assert report(Drift((one,), {"extra": 1}, 0, 10, True), dry_run=False).splitlines() == [
        "extra: person 7, project 1: active, and it has ended here (cannot be corrected: delete the row in Label Studio's database)",
        "10 rows compared: 1 extra; 0 corrected.",
    ]


class Gap:
    """A service that knew ``leaving``, ``project`` and ``deleted``; what has happened since, Label Studio has told and forgotten."""

    def __init__(self, store: Database, label_studio: LabelStudio) -> None:
        self.label_studio, self.service = label_studio, Service(store, label_studio)
        self.leaving, self.promoted = self._member(), self._member()
        self.project, self.deleted = label_studio.new_project("Before", ["one"]), label_studio.new_project("Given up", ["one"])
        self.service.read()
        assert self.service.routing.apply({self.deleted: TargetState(Requirement("medicine"))})[1]
        self.service.routing.reconcile()  # what other tests have left
        backfill(store, self.service.client, now)

        organization = label_studio.admin.get("/api/organizations/").json()[0]["id"]
        label_studio.admin.delete(f"/api/organizations/{organization}/memberships/{self.leaving.id}/").raise_for_status()
        label_studio.admin.patch(f"/api/projects/{self.project}/", json={"title": "After"}).raise_for_status()
        label_studio.admin.delete(f"/api/projects/{self.deleted}/").raise_for_status()
        self.joined, self.created = self._member(), label_studio.new_project("In the gap", ["one", "two"])
        assert _put(label_studio, (self.promoted.id, "manager"))[0] == 200
        self.work()
        label_studio.service.post("/outbox/forget", json={"through": label_studio.cursor()}).raise_for_status()

    def work(self, number: int = 0) -> None:
        """Somebody annotates a task of the new project."""
        task = self.label_studio.task_ids(self.created)[number]
        self.label_studio.admin.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).raise_for_status()

    def _member(self) -> Member:
        return self.label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")

    def check_directory(self) -> None:
        """Members, roles and projects are as in Label Studio."""
        with self.service.store.read() as unit:
            there = {who: unit.people.by_ls_user_id(who) for who in (self.leaving.id, self.promoted.id, self.joined.id)}
            titles = [getattr(unit.projects.get(where), "title", None) for where in (self.project, self.deleted, self.created)]
        assert there[self.leaving.id] is None
        assert [getattr(there[who.id], "role", None) for who in (self.promoted, self.joined)] == ["manager", "expert"]
        assert titles == ["After", None, "In the gap"]


@pytest.fixture
def gap(sqlite_store: Database, label_studio: LabelStudio) -> Iterator[Gap]:
    """The gap, right after it."""
    gap = Gap(sqlite_store, label_studio)
    yield gap
    gap.service.close()


def test_who_came_and_went_and_projects_of_a_gap_are_found_by_the_next_reconciliation(gap: Gap) -> None:
    """Nothing tells of them any more: members, roles and projects are compared as rows."""
    assert gap.service.read() == 0
    gap.service.routing.reconcile()
    gap.check_directory()


def test_work_of_a_gap_is_put_on_record_once(gap: Gap) -> None:
    """Read by number; what the outbox still tells of is left to it, whichever comes first, and nothing counts twice."""
    service = gap.service
    gap.work(1)  # still in the outbox
    found = resync(service.store, service.client, RoutingConfiguration(PACKS), now)
    gap.check_directory()
    assert found.annotations == 1 and service.count("annotation_created", gap.created) == 1
    assert (gone := {(one.kind, one.ls_id) for one in found.changes}) >= {
        ("left", gap.leaving.id), ("changed", gap.promoted.id), ("joined", gap.joined.id),
        ("renamed", gap.project), ("deleted", gap.deleted), ("created", gap.created),
    }, gone
    assert service.read() > 0 and service.count("annotation_created", gap.created) == 2
    again = resync(service.store, service.client, RoutingConfiguration(PACKS), now)
    assert (again.changes, again.annotations) == ((), 0) and service.count("annotation_created", gap.created) == 2


def test_the_command_says_first_what_it_takes_over(gap: Gap, tmp_path: Path) -> None:
    """A dry run and a no change nothing; a yes takes it over, with its progress; then there is nothing left to do."""
    settings = load({
        "LS_EXPERT_LABEL_STUDIO_URL": gap.label_studio.url, "LS_EXPERT_SHARED_SECRET": SHARED_SECRET, "LS_EXPERT_SECRET_KEY": "k" * 32,
        "LS_EXPERT_WEBHOOK_SECRET": "w" * 32, "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_DATABASE_URL": str(gap.service.store.engine.url),
    })
    with gap.service.store.engine.begin() as connection:  # these tables were made without migrating
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{newest_revision()}')")
    asked: list[str] = []

    def run(*, dry_run: bool = False, answer: bool = False) -> tuple[int, str]:
        out = io.StringIO()
        return resync_now(settings, out, dry_run=dry_run, agreed=lambda question: bool(asked.append(question)) or answer), out.getvalue()

    code, said = run(dry_run=True)
    assert (code, asked) == (0, []) and "nothing was changed" in said
    for line in (f"left: person {gap.leaving.id} ({gap.leaving.email})", f"deleted: project {gap.deleted} (Given up)", "1 annotations not on record"):
        assert line in said, said
    assert run()[0] == 3 and len(asked) == 1 and gap.service.count("annotation_created", gap.created) == 0
    code, said = run(answer=True)
    assert code == 0 and "… taking over" in said and "1 annotations taken over" in said, said
    gap.check_directory()
    assert NOTHING in run(dry_run=True)[1]


def test_an_empty_label_studio_takes_nothing_away_by_itself(sqlite_store: Database, label_studio: LabelStudio) -> None:
    """More people gone than are there: another Label Studio answers. They stay until somebody has looked, who may take it over."""
    service = Service(sqlite_store, label_studio)
    service.routing.reconcile()
    there = len(list(service.client.members()))
    with service.store.begin() as unit:
        for number in range(1, there + 30):
            unit.people.save(1_000_000 + number, f"{number}@example.org", "", "expert", now())
        unit.session.execute(update(PersonRow).values(heard_at_utc=None))
    service.routing.reconcile()
    found = resync(service.store, service.client, RoutingConfiguration(PACKS), now)
    assert (len(found.left_alone), found.changes) == (there + 29, ())
    with service.store.read() as unit:
        assert unit.people.by_ls_user_id(1_000_001) is not None
    assert len(resync(service.store, service.client, RoutingConfiguration(PACKS), now, agreed=True).changes) == there + 29
    with service.store.read() as unit:
        assert unit.people.by_ls_user_id(1_000_001) is None
    service.close()
