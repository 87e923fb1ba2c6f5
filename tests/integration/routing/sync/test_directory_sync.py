"""Dates of accounts and projects that shift all at once: nothing is taken over until somebody has said what that is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

import pytest

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.ls_client.values import Member
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.outbox_consumer.resync import resync
from ls_expert_plugin.routing.configuration import RoutingConfiguration, RoutingContext
from ls_expert_plugin.routing.requirements.editing import TargetState, apply
from ls_expert_plugin.routing.sync import directory_sync
from ls_expert_plugin.routing.sync.push import push
from ls_expert_plugin.routing.values import ListedProject, Membership, ProjectRules, Rules
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from tests.support.builders.routing import DAY, NOW, PACKS, inside, recompute, stand, wanted

HOUR = dt.timedelta(hours=1)
PEOPLE, PROJECTS = range(1, 11), range(20, 28)
CONFIGURATION = RoutingConfiguration(PACKS)


class Lists:
    """Label Studio's lists. ``shift``: by how much dates are read otherwise than before."""

    def __init__(self, shift: dt.timedelta = dt.timedelta()) -> None:
        self.shift = shift
        self.told: list[tuple[int, bool | None]] = []

    def members(self) -> list[Member]:
        return [Member(who, f"{who}@example.org", f"Person {who}", "expert", NOW - who * DAY + self.shift) for who in PEOPLE]

    def listed_projects(self) -> dict[int, ListedProject]:
        return {where: ListedProject(f"Project {where}", NOW - where * DAY + self.shift) for where in PROJECTS}

    def annotations(self, after: int) -> tuple[list[Any], int]:
        return [], after

    def push(self, memberships: Sequence[Membership]) -> int:
        self.told += [(one.ls_project_id, one.active) for one in memberships]
        return 0

    def push_projects(self, rules: Sequence[ProjectRules]) -> int:
        self.told += [(one.ls_project_id, None) for one in rules]
        return 0

    def client(self) -> ExtensionClient:
        """Whatever else is asked of it is asked of the wrong one."""
        return cast("ExtensionClient", self)


def _later() -> dt.datetime:
    return NOW + HOUR


@pytest.fixture
def known(sqlite_store: Database) -> Database:
    """Ten people, one of them verified, and eight projects that ask for it."""
    directory_sync.take_over(sqlite_store, directory_sync.find(sqlite_store, Lists().client(), lambda: NOW).changes, CONFIGURATION, lambda: NOW)
    with sqlite_store.begin() as unit:
        stand(unit, 3)
        apply(unit, dict.fromkeys(PROJECTS, wanted()), RoutingContext(PACKS, NOW))
        recompute(unit, 3)
    return sqlite_store


def _are_as_they_were(store: Database) -> bool:
    with store.read() as unit:
        return not unit.people.replaced() and not unit.projects.replaced() and all(inside(store, where) == {3} for where in PROJECTS)


def test_dates_that_shift_all_at_once_change_nothing(known: Database) -> None:
    """Reread, sign-in and the outbox all stop, and it is kept why; once the dates are as before, everything goes on by itself."""
    there = Lists(HOUR)
    for attempt in (
        lambda: directory_sync.look(known, there.client(), _later),
        lambda: read_outbox(known, there.client(), CONFIGURATION, _later),
        lambda: resync(known, there.client(), CONFIGURATION, _later),
    ):
        with pytest.raises(LabelStudioError, match="10 accounts and 8 projects"):
            attempt()
    with pytest.raises(LabelStudioError, match="A manager has to look"), known.begin() as unit:
        members.joined(unit, 3, "3@example.org", "Person 3", "expert", _later(), NOW - 3 * DAY + HOUR)
    with known.read() as unit:
        held = unit.directory_holds.current()
    assert held is not None and (held.people, held.projects, held.since_utc) == (10, 8, _later()) and _are_as_they_were(known)
    assert directory_sync.look(known, Lists().client(), _later).changes == ()
    with known.read() as unit:
        assert unit.directory_holds.current() is None


def test_while_dates_are_shifted_access_ends_and_nobody_is_let_in(known: Database) -> None:
    """The numbers may be other people's there: openings and rules of projects wait until somebody has looked, endings do not."""
    there = Lists(HOUR)
    with known.begin() as unit:
        unit.projects.set_rules(21, Rules(shows_others_work=True), NOW)
    with pytest.raises(LabelStudioError):
        directory_sync.look(known, there.client(), _later)
    assert not push(known, there.client()) and there.told == []
    with known.begin() as unit:
        apply(unit, {20: TargetState(None)}, RoutingContext(PACKS, NOW))
    assert not push(known, there.client()) and there.told == [(20, False)]
    directory_sync.look(known, Lists().client(), _later)
    assert push(known, there.client())
    assert sorted(there.told[1:], key=str) == sorted([(21, None), *((where, True) for where in PROJECTS if where != 20)], key=str)


def test_somebody_says_that_they_are_the_same(known: Database) -> None:
    """The dates as they are there are theirs from then on; a dry run says how many. Nobody loses anything."""
    there = Lists(HOUR)
    with pytest.raises(LabelStudioError):
        directory_sync.look(known, there.client(), _later)
    found = resync(known, there.client(), CONFIGURATION, _later, dry_run=True, agreed=True, same=True)
    assert (found.changes, found.same, found.is_shifted) == ((), 18, True)
    assert resync(known, there.client(), CONFIGURATION, _later, agreed=True, same=True).same == 18
    assert _are_as_they_were(known) and directory_sync.look(known, there.client(), _later).changes == ()
    with known.read() as unit:
        assert unit.directory_holds.current() is None


def test_somebody_says_that_they_are_others(known: Database) -> None:
    """Whoever has the numbers now begins with nothing, and projects ask for nothing."""
    there = Lists(HOUR)
    with pytest.raises(LabelStudioError):
        directory_sync.look(known, there.client(), _later)
    found = resync(known, there.client(), CONFIGURATION, _later, agreed=True)
    assert {one.kind for one in found.changes} == {"replaced", "made anew"} and all(inside(known, where) == set() for where in PROJECTS)
    with known.read() as unit:
        assert len(unit.people.replaced()) == 10 and unit.directory_holds.current() is None
    assert directory_sync.look(known, there.client(), _later).changes == ()
