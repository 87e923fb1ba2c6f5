"""Reconciliation when very much differs, and when nothing does: in pages, in bounded memory, by checksums."""

from __future__ import annotations

import datetime as dt
import logging
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from sqlalchemy import update

from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.protocol.membership_checksum import PersonChecksum, row_checksum
from ls_expert_plugin.routing.sync.push import push
from ls_expert_plugin.routing.sync.reconcile import MOST_KEPT, ROWS_AT_A_TIME, compare_checksums, reconcile
from ls_expert_plugin.routing.values import Membership, TaskAssignment
from ls_expert_plugin.storage.tables import MembershipRow
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_case import at_once
from tests.support.builders.vetting_samples import NOW
from tests.support.fakes.extension import ExtensionHere
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio

UNTIL = dt.datetime(2027, 3, 4, 5, 6, 7, 89, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
ODD = [
    Membership(2_000_000, 1, True, None, "plain", 1),
    Membership(2_000_000, 2, False, UNTIL, "", 2**62, ("ärztlich", 'a "quoted" \\ one', "tab\tand line\nand \x01 and \x7f")),
    Membership(2_000_000, 3, True, UNTIL.replace(microsecond=0), "it’s 100 % | 𝄞\r\n{}", 7, ("💊", "a, b", "</script>")),
    Membership(2_000_001, 1, True, UNTIL, "a | b", 5),
]


def _sums(rows: Sequence[Membership]) -> dict[int, PersonChecksum]:
    found: dict[int, PersonChecksum] = {}
    for one in rows:
        had = found.get(one.ls_user_id, PersonChecksum(one.ls_user_id, 0, 0))
        more = row_checksum(one.ls_user_id, one.ls_project_id, one.active, one.valid_until_utc, one.revision, one.specialties, one.reason)
        found[one.ls_user_id] = PersonChecksum(one.ls_user_id, had.rows + 1, had.checksum + more)
    return found


@pytest.fixture
def there() -> Iterator[tuple[ExtensionHere, ExtensionClient]]:
    """Label Studio's end of the line, and the client that talks to it."""
    extension = ExtensionHere(1, lambda: (), lambda: ())
    with closing(extension.client(SHARED_SECRET)) as client:
        yield extension, client


def _fill(extension: ExtensionHere, people: int, projects: int) -> None:
    extension.memberships.update({(who, where): {
        "ls_user_id": who, "ls_project_id": where, "active": True, "valid_until_utc": None, "revision": 3, "reason": "verified", "specialties": [],
    } for who in range(1, people + 1) for where in range(1, projects + 1)})


@pytest.mark.database
def test_an_empty_service_database_ends_all_access_however_much_there_is(
    store: Database, there: tuple[ExtensionHere, ExtensionClient], caplog: pytest.LogCaptureFixture,
) -> None:
    """20,000 active rows that we never gave: each has ended in Label Studio, and the log has one warning. 8,000 were once too many at a time."""
    extension, client = there
    _fill(extension, 100, 200)
    with caplog.at_level(logging.WARNING):
        drift = reconcile(store, client, lambda: NOW)
    assert (drift.counts, drift.corrected, drift.compared, drift.told) == ({"extra": 20_000}, 20_000, 20_000, True)
    assert len(drift.differences) == MOST_KEPT
    assert [record.getMessage().partition(".")[0] for record in caplog.records] == ["drift: 20000 extra; 20000 corrected"]
    assert not any(row["active"] for row in extension.memberships.values())
    assert reconcile(store, client, lambda: NOW).found == 0


@pytest.mark.database
def test_everything_that_label_studio_has_lost_is_told_again(store: Database, there: tuple[ExtensionHere, ExtensionClient]) -> None:
    """A Label Studio whose rows are gone, and one row of which is older, gets all of them back."""
    extension, client = there
    with store.begin() as unit:
        unit.memberships.put([Membership(who, where, True, None, "verified", 1) for who in range(1, 41) for where in range(1, 101)], NOW)
    assert push(store, client)
    before = dict(extension.memberships)
    extension.memberships.clear()
    extension.memberships[3, 4] = {**before[3, 4], "revision": 0, "active": False}
    assert reconcile(store, client, lambda: NOW).counts == {"missing": 3999, "stale": 1}
    assert extension.memberships == {key: {**row, "revision": 2} for key, row in before.items()}


@pytest.mark.release("a million rows, for a minute or more; the twenty thousand above hold the promise every day")
@pytest.mark.slow("a million rows")
def test_a_million_differing_rows_are_corrected_in_bounded_memory(sqlite_store: Database) -> None:
    """Label Studio's side makes its rows up as it is asked; what the service holds of them at a time is a few pages."""
    people, projects = 1000, 1000

    class Endless(ExtensionClient):
        pushed = 0

        def membership_checksums(self) -> Iterator[PersonChecksum]:
            return (PersonChecksum(who, projects, 1) for who in range(1, people + 1))

        def memberships(self, after: int, of: Sequence[int] | None = None) -> tuple[list[Membership], int]:  # type: ignore[override]
            assert of is not None and len(of) * projects <= ROWS_AT_A_TIME
            numbers = range(after, min(after + 500, len(of) * projects))
            return [Membership(of[n // projects], n % projects + 1, True, None, "", 3) for n in numbers], (numbers[-1] + 1 if numbers else after)

        def assignment_checksums(self) -> Iterator[PersonChecksum]:
            return iter(())

        def gone_assignments(self) -> Iterator[TaskAssignment]:
            return iter(())

        def projects(self, after: int) -> tuple[list[object], int]:  # type: ignore[override]
            return [], after

        def push(self, memberships: Sequence[Membership]) -> int:
            assert all(not one.active and one.revision == 4 for one in memberships)
            type(self).pushed += len(memberships)
            return 0

    with closing(Endless("http://127.0.0.1:1", SHARED_SECRET)) as client:
        tracemalloc.start()
        drift = reconcile(sqlite_store, client, lambda: NOW)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (drift.corrected, drift.told, Endless.pushed) == (people * projects, True, people * projects)
    assert peak < 50 * 1024 * 1024, f"{peak / 1024 / 1024:.0f} MiB"


def test_rows_are_read_only_of_people_whose_checksums_differ(sqlite_store: Database, there: tuple[ExtensionHere, ExtensionClient]) -> None:
    """Nothing differs: not a row is asked for. One row edited by hand, its revision untouched: that person's alone."""
    extension, client = there
    with sqlite_store.begin() as unit:
        unit.memberships.put([Membership(who, where, True, None, "verified", 1) for who in range(1, 301) for where in (1, 2, 3)], NOW)
    assert push(sqlite_store, client)
    asked: list[str] = []
    client._http.event_hooks = {"request": [lambda request: asked.append(f"{request.url.path}?{request.url.params.get('of', '')}")]}
    assert reconcile(sqlite_store, client, lambda: NOW).compared == 900
    assert {one.partition("?")[0].removeprefix("/api/ls-expert/") for one in asked} == {
        "projects", "memberships/checksums", "assignments/checksums", "assignments/gone",
    }
    extension.memberships[150, 2]["reason"] = "by hand"
    asked.clear()
    assert reconcile(sqlite_store, client, lambda: NOW).counts == {"stale": 1}
    assert {one.partition("?")[2] for one in asked if one.startswith("/api/ls-expert/memberships?") and not one.endswith("?")} == {"150"}


def test_people_on_one_side_alone_differ() -> None:
    """Whoever is unknown on either side is looked at, and so is another number of rows."""
    ours = [PersonChecksum(1, 2, 7), PersonChecksum(2, 1, 5), PersonChecksum(4, 1, 5)]
    theirs = [PersonChecksum(1, 2, 7), PersonChecksum(3, 9, 1), PersonChecksum(4, 2, 5)]
    assert list(compare_checksums(ours, theirs)) == [(1, 2, True), (2, 1, False), (3, 9, False), (4, 2, False)]


@pytest.mark.database
def test_the_database_computes_the_same_checksums_as_we_do(store: Database) -> None:
    """On PostgreSQL in SQL, on SQLite in Python; other alphabets, quotes, control characters, time zones and very large revisions."""
    rows = [MembershipRow(
        ls_user_id=one.ls_user_id, ls_project_id=one.ls_project_id, active=one.active, valid_until_utc=one.valid_until_utc, reason=one.reason,
        specialties=list(one.specialties), revision=one.revision, updated_at_utc=NOW,
    ) for one in ODD]
    with store.begin() as unit:
        unit.session.add_all(rows)
    with store.read() as unit:
        assert {one.ls_user_id: one for one in unit.memberships.checksums(0, 10)} == _sums(ODD)
        assert [one.ls_user_id for one in unit.memberships.checksums(0, 1)] == [2_000_000]
        assert [one.ls_user_id for one in unit.memberships.checksums(2_000_000, 10)] == [2_000_001]


@pytest.mark.database
def test_label_studio_computes_the_same_checksums_as_we_do(label_studio: LabelStudio) -> None:
    """Pushed and read again: what both sides compare is the same number, whatever either is stored in."""
    with closing(ExtensionClient(label_studio.url, SHARED_SECRET)) as client:
        client.push(ODD)
        found = {one.ls_user_id: one for one in client.membership_checksums() if one.ls_user_id in (2_000_000, 2_000_001)}
        assert found == _sums(ODD)
        assert client.memberships(0, [2_000_001])[0] == [ODD[3]]


@pytest.mark.database
def test_a_push_tells_newer_rows_from_those_that_are_there_already(label_studio: LabelStudio) -> None:
    """The same revision again is no surprise, an older one is; several revisions of a row in one push: the newest counts, and ends last."""
    who = 2_100_000

    def send(*revisions: int, where: int = 1) -> dict[str, int]:
        answer = label_studio.service.put("/memberships", json={"memberships": [{
            "ls_user_id": who, "ls_project_id": where, "active": revision % 2 == 0, "valid_until_utc": None, "revision": revision, "reason": "",
        } for revision in revisions]})
        return dict(answer.json())

    assert send(3) == {"applied": 1, "ignored": 0, "newer": 0}
    assert send(3) == {"applied": 0, "ignored": 1, "newer": 0}
    assert send(2) == {"applied": 0, "ignored": 1, "newer": 1}
    assert send(6, 4) == {"applied": 1, "ignored": 1, "newer": 0}
    rows = label_studio.service.get("/memberships", params={"of": who}).json()["memberships"]
    assert [(row["revision"], row["active"]) for row in rows] == [(6, True)]
    assert label_studio.service.get("/memberships", params={"of": "1,x"}).status_code == 400
    rules = {"ls_project_id": who, "shows_others_work": True, "specialty_field": None, "shows_tasks_without_specialty": False}
    for revision, expected in ((3, (1, 0, 0)), (3, (0, 1, 0)), (2, (0, 1, 1))):
        answer = label_studio.service.put("/projects", json={"projects": [{**rules, "revision": revision}]}).json()
        assert (answer["applied"], answer["ignored"], answer["newer"]) == expected


def test_an_answer_that_came_too_late_asks_for_no_reconciliation(sqlite_store: Database, there: tuple[ExtensionHere, ExtensionClient]) -> None:
    """What Label Studio has already, at the same revision, is told once more and no surprise; a raised revision is one."""
    extension, client = there
    surprises: list[bool] = []
    with sqlite_store.begin() as unit:
        unit.memberships.put([Membership(7, 1, True, None, "verified", 1)], NOW)
    assert push(sqlite_store, client)
    for revision, expected in ((1, []), (50, [True])):
        extension.memberships[7, 1]["revision"] = revision
        with sqlite_store.begin() as unit:
            unit.session.execute(update(MembershipRow).values(pushed_revision=0))
        assert push(sqlite_store, client, surprised=lambda: surprises.append(True))
        assert surprises == expected


@pytest.mark.database
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_pushes_beside_each_other_send_every_row_once(store: Database, there: tuple[ExtensionHere, ExtensionClient]) -> None:
    """Three services at once: one pushes, the others wait until all is told."""
    extension, client = there
    with store.begin() as unit:
        unit.memberships.put([Membership(who, where, True, None, "verified", 1) for who in range(1, 31) for where in range(1, 101)], NOW)
    assert at_once(*[lambda: push(store, client)] * 3) == [True] * 3
    assert extension.received == len(extension.memberships) == 3000
