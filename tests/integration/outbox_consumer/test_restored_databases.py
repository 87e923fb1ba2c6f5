"""One of the two databases is restored from a backup: it is noticed, nothing that happened is lost, and whoever was erased is erased again."""

from __future__ import annotations

import uuid
from pathlib import Path

import httpx
import pytest

from ls_expert_plugin.errors import LabelStudioError, OutboxReplaced
from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import CONTESTED_FOR, CONTESTED_FROM, Epoch
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.privacy import erasure
from tests.integration.conftest import own_label_studio
from tests.support.builders.service import RESULT, Service, now, visible
from tests.support.servers.backups import back_up, restore
from tests.support.servers.label_studio import LabelStudio

label_studio = own_label_studio("sqlite", "postgresql")

pytestmark = pytest.mark.database


def _epoch(service: Service) -> Epoch:
    with service.store.read() as unit:
        epoch = unit.outbox_epochs.current()
    assert epoch is not None
    return epoch


def _submit(label_studio: LabelStudio, project: int) -> None:
    task = label_studio.task_ids(project)[0]
    label_studio.admin.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).raise_for_status()


def test_a_restored_label_studio_is_noticed_and_what_happens_in_it_is_taken_in(label_studio: LabelStudio, service: Service, tmp_path: Path) -> None:
    """Far more happened before the restore than after it: its log would have been silent, and then forgotten unread."""
    project = label_studio.new_project("Restored", ["one"])
    service.read()
    _submit(label_studio, project)  # not read yet when the backup is made: it is in both lives of the log, and one event
    backup = back_up(label_studio.database_url, tmp_path / "label-studio")
    lost = label_studio.new_project("Made after the backup", ["one"])
    for _ in range(9):
        _submit(label_studio, project)
    service.read()
    assert service.count("annotation_created", project) == 10
    restore(backup, label_studio.database_url)
    _submit(label_studio, project)
    made = label_studio.new_project("Made after the restore", ["one"])
    before = _epoch(service)
    assert service.read() >= 1
    after = _epoch(service)
    assert (after.number, after.reason) == (before.number + 1, "database" if label_studio.on_postgresql else "ahead")
    assert after.resynced_at_utc is not None
    assert service.count("annotation_created", project) == 11
    with service.store.read() as unit:
        there, gone = unit.projects.get(made), unit.projects.get(lost)
    assert there is not None and there.title == "Made after the restore" and (gone is None or lost == made)
    _submit(label_studio, made)
    assert service.read() == 1 and _epoch(service) == after and label_studio.events() == []
    label_studio.admin.delete(f"/api/projects/{made}/").raise_for_status()


def test_access_that_has_ended_since_the_backup_of_label_studio_ends_again(label_studio: LabelStudio, service: Service, tmp_path: Path) -> None:
    """The projection comes back as it was in the backup, and is corrected with the first reading."""
    project = label_studio.new_project("Ended since", ["one"])
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    service.read()
    service.routing.set_domain(project, "medicine")
    service.decide(member.id, "verified")
    assert visible(member) == [project]
    backup = back_up(label_studio.database_url, tmp_path / "label-studio")
    service.decide(member.id, "revoked")
    label_studio.new_project("Something that is told", ["one"])
    service.read()
    assert visible(member) == []
    restore(backup, label_studio.database_url)
    assert visible(member) == [project]
    service.read()
    assert visible(member) == []


def test_who_was_erased_is_erased_again_in_a_restored_label_studio(label_studio: LabelStudio, service: Service, tmp_path: Path) -> None:
    """Name, address and ways in come back with the backup, and go again; somebody else under a number that is given anew keeps theirs."""
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    service.read()
    backup = back_up(label_studio.database_url, tmp_path / "label-studio")
    later = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    service.read()
    for who in (member.id, later.id):
        _erase(service, who)
    restore(backup, label_studio.database_url)
    assert _active(member.http)
    heir = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    assert heir.id == later.id, "the number is given a second time"
    service.read()
    erasure.carry_out_waiting(service.store, service.routing, service.client, now)
    assert not _active(member.http) and _active(heir.http)
    with service.store.read() as unit:
        known = {person.ls_user_id: person.email for person, _ in unit.people.everybody()}
        assert unit.erasures.waiting() == ()
    assert known[member.id].endswith("@erased.invalid") and known[heir.id] == heir.email


