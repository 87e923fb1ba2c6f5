"""Somebody edits the projection in Label Studio's database by hand, or loses a part of it: found, corrected, reported."""

from __future__ import annotations

import dataclasses
import io
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_expert_plugin.config import load
from ls_expert_plugin.doctor import examine
from ls_expert_plugin.drift import reconcile_now, report
from ls_expert_plugin.routing.reconcile import Difference, Drift, membership_difference
from ls_expert_plugin.routing.requirements import Wanted
from ls_expert_plugin.routing.values import Membership, Requirement, Rules
from ls_expert_plugin.storage.migrate import newest_revision
from ls_expert_plugin.storage.store import Store
from tests.integration.conftest import own_label_studio
from tests.label_studio import SHARED_SECRET, LabelStudio, Member
from tests.service_case import Service, now, visible

label_studio = own_label_studio("sqlite", "postgresql")

SQL = Path(__file__).parents[1] / "inside" / "sql.py"
MEMBERSHIP, RULES = "ls_expert_membership", "ls_expert_project_rule"


@pytest.fixture
def case(sqlite_store: Store, label_studio: LabelStudio) -> Iterator[Case]:
    """An expert in one of two projects, pushed; what earlier tests left behind is reconciled away."""
    case = Case(sqlite_store, label_studio)
    yield case
    case.service.close()


class Case:
    """Two projects of medicine with rules; ``inside`` asks for nothing more than ``expert`` has, ``outside`` for more."""

    def __init__(self, store: Store, label_studio: LabelStudio) -> None:
        self.label_studio, self.service = label_studio, Service(store, label_studio)
        self.expert: Member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
        self.inside, self.outside = label_studio.new_project("Inside", ["one"]), label_studio.new_project("Outside", ["one"])
        self.service.read()
        rules = Rules(shows_others_work=True)
        self.service.routing.apply({
            self.inside: Wanted(Requirement("medicine"), rules), self.outside: Wanted(Requirement("medicine", minimum_level=5), rules),
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
            assert drift.corrected == (() if dry_run else drift.differences)
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
    with caplog.at_level(logging.WARNING, "ls_expert_plugin.routing.reconcile"):
        case.check(("stale", case.expert.id, case.inside), ("extra", case.expert.id, case.outside))
    assert f"drift, corrected: stale: person {case.expert.id}, project {case.inside}: other active" in caplog.text


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
    assert report(Drift((one,), (), 10, True), dry_run=False).splitlines() == [
        "extra: person 7, project 1: active, and it has ended here (cannot be corrected: delete the row in Label Studio's database)",
        "10 rows compared: 1 extra; 0 corrected.",
    ]
