"""Recomputing everybody, on real databases: only projects that differ are written, and each to what it would have been by itself."""

from __future__ import annotations

import dataclasses
import random

import pytest

from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.access.allocation import changes, decide
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.requirements.editing import apply
from ls_expert_plugin.routing.values import Membership, Requirement, Rules
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from tests.support.builders.routing import DAY, NOW, PACKS, UNTIL, person, project, stand, wanted
from tests.support.query_plans import sent

pytestmark = pytest.mark.database
CONTEXT = RoutingContext(PACKS, NOW)
PEOPLE, PROJECTS, DELETED = range(1, 13), range(20, 34), 40


def _world(unit: UnitOfWork, chance: random.Random) -> None:
    """People with verifications of all kinds, and projects that ask for all kinds of things, several for the same."""
    for who in PEOPLE:
        person(unit, who, "manager" if who == 1 else "expert")
        for domain in ("medicine", "law"):
            if chance.random() < 0.7:
                known = ["cardiology", "surgery"] if domain == "medicine" else ["contracts"]
                stand(
                    unit, who, domain=domain, until=chance.choice([None, UNTIL, UNTIL + DAY / 7, NOW - DAY]), level=chance.choice([None, 2, 4]),
                    specialties=chance.sample(known, chance.randint(0, 1)), at=NOW - chance.randint(0, 9) * DAY,
                )
    for where in PROJECTS:
        project(unit, where)
    asked: list[Requirement | None] = [
        None, Requirement("medicine"), Requirement("law"), Requirement("medicine", ("cardiology",)), Requirement("law", minimum_level=3),
        Requirement("medicine", max_experts=2), Requirement("law", mode="invited"),
    ]
    plans = {}
    for where in PROJECTS:
        requirement = chance.choice(asked)
        rules = Rules(specialty_field="data.field") if requirement is not None and chance.random() < 0.5 else Rules()
        invited = frozenset(chance.sample(list(PEOPLE), 4)) if requirement is not None and requirement.mode == "invited" else frozenset[int]()
        plans[where] = wanted(rules=rules, invited=invited)
        plans[where] = dataclasses.replace(plans[where], requirement=requirement)
    apply(unit, plans, CONTEXT)


def _edited(unit: UnitOfWork, chance: random.Random) -> None:
    """Some rows otherwise than they should be, in each way that there is."""
    there = {(one.ls_user_id, one.ls_project_id): one for one in unit.memberships.those()}
    rows = list(there.values())
    ways = ({"active": False}, {"active": True}, {"valid_until_utc": UNTIL + DAY}, {"valid_until_utc": None}, {"reason": "by hand"}, {"specialties": ("x",)})
    changed = [dataclasses.replace(one, **chance.choice(ways), revision=one.revision + 1) for one in chance.sample(rows, min(len(rows), chance.randint(0, 4)))]
    new = [(chance.choice(PEOPLE), chance.choice([*PROJECTS, DELETED])) for _ in range(chance.randint(0, 2))]
    changed += [Membership(who, where, True, None, "by hand", 1) for who, where in set(new) - there.keys()]
    unit.memberships.put(changed, NOW)


def _by_itself(unit: UnitOfWork) -> list[Membership]:
    """What has to be written, by reading everything."""
    projects, existing = unit.projects.all(), unit.memberships.those()
    decided = decide(unit.candidates.all(NOW), projects, memberships.holding(existing, NOW), NOW)
    return list(changes({where: one.admitted for where, one in decided.items()}, existing, {one.ls_project_id: one for one in projects}, PACKS))


def _rows(unit: UnitOfWork) -> set[Membership]:
    return set(unit.memberships.those())


@pytest.mark.parametrize("seed", range(3))
def test_whatever_has_been_edited_everybody_gets_what_they_would_have_gotten_one_by_one(store: Database, seed: int) -> None:
    """Random people, projects and edits: exactly the projects that differ are found, and exactly the rows that reading everything would change are written."""
    chance = random.Random(seed)
    with store.begin() as unit:
        _world(unit, chance)
    for _ in range(4):
        with store.begin() as unit:
            _edited(unit, chance)
        with store.read() as unit:
            expected, before = _by_itself(unit), _rows(unit)
            assert memberships.differing(unit, CONTEXT) == {one.ls_project_id for one in expected}
        assert memberships.recompute_all(store, CONTEXT) == len(expected)
        with store.read() as unit:
            over = {(one.ls_user_id, one.ls_project_id) for one in expected}
            assert _rows(unit) == {one for one in before if (one.ls_user_id, one.ls_project_id) not in over} | set(expected)


def test_where_nothing_differs_no_membership_is_read_and_nothing_written(store: Database) -> None:
    """However many projects ask for the same: the database compares them with one list of people. What was due is done."""
    with store.begin() as unit:
        for who in PEOPLE:
            stand(unit, who)
        for where in PROJECTS:
            project(unit, where)
        apply(unit, dict.fromkeys(PROJECTS, wanted()), CONTEXT)
    memberships.recompute_all(store, CONTEXT)
    with sent(store.engine) as told:
        assert memberships.recompute_all(store, CONTEXT) == 0
    statements = [statement for statement, _ in told]
    assert not [one for one in statements if "membership.revision" in one or "UPDATE" in one or "INSERT" in one]
    assert len([one for one in statements if "FROM membership m" in one]) == 1
    with store.read() as unit:
        assert unit.memberships.due() == set()
