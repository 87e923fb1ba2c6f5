"""Invitations that end, on real databases: stored with the list, kept by who does not speak of them, and in force until their moment."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.requirements.editing import TargetState, apply, explain_for
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.routing import DAY, NOW, PACKS, UNTIL, inside, person, project, stand

pytestmark = pytest.mark.database

FOR_THE_LIST = Requirement("medicine", mode="invited")


def ask(store: Database, invited: set[int], until: dict[int, dt.datetime] | None, requirement: Requirement = FOR_THE_LIST) -> int:
    """Set the list of project 10; how many projects that changed."""
    with store.begin() as unit:
        return len(apply(unit, {10: TargetState(requirement, Rules(), frozenset(invited), until)}, RoutingContext(PACKS, NOW)))


def ends(store: Database) -> dict[int, dt.datetime]:
    """The ends on the list of project 10, as stored."""
    with store.read() as unit:
        found = unit.projects.get(10)
        assert found is not None
        return dict(found.invited_until)


def test_ends_are_kept_with_the_list(store: Database) -> None:
    """Set, moved, taken away; whoever sets a list without a word on ends leaves them, but for those who are off the list."""
    with store.begin() as unit:
        project(unit, 10)
        for who in (7, 8, 9):
            person(unit, who)
    assert ask(store, {7, 8}, {7: UNTIL, 8: NOW + DAY, 9: UNTIL}) == 1
    assert ends(store) == {7: UNTIL, 8: NOW + DAY}
    assert ask(store, {7, 8}, {7: UNTIL, 8: NOW + DAY}) == 0
    assert ask(store, {7, 9}, None) == 1
    assert ends(store) == {7: UNTIL}
    assert ask(store, {7, 9}, {7: NOW + DAY}) == 1
    assert ends(store) == {7: NOW + DAY}
    assert ask(store, {7, 9}, {}) == 1
    assert ends(store) == {}


def test_access_lasts_no_longer_than_the_invitation(store: Database) -> None:
    """The earlier of both ends counts, is what Label Studio is told, and is explained; a project that is open does not look at the list."""
    with store.begin() as unit:
        project(unit, 10)
        for who in (7, 8, 9):
            stand(unit, who, until=UNTIL)
    ask(store, {7, 8, 9}, {7: NOW + DAY, 8: UNTIL + DAY})
    with store.read() as unit:
        assert {one.ls_user_id: one.valid_until_utc for one in unit.memberships.unpushed(10)} == {7: NOW + DAY, 8: UNTIL, 9: UNTIL}
        before, after = (explain_for(unit, 7, 10, RoutingContext(PACKS, moment)) for moment in (NOW, NOW + DAY))
        assert before.access is not None and before.access.valid_until_utc == NOW + DAY
        assert after.access is None and [check.rule for check in after.missing] == ["invited"]
    assert inside(store, 10, NOW + DAY) == {8, 9}
    memberships.recompute_all(store, RoutingContext(PACKS, NOW + DAY))
    assert inside(store, 10, NOW) == {8, 9}
    ask(store, {7}, {7: NOW - DAY}, Requirement("medicine"))
    assert inside(store, 10) == {7, 8, 9}


def test_a_place_goes_to_the_next_when_an_invitation_ends(store: Database) -> None:
    """Of two who match and one place: the first holds it until their invitation ends."""
    with store.begin() as unit:
        project(unit, 10)
        stand(unit, 7, at=NOW - DAY)
        stand(unit, 8, at=NOW)
    ask(store, {7, 8}, {7: NOW + DAY}, Requirement("medicine", mode="invited", max_experts=1))
    assert inside(store, 10) == {7}
    with store.begin() as unit:
        memberships.catch_up(unit, RoutingContext(PACKS, NOW + DAY))
    assert inside(store, 10, NOW + DAY) == {8}


def test_whoever_leaves_is_on_no_list_when_they_come_back(store: Database) -> None:
    """Nor is somebody new who gets the same number."""
    with store.begin() as unit:
        project(unit, 10)
        stand(unit, 7)
    ask(store, {7}, None)
    assert inside(store, 10) == {7}
    with store.begin() as unit:
        unit.people.mark_gone(7, NOW)
    with store.begin() as unit:
        person(unit, 7)
        memberships.recompute(unit, [7], RoutingContext(PACKS, NOW))
    assert inside(store, 10) == set()
