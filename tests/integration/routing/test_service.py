"""From a decision to access in a real Label Studio, and from a change there to the service's record."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import DBAPIError

from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.configuration import RoutingConfiguration, RoutingContext
from ls_expert_plugin.routing.service import RoutingService
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.service import PACKS, RESULT, Service, now, visible
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio, Member
from tests.support.servers.postgresql import free_port

pytestmark = pytest.mark.database


def test_a_decision_opens_and_closes_projects_at_the_next_request(label_studio: LabelStudio, service: Service, expert: Member) -> None:
    """Verified: the domain's projects are there. Revoked: they are gone. A project that changes its domain follows."""
    project, other = label_studio.new_project("Notes of medicine", ["one"]), label_studio.new_project("No domain", ["one"])
    service.read()
    assert service.routing.set_domain(project, "medicine")
    assert service.decide(expert.id, "verified", now() + dt.timedelta(days=1))
    assert visible(expert) == [project]
    assert service.routing.set_domain(other, "medicine")
    assert visible(expert) == sorted([project, other])
    assert service.routing.set_domain(project, None)
    assert visible(expert) == [other]
    assert service.decide(expert.id, "revoked")
    assert visible(expert) == []


def test_a_decision_waits_while_label_studio_is_away(label_studio: LabelStudio, service: Service, expert: Member) -> None:
    """The push fails and says so; the next push, by whoever, makes it good, in the order of the decisions."""
    project = label_studio.new_project("Pushed later", ["one"])
    service.read()
    service.routing.set_domain(project, "medicine")
    nobody = ExtensionClient(f"http://127.0.0.1:{free_port()}", SHARED_SECRET)
    live, service.routing = service.routing, RoutingService(service.store, nobody, RoutingConfiguration(PACKS), label_studio.url, now)
    assert not service.decide(expert.id, "verified")
    assert visible(expert) == []
    assert not service.decide(expert.id, "revoked")
    assert not service.decide(expert.id, "verified")
    nobody.close()
    service.routing = live
    assert service.routing.push_once()
    assert visible(expert) == [project]


def test_pushing_again_changes_nothing(label_studio: LabelStudio, service: Service, expert: Member) -> None:
    """Recomputing what is so already makes no new revision."""
    project = label_studio.new_project("Again and again", ["one"])
    service.read()
    service.routing.set_domain(project, "medicine")
    service.decide(expert.id, "verified")
    with service.store.begin() as unit:
        before = unit.memberships.of(expert.id)
        assert memberships.recompute(unit, [expert.id], RoutingContext(PACKS, now())) == 0
        assert unit.memberships.of(expert.id) == before and unit.memberships.unpushed(10) == []


def test_the_outbox_is_taken_in_once_and_in_full(label_studio: LabelStudio, service: Service, expert: Member) -> None:
    """People, projects and annotations arrive; reading again adds nothing; Label Studio has forgotten what was read."""
    project = label_studio.new_project("On record", ["one", "two", "three"])
    service.read()
    service.routing.set_domain(project, "medicine")
    service.decide(expert.id, "verified")
    for task in label_studio.task_ids(project):
        assert expert.http.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).status_code == 201
    assert service.read() == 3
    assert service.count("annotation_created", project) == 3
    assert service.read() == 0
    assert label_studio.events() == []


def test_a_crash_between_reading_and_forgetting_loses_and_doubles_nothing(label_studio: LabelStudio, service: Service) -> None:
    """The page is stored, the process dies before Label Studio is told: the next reading takes in only what is new."""

    class Dies(ExtensionClient):
        def forget_events(self, through: str, epoch: str | None = None) -> None:
            raise KeyboardInterrupt

    project = label_studio.new_project("Crash", ["one"])
    task = label_studio.task_ids(project)[0]
    label_studio.admin.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).raise_for_status()
    dies = Dies(label_studio.url, SHARED_SECRET)
    with pytest.raises(KeyboardInterrupt):
        read_outbox(service.store, dies, RoutingConfiguration(PACKS), now)
    dies.close()
    assert service.count("annotation_created", project) == 1
    assert service.read() == 0
    assert service.count("annotation_created", project) == 1


def test_a_project_that_is_deleted_is_gone_and_its_memberships_end(label_studio: LabelStudio, service: Service, expert: Member) -> None:
    """Its id may come again on SQLite: then it is a new project that asks for nothing."""
    project = label_studio.new_project("Short-lived", ["one"])
    service.read()
    service.routing.set_domain(project, "medicine")
    service.decide(expert.id, "verified")
    label_studio.admin.delete(f"/api/projects/{project}/").raise_for_status()
    service.read()
    assert service.routing.projects_of(expert.id) == []
    again = label_studio.new_project("Its successor", ["one"])
    service.read()
    assert [p.domain for p in service.routing.projects() if p.ls_project_id == again] == [None]
    assert visible(expert) == []


def test_looking_waits_for_no_writer(store: Database) -> None:
    """While one unit writes, another reads what was there before; and a reader that writes is told so."""
    with store.begin() as writing:
        writing.projects.heard_of(1, "New", now())
        with store.read() as reading:
            assert reading.projects.all() == []
    with pytest.raises(DBAPIError), store.read() as reading:
        reading.projects.heard_of(2, "Lost", now())
    with store.read() as reading:
        assert [project.title for project in reading.projects.all()] == ["New"]
