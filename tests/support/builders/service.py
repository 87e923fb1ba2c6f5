"""The service's side beside a real Label Studio, without its pages; and what a member sees there."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.routing.configuration import RoutingConfiguration
from ls_expert_plugin.routing.service import RoutingService
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio, Member

PACKS = load_packs(None)
RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]


def now() -> dt.datetime:
    """The clock of these tests is the real one: Label Studio's end dates are."""
    return dt.datetime.now(dt.timezone.utc)


def begin_here(store: Database, client: ExtensionClient) -> None:
    """Let a new service read a Label Studio that others have read before: from here on, and nothing is to be reread or compared."""
    with store.read() as unit:
        if unit.outbox_epochs.current() is not None:
            return
    epoch = client.begin_epoch()
    with store.begin() as unit:
        unit.outbox_epochs.join(epoch, now())


class Service:
    """The service's side, without its pages."""

    def __init__(self, store: Database, label_studio: LabelStudio) -> None:
        self.store = store
        self.client = ExtensionClient(label_studio.url, SHARED_SECRET)
        self.routing = RoutingService(store, self.client, RoutingConfiguration(PACKS), label_studio.url, now)
        begin_here(store, self.client)
        self.read()

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()

    def read(self) -> int:
        """Take in the outbox."""
        return read_outbox(self.store, self.client, RoutingConfiguration(PACKS), now)

    def decide(self, ls_user_id: int, status: str, until: dt.datetime | None = None) -> bool:
        """What a review would write, then what its page does."""
        with self.store.begin() as unit:
            person = unit.people.by_ls_user_id(ls_user_id)
            assert person is not None
            known = unit.verifications.of(person.id)
            verification = known[0] if known else unit.verifications.add(person.id, "medicine", "interested", now())
            unit.verifications.change(
                verification.id, status, actor_person_id=person.id, reason="test", now=now(), valid_until_utc=until  # type: ignore[arg-type]
            )
        return self.routing.refresh(ls_user_id)

    def count(self, kind: str, ls_project_id: int) -> int:
        """How many events of a kind are on record."""
        with self.store.begin() as unit:
            return unit.events.count(kind, ls_project_id=ls_project_id)


def visible(member: Member) -> list[int]:
    """Projects in the member's own list."""
    return sorted(project["id"] for project in member.http.get("/api/projects/", params={"page_size": 1000}).json()["results"])
