"""Several machines with one database: other packs, older settings, other brokers."""

from __future__ import annotations

import datetime as dt
import io
import logging
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.bootstrap import Components, assemble
from ls_expert_plugin.cli.routing.resync import resync_now
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import Conflict, StartError
from ls_expert_plugin.health_checks.processes import report
from ls_expert_plugin.routing.configuration import RoutingConfiguration
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.repositories.operations.instances import INSTANCE_TTL
from ls_expert_plugin.worker.presence import Presence, require_one_broker
from tests.support.builders.routing import PACKS as BUILT_IN
from tests.support.builders.routing import inside, project, stand, wanted
from tests.support.builders.vetting_samples import pack
from tests.support.clients.portal import SECRETS


def _settings(tmp_path: Path, machine: str, **more: str) -> Settings:
    """Settings of one machine: a data directory of its own, one database for all, and nobody at Label Studio's address."""
    return load({
        **SECRETS, "LS_EXPERT_DATA_DIR": str(tmp_path / machine), "LS_EXPERT_DATABASE_URL": f"sqlite:///{tmp_path / 'one.sqlite3'}",
        "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:1", "LS_EXPERT_BROKER_URL": "redis://127.0.0.1:1/0", **more,
    })


class Machine:
    """A worker on a machine, with its handed-over jobs; no process of its own."""

    def __init__(self, settings: Settings) -> None:
        migrate(settings.database_url)
        self.settings = settings
        self.jobs: list[str] = []
        self.parts: Components = assemble(settings, queue=lambda name, **arguments: self.jobs.append(name))
        self.presence = Presence(self.parts, "worker")

    def due(self) -> set[int]:
        """Whose memberships are to be recomputed."""
        with self.parts.store.read() as unit:
            return unit.memberships.due()

    def said(self) -> list[tuple[str, str]]:
        """What the doctor would say here."""
        with self.parts.store.read() as unit:
            now = self.parts.clock()
            found = report(unit.instances.live(now), unit.instances.current_configuration(now), self.presence.instance)
            return [(finding.status, finding.message) for finding in found]


def test_a_worker_with_older_packs_does_not_recompute_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever is due waits for the one with the newer, and a manager is told; when that one ends, the older counts again."""
    old, new = Machine(_settings(tmp_path, "old")), Machine(_settings(tmp_path, "new", LS_EXPERT_PROJECTS_WITHOUT_REQUIREMENT="shown"))
    assert old.parts.routing.configuration != new.parts.routing.configuration
    with caplog.at_level(logging.INFO):
        old.presence.beat()
    assert not caplog.records and [state for state, _ in old.said()] == ["ok"]
    new.presence.beat()
    with old.parts.store.begin() as unit:
        project(unit, 5)
        stand(unit, 7, until=old.parts.clock() + dt.timedelta(days=1))
    assert old.due() == {7}
    with caplog.at_level(logging.INFO):
        old.presence.beat()
        old.presence.beat()
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "does not recompute" in caplog.text
    assert old.parts.routing.refresh(7) is False and old.jobs == ["sweep"]
    old.parts.routing.catch_up()
    with pytest.raises(Conflict, match="newer domain packs or settings"):
        old.parts.routing.apply({5: wanted()})
    with pytest.raises(Conflict):
        old.parts.routing.recompute_all()
    with pytest.raises(Conflict, match="newer domain packs or settings"):
        resync_now(old.settings, io.StringIO(), dry_run=False, agreed=lambda question: True)
    assert old.due() == {7} and inside(old.parts.store, 5, old.parts.clock()) == set()
    assert [state for state, _ in old.said()] == ["fail", "fail"] and "this command" in old.said()[1][1]
    new.parts.routing.catch_up()
    assert new.due() == set() and inside(new.parts.store, 5, new.parts.clock()) == {7}
    new.presence.leave()
    with caplog.at_level(logging.INFO):
        old.presence.beat()
    assert "recomputes again" in caplog.text and old.parts.routing.is_outdated() is False
    for machine in (old, new):
        machine.parts.close()


def test_one_that_was_killed_counts_no_longer_after_two_minutes(tmp_path: Path) -> None:
    """And one that comes back with the newer configuration counts at once."""
    old, new = Machine(_settings(tmp_path, "old")), Machine(_settings(tmp_path, "new", LS_EXPERT_PROJECTS_WITHOUT_REQUIREMENT="shown"))
    now = old.parts.clock()
    current = []
    for machine, at in ((old, now), (new, now + dt.timedelta(seconds=1)), (old, now + INSTANCE_TTL + dt.timedelta(seconds=2)),
                        (new, now + INSTANCE_TTL + dt.timedelta(seconds=3))):
        with machine.parts.store.begin() as unit:
            unit.instances.heartbeat(machine.presence.instance, at)
            current.append(unit.instances.current_configuration(at) == new.presence.instance.configuration)
    assert current == [False, True, False, True]
    for machine in (old, new):
        machine.parts.close()


@pytest.mark.parametrize(("packs", "open_by_default"), [
    ({**BUILT_IN, "law": pack()}, False), ({"law": BUILT_IN["law"]}, False), (BUILT_IN, True),
    ({**BUILT_IN, "law": BUILT_IN["law"].model_copy(update={"title": "Other"})}, False),
])
def test_whatever_memberships_rest_on_is_part_of_the_fingerprint(packs: Any, open_by_default: bool) -> None:
    """Another pack, a pack less, one word in it, a setting; the order of packs is not."""
    assert RoutingConfiguration(packs, open_by_default).fingerprint != RoutingConfiguration(BUILT_IN).fingerprint
    assert RoutingConfiguration(dict(reversed(BUILT_IN.items()))).fingerprint == RoutingConfiguration(BUILT_IN).fingerprint


def test_jobs_in_a_folder_are_refused_on_a_second_machine(tmp_path: Path) -> None:
    """Another process that shares the folder is welcome; one with another folder does not start, and is told which setting to set."""
    here, there = _settings(tmp_path, "here", LS_EXPERT_BROKER_URL=""), _settings(tmp_path, "there", LS_EXPERT_BROKER_URL="")
    machine = Machine(here)
    machine.presence.beat()
    require_one_broker(here)
    with pytest.raises(StartError, match=r"LS_EXPERT_BROKER_URL: not set.*the worker on .* has the same database but not this folder.*redis://"):
        require_one_broker(there)
    require_one_broker(_settings(tmp_path, "there"))  # a broker for all is what is asked for; the doctor names who is left behind
    other = Machine(_settings(tmp_path, "there"))
    other.presence.beat()
    assert [line for state, line in other.said() if state == "fail" and line.startswith("LS_EXPERT_BROKER_URL")]
    other.presence.leave()
    machine.presence.leave()
    require_one_broker(there)
    for one in (machine, other):
        one.parts.close()


def test_without_a_worker_the_doctor_says_so(tmp_path: Path) -> None:
    """And anybody may recompute."""
    machine = Machine(_settings(tmp_path, "here"))
    [(state, line)] = machine.said()
    assert state == "warn" and "no worker runs" in line and machine.parts.routing.is_outdated() is False
    machine.parts.close()
