"""Pushing to Label Studio while things change: at every moment of a push, by a schedule that the test controls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting import members
from tests.support.adversarial.races import at_each_gap
from tests.support.builders.vetting_samples import NOW
from tests.support.clients.portal import Portal

PROJECT, WHO = 3, 20
DAY = dt.timedelta(days=1)


def _prepare(store: Database) -> Portal:
    """Somebody with access of whom a change waits to be told, as do the project's rules."""
    portal = Portal(store)
    portal.member(WHO, "Cora Lind", domain="law")
    portal.asks(PROJECT, "Clauses", Requirement("law"))
    _decide(portal, _until(100))
    _decide(portal, _rules(True))
    return portal


def _decide(portal: Portal, decision: Callable[[UnitOfWork], None]) -> None:
    """What a page writes, before Label Studio is told."""
    with portal.store.begin() as unit:
        decision(unit)
        memberships.recompute(unit, [WHO], RoutingContext(portal.packs, portal.now))


def _until(days: int) -> Callable[[UnitOfWork], None]:
    def decide(unit: UnitOfWork) -> None:
        person = unit.people.lock(WHO)
        assert person is not None
        own = unit.verifications.of(person.id)[0]
        unit.verifications.change(own.id, "verified", actor_person_id=None, reason="", now=NOW, valid_until_utc=NOW + days * DAY)

    return decide


def _revoked(unit: UnitOfWork) -> None:
    person = unit.people.lock(WHO)
    assert person is not None
    unit.verifications.change(unit.verifications.of(person.id)[0].id, "revoked", actor_person_id=None, reason="", now=NOW)


def _left(unit: UnitOfWork) -> None:
    members.gone(unit, WHO, NOW)


def _rules(shows_others_work: bool) -> Callable[[UnitOfWork], None]:
    return lambda unit: unit.projects.set_rules(PROJECT, Rules(shows_others_work=shows_others_work), NOW)


Told = tuple[dict[tuple[int, int], tuple[bool, str | None, int]], dict[int, bool]]


def _as_told(portal: Portal) -> Told:
    """Memberships and rules as Label Studio has them."""
    return (
        {key: (row["active"], row["valid_until_utc"], row["revision"]) for key, row in portal.extension.memberships.items()},
        {key: row["shows_others_work"] for key, row in portal.extension.projects.items()},
    )


def _as_it_is(portal: Portal) -> Told:
    """The same, as this database has them; nothing of it waits to be told."""
    with portal.store.read() as unit:
        assert unit.memberships.unpushed_count() == 0 and not unit.projects.unpushed(10)
        mine, project = unit.memberships.those(), unit.projects.get(PROJECT)
    assert project is not None
    return (
        {(one.ls_user_id, one.ls_project_id): (one.active, one.valid_until_utc.isoformat() if one.valid_until_utc else None, one.revision) for one in mine},
        {PROJECT: project.rules.shows_others_work},
    )


@pytest.mark.parametrize("change", [_revoked, _left, _until(10), _until(300), _rules(False)], ids=["revoked", "left", "shortened", "renewed", "rules"])
def test_a_change_during_the_push_reaches_label_studio(tmp_path: Path, change: Callable[[UnitOfWork], None]) -> None:
    """Whatever is decided before, while or after Label Studio is told: when the push says that all is told, it is."""
    gaps = 0
    for portal in at_each_gap(tmp_path, _prepare, lambda portal: portal.routing.push(), lambda portal: _decide(portal, change)):
        gaps += 1
        assert portal.routing.push()
        assert _as_told(portal) == _as_it_is(portal), gaps
    assert gaps >= 3


def test_a_push_beside_another_one_tells_everything_once_more_at_most(tmp_path: Path) -> None:
    """Two workers, the one faster than the other at each moment: nothing is lost, and an older row never wins."""
    for portal in at_each_gap(tmp_path, _prepare, lambda portal: portal.routing.push(), lambda portal: portal.routing.push()):
        assert _as_told(portal) == _as_it_is(portal)


def test_a_push_that_label_studio_never_got_waits(tmp_path: Path) -> None:
    """It goes away at each moment of a push: what it did not take is not marked as told, and goes when it is back."""

    def away(portal: Portal) -> None:
        portal.extension.answers = False

    for portal in at_each_gap(tmp_path, _prepare, lambda portal: portal.routing.push(), away):
        portal.extension.answers = True
        assert portal.routing.push()
        assert _as_told(portal) == _as_it_is(portal)


@pytest.mark.parametrize("days", [10, 300])
def test_an_end_that_is_moved_is_told(sqlite_store: Database, days: int) -> None:
    """Shortened or renewed: Label Studio closes the project by the date that holds now."""
    portal = _prepare(sqlite_store)
    assert portal.routing.push()
    before = portal.extension.memberships[WHO, PROJECT]["revision"]
    _decide(portal, _until(days))
    assert portal.routing.push()
    row = portal.extension.memberships[WHO, PROJECT]
    assert row["active"] and row["valid_until_utc"] == (NOW + days * DAY).isoformat() and row["revision"] > before
