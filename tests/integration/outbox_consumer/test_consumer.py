"""Taking in the outbox after a long stop: bulk changes, many events, a reader that is killed in the middle, and its turn over."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ls_expert_plugin.ls_client.extension import PAGE_ROWS, ExtensionClient
from ls_expert_plugin.ls_client.values import OutboxEvent
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.routing.configuration import RoutingConfiguration
from ls_expert_plugin.storage.tables import WorkEventRow
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.outbox_rows import add_events
from tests.support.builders.service import PACKS, RESULT, Service, now
from tests.support.servers.label_studio import LabelStudio

ROOT = Path(__file__).parents[3]
SQL = ROOT / "tests" / "inside" / "sql.py"
PAGES = 8


@pytest.fixture
def reader(sqlite_store: Database, label_studio: LabelStudio) -> Iterator[Service]:
    """A service that has read everything so far."""
    service = Service(sqlite_store, label_studio)
    yield service
    service.close()


def _kept(store: Database, ls_project_id: int) -> int:
    with store.read() as unit:
        return unit.session.scalar(select(func.count()).where(WorkEventRow.ls_project_id == ls_project_id)) or 0


@pytest.mark.database
def test_bulk_changes_arrive_row_by_row_and_what_was_rolled_back_never_does(label_studio: LabelStudio, reader: Service) -> None:
    """Tasks imported with annotations, deleted by a Data Manager action, the project deleted; an update that was rolled back."""
    project = label_studio.new_project("Bulk", ["without"])
    label_studio.admin.post(f"/api/projects/{project}/import", json=[
        {"data": {"text": f"text {number}"}, "annotations": [{"result": RESULT}]} for number in range(6)
    ]).raise_for_status()
    reader.read()
    assert reader.count("annotation_created", project) == 6
    label_studio.admin.post(f"/api/dm/actions/?project={project}&id=delete_tasks", json={
        "selectedItems": {"all": False, "included": label_studio.task_ids(project)[1:4]}
    }).raise_for_status()
    with pytest.raises(RuntimeError, match="no_such_table"):
        label_studio.run_inside(SQL, statements=[f"UPDATE project SET title = 'Rolled back' WHERE id = {project}", "SELECT 1 FROM no_such_table"])
    reader.read()
    assert (reader.count("annotation_deleted", project), reader.count("project_changed", project)) == (3, 0)
    label_studio.admin.delete(f"/api/projects/{project}/").raise_for_status()
    reader.read()
    assert (reader.count("annotation_deleted", project), reader.count("project_deleted", project)) == (6, 1)
    assert label_studio.events() == []


def test_a_reader_killed_while_it_catches_up_is_resumed_and_every_event_counts_once(label_studio: LabelStudio, reader: Service) -> None:
    """kill -9 in the middle; the next reading goes on from what was stored, and Label Studio forgets only that."""
    project = label_studio.new_project("Caught up", ["one"])
    add_events(label_studio, project, PAGES * PAGE_ROWS)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.clients.outbox_reader", str(reader.store.engine.url), label_studio.url], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while _kept(reader.store, project) < PAGE_ROWS and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert PAGE_ROWS <= _kept(reader.store, project) < PAGES * PAGE_ROWS
    reader.read()
    assert _kept(reader.store, project) == PAGES * PAGE_ROWS + 1  # and the project's own creation
    assert label_studio.events() == [] and reader.read() == 0


def test_a_reading_that_takes_long_lets_other_jobs_have_their_turn(label_studio: LabelStudio, reader: Service) -> None:
    """Out of patience after a page; the next reading goes on there."""
    project = label_studio.new_project("Paced", ["one"])
    add_events(label_studio, project, PAGE_ROWS + 10)
    taken = [read_outbox(reader.store, reader.client, RoutingConfiguration(PACKS), now, patience_s=0) for _ in range(3)]
    assert taken[0] == PAGE_ROWS and taken[1:] == [12, 0] or sum(taken) == PAGE_ROWS + 11, taken
    assert _kept(reader.store, project) == PAGE_ROWS + 11


def test_a_thousand_events_about_a_project_and_a_person_are_one_effect_each(label_studio: LabelStudio, reader: Service) -> None:
    """Renamed very often, and a person whose name changed very often: as they are in the end."""
    project = label_studio.new_project("Renamed", ["one"])
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    label_studio.admin.patch(f"/api/projects/{project}/", json={"title": "Renamed at last"}).raise_for_status()
    member.http.patch(f"/api/users/{member.id}/", json={"first_name": "Ada"}).raise_for_status()
    add_events(label_studio, project, 1000, kind="project_changed", user_id=member.id)
    add_events(label_studio, project, 1000, kind="user_changed", user_id=member.id)
    reader.read()
    with reader.store.read() as unit:
        there, person = unit.projects.get(project), unit.people.by_ls_user_id(member.id)
    assert there is not None and there.title == "Renamed at last" and person is not None and person.name == "Ada"


def test_an_event_of_an_earlier_epoch_is_known_only_if_it_says_the_same(sqlite_store: Database) -> None:
    """A restored Label Studio tells some once more, and gives their numbers to others: those are new, and kept beside them."""
    first, second = (OutboxEvent(f"0.{number}", "annotation_created", 5, 3, number, number, False, now(), None, None) for number in (1, 2))
    another = dataclasses.replace(second, ls_user_id=6)
    with sqlite_store.begin() as unit:
        unit.outbox_epochs.join("d" * 32, now())
        unit.events.keep(unit.events.new_of([first, second]))
        unit.outbox_epochs.begin("e" * 32, "ahead", now())
        assert unit.events.new_of([first, another]) == [another]
        unit.events.keep([another])
        assert unit.events.new_of([first, second, another]) == []
        assert unit.events.count("annotation_created") == 3 and unit.events.count("annotation_created", ls_user_id=6) == 1


def test_what_label_studio_forgets_is_on_disk_here(sqlite_store: Database) -> None:
    """SQLite waits for the disk with each commit: a power cut takes back nothing that was taken in, and no erasure."""
    with sqlite_store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_events_that_come_again_under_a_later_cursor_count_once(sqlite_store: Database) -> None:
    """A page may hold some once more, and new ones among them: those are taken in."""
    events = [OutboxEvent(f"0.{number}", "annotation_created", 5, 3, number, number, False, now(), None, None) for number in (1, 2, 3)]
    pages = [events[:2], events]

    class Restored(ExtensionClient):
        def join_outbox(self, after: str) -> str:
            return "e" * 32

        def events(self, after: str, epoch: str | None = None) -> tuple[list[OutboxEvent], str]:
            page = pages.pop(0) if pages else []
            return page, f"0.{int(after.partition('.')[2]) + len(page)}"

        def forget_events(self, through: str, epoch: str | None = None) -> None:
            """It has nothing to forget."""

    client = Restored("http://127.0.0.1:1", "a-secret-for-tests-only-0123456789")
    assert read_outbox(sqlite_store, client, RoutingConfiguration(PACKS), now) == 3
    assert _kept(sqlite_store, 3) == 3
    client.close()