def test_a_restored_service_rereads_what_was_forgotten_and_erases_again(
    label_studio: LabelStudio, service: Service, database_url: str, tmp_path: Path
) -> None:
    """Everything since the backup has been forgotten in Label Studio: members, projects and work are read anew, erasures done again."""
    project = label_studio.new_project("Before", ["one"])
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    service.read()
    backup = back_up(database_url, tmp_path / "service")
    later = label_studio.new_project("In the gap", ["one"])
    newcomer = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    _submit(label_studio, project)
    service.read()
    _erase(service, member.id)
    service.read()
    service.store.close()
    restore(backup, database_url)
    restored = Service(Database(database_url), label_studio)
    epoch = _epoch(restored)
    assert epoch.reason == "forgotten" and epoch.resynced_at_utc is not None
    erasure.carry_out_waiting(restored.store, restored.routing, restored.client, now)
    with restored.store.read() as unit:
        known = {person.ls_user_id: person for person, _ in unit.people.everybody()}
        there = unit.projects.get(later)
    assert known[newcomer.id].email == newcomer.email and there is not None
    assert known[member.id].email.endswith("@erased.invalid") and known[member.id].name == ""
    assert restored.count("annotation_created", project) == 1
    _submit(label_studio, later)
    assert restored.read() == 1 and _epoch(restored) == epoch
    restored.close()
    restored.store.close()


def test_a_number_that_is_given_anew_opens_nothing_to_who_gets_it(label_studio: LabelStudio, service: Service, tmp_path: Path) -> None:
    """Account and project of before the restore are gone from Label Studio; their numbers' next owners get no verification and no requirement."""
    backup = back_up(label_studio.database_url, tmp_path / "label-studio")
    project = label_studio.new_project("Lost", ["one"])
    lost = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    service.read()
    service.routing.set_domain(project, "medicine")
    service.decide(lost.id, "verified")
    assert visible(lost) == [project]
    restore(backup, label_studio.database_url)
    heir, made = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example"), label_studio.new_project("Made after", ["one"])
    assert (heir.id, made) == (lost.id, project) and visible(heir) == []
    service.read()
    assert visible(heir) == []
    with service.store.read() as unit:
        person, there = unit.people.by_ls_user_id(heir.id), unit.projects.get(made)
        assert person is not None and person.email == heir.email and unit.verifications.of(person.id) == ()
        assert there is not None and there.title == "Made after" and there.requirement is None
        assert [former for former, *_ in unit.people.replaced()] == [lost.id]
    label_studio.admin.delete(f"/api/projects/{made}/").raise_for_status()


def test_of_two_services_beside_one_label_studio_one_stops_reading_and_says_so(label_studio: LabelStudio, service: Service) -> None:
    """Each takes the other for a restored one; after some rounds the one that loses stops, and the doctor has its reason."""
    for _ in range(CONTESTED_FROM):
        service.client.begin_epoch()  # what the other does
        service.read()
    service.client.begin_epoch()
    before = _epoch(service)
    with pytest.raises(LabelStudioError, match="Another expert service reads from the same Label Studio"):
        service.read()
    with service.store.read() as unit:
        assert unit.outbox_epochs.contested_since(now()) is not None and unit.outbox_epochs.contested_since(now() + CONTESTED_FOR) is None
    assert _epoch(service) == before


def test_nothing_is_handed_out_or_forgotten_in_another_epoch(label_studio: LabelStudio, service: Service) -> None:
    """A service that was left running beside a restored one, or with a copy of its database."""
    label_studio.new_project("Two readers", ["one"])
    with service.store.read() as unit:
        cursor, epoch = unit.events.cursor(), _epoch(service).epoch
    service.client.begin_epoch()
    there = label_studio.events()
    for call in (service.client.events, service.client.forget_events):
        with pytest.raises(OutboxReplaced, match="of another epoch"):
            call(cursor, epoch)
    assert label_studio.events() == there != []


def _erase(service: Service, ls_user_id: int) -> None:
    with service.store.begin() as unit:
        person = unit.people.by_ls_user_id(ls_user_id)
        assert person is not None
        asked = erasure.ask(unit, person, erasure.ASKED, now())
    assert erasure.carry_out(service.store, service.routing, service.client, asked, now)


def _active(http: httpx.Client) -> bool:
    """Whether this session still opens Label Studio."""
    return http.get("/api/current-user/whoami").status_code == 200
