"""What projects ask for, on real databases: set, previewed, explained, and what it does to memberships."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.requirements.editing import RequirementInvalid, TargetState, apply, explain_all_for, explain_for, preview
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting.consent import PURPOSES, give
from ls_expert_plugin.vetting.profile import forms
from tests.support.builders.routing import DAY, NOW, PACKS, UNTIL, inside, person, project, recompute, stand, wanted
from tests.support.builders.vetting_case import at_once, overlapping

pytestmark = pytest.mark.database

EVERYTHING = TargetState(
    Requirement("medicine", ("cardiology", "surgery"), True, 3, ("de", "en"), ("Lindenau",), ("gmc",), 5, "invited"),
    Rules(True, "data.field", True), frozenset({7, 8}),
)


def test_everything_about_a_project_is_kept_as_it_was_set(store: Database) -> None:
    """Read back one by one and all together, and again after being set to nothing."""
    with store.begin() as unit:
        person(unit, 7)
        person(unit, 8)
        project(unit, 1)
        project(unit, 2)
        apply(unit, {1: EVERYTHING}, RoutingContext(PACKS, NOW))
    with store.read() as unit:
        one = unit.projects.get(1)
        assert one is not None and TargetState(one.requirement, one.rules, one.invited) == EVERYTHING
        assert [(p.ls_project_id, p.domain, p.invited) for p in unit.projects.all()] == [(1, "medicine", {7, 8}), (2, None, set())]
        assert [(r.ls_project_id, r.rules, r.revision) for r in unit.projects.unpushed(10)] == [(1, EVERYTHING.rules, 1)]
    with store.begin() as unit:
        apply(unit, {1: TargetState(None)}, RoutingContext(PACKS, NOW))
    with store.read() as unit:
        one = unit.projects.get(1)
        assert one is not None and TargetState(one.requirement, one.rules, one.invited) == TargetState(None)


def test_the_preview_says_who_gains_and_who_loses_and_changes_nothing(store: Database) -> None:
    """Asking for another specialty swaps people; the order of a list and what is written twice make no change."""
    with store.begin() as unit:
        stand(unit, 1, specialties=["cardiology"])
        stand(unit, 2, specialties=["surgery"])
        stand(unit, 3, domain="law")
        project(unit, 10)
        project(unit, 11)
        gained = apply(unit, {10: wanted(specialties=("cardiology",)), 11: wanted("law")}, RoutingContext(PACKS, NOW))
    assert [([p.ls_user_id for p in one.gains], one.losses, one.taken) for one in gained] == [([1], (), 1), ([3], (), 1)]
    plan = {10: wanted(specialties=("surgery", "dermatology", "surgery")), 11: wanted("law")}
    with store.read() as unit:
        [change] = preview(unit, plan, RoutingContext(PACKS, NOW))
    assert (change.ls_project_id, [p.ls_user_id for p in change.gains], [p.ls_user_id for p in change.losses]) == (10, [2], [1])
    assert inside(store, 10) == {1}
    with store.begin() as unit:
        assert apply(unit, plan, RoutingContext(PACKS, NOW)) == (change,)
        assert apply(unit, {10: wanted(specialties=("dermatology", "surgery"))}, RoutingContext(PACKS, NOW)) == ()
    assert inside(store, 10) == {2}


def test_one_mistake_and_nothing_is_applied(store: Database) -> None:
    """An unknown specialty in one project keeps another from changing; so does a project that is not there."""
    with store.begin() as unit:
        stand(unit, 1)
        project(unit, 10)
        project(unit, 11)
    with pytest.raises(RequirementInvalid, match="Project 11, specialties: Medicine has no specialty") as raised, store.begin() as unit:
        apply(unit, {10: wanted(), 11: wanted(specialties=("tax",))}, RoutingContext(PACKS, NOW))
    assert [(one.ls_project_id, one.field) for one in raised.value.problems] == [(11, "specialties")]
    with pytest.raises(NotFound, match="no project 12"), store.begin() as unit:
        apply(unit, {10: wanted(), 12: wanted()}, RoutingContext(PACKS, NOW))
    assert inside(store, 10) == set()


def test_the_last_place_is_given_once_and_the_next_in_line_gets_it_when_it_is_free(store: Database) -> None:
    """Two places, four experts: the longest verified two; one is revoked, one's date passes, one leaves Label Studio."""
    with store.begin() as unit:
        for number, who in enumerate((4, 3, 2, 1)):
            stand(unit, who, at=NOW + number * dt.timedelta(minutes=1), until=NOW + DAY if who == 3 else UNTIL)
        project(unit, 10)
        [change] = apply(unit, {10: wanted(max_experts=2)}, RoutingContext(PACKS, NOW + DAY / 2))
        assert ([p.ls_user_id for p in change.gains], [p.ls_user_id for p in change.waiting], change.taken) == ([3, 4], [2, 1], 2)
    with store.begin() as unit:
        stand(unit, 4, "revoked")
        recompute(unit, 4, now=NOW + DAY / 2)
    assert inside(store, 10, NOW + DAY / 2) == {3, 2}
    later = NOW + DAY + dt.timedelta(seconds=1)
    assert inside(store, 10, later) == {2}
    with store.begin() as unit:
        assert memberships.catch_up(unit, RoutingContext(PACKS, later)) == 2
    assert inside(store, 10, later) == {2, 1}
    with store.begin() as unit:
        stand(unit, 3, at=later)
        recompute(unit, 3, now=later)
        assert unit.memberships.passed(later) == set()
    assert inside(store, 10, later) == {2, 1}
    with store.begin() as unit:
        unit.people.mark_gone(2, later)
        recompute(unit, 2, now=later)
    assert inside(store, 10, later) == {1, 3}


def test_two_decisions_at_once_never_give_the_last_place_twice(store: Database) -> None:
    """Side by side and overlapping, at every number of places."""
    with store.begin() as unit:
        for who in range(1, 9):
            person(unit, who)
        project(unit, 10)
        apply(unit, {10: wanted(max_experts=3)}, RoutingContext(PACKS, NOW))

    def decide(who: int) -> None:
        with store.begin() as unit:
            stand(unit, who, at=NOW)
        with store.begin() as unit:
            recompute(unit, who)

    for result in at_once(*(lambda who=who: decide(who) for who in range(1, 7))):  # type: ignore[misc]
        assert result is None, result
    assert len(inside(store, 10)) == 3
    before = inside(store, 10)
    with store.begin() as unit:
        stand(unit, 7)
        stand(unit, 8)
        unit.projects.set_requirement(10, Requirement("medicine", max_experts=4), NOW)

    def seven(unit: UnitOfWork) -> int:
        return recompute(unit, 7)

    assert not isinstance(overlapping(store, seven, lambda unit: recompute(unit, 8)), Exception)
    assert len(inside(store, 10)) == 4 and before < inside(store, 10)


def test_a_requirement_set_beside_a_decision_leaves_nobody_in_by_the_old_one(store: Database) -> None:
    """The decision waits for the requirement, then goes by it."""
    with store.begin() as unit:
        project(unit, 10)
        apply(unit, {10: wanted()}, RoutingContext(PACKS, NOW))
        stand(unit, 1, level=1)

    def demand(unit: UnitOfWork) -> None:
        apply(unit, {10: wanted(minimum_level=5)}, RoutingContext(PACKS, NOW))

    assert not isinstance(overlapping(store, demand, lambda unit: recompute(unit, 1)), Exception)
    assert inside(store, 10) == set()


def test_a_crash_after_a_decision_loses_nothing(store: Database) -> None:
    """What a decision leaves to be recomputed is written with it; the sweep does it, once."""
    with store.begin() as unit:
        project(unit, 10)
        apply(unit, {10: wanted()}, RoutingContext(PACKS, NOW))
        stand(unit, 1)
        recompute(unit, 1)
    with store.begin() as unit:
        stand(unit, 1, "revoked")
    assert inside(store, 10) == {1}
    with store.begin() as unit:
        assert unit.memberships.due() == {1}
        assert memberships.catch_up(unit, RoutingContext(PACKS, NOW)) == 1
        assert unit.memberships.due() == set() and memberships.catch_up(unit, RoutingContext(PACKS, NOW)) == 0
    assert inside(store, 10) == set()


def test_specialties_are_sent_where_tasks_are_routed_by_them(store: Database) -> None:
    """Ids and titles of the person's specialties; none where the project names no field."""
    with store.begin() as unit:
        stand(unit, 1, specialties=["cardiology", "emergency_medicine"])
        project(unit, 10)
        project(unit, 11)
        apply(unit, {10: wanted(rules=Rules(specialty_field="data.field")), 11: wanted()}, RoutingContext(PACKS, NOW))
        values = {one.ls_project_id: one.specialties for one in unit.memberships.of(1)}
    titles = {one.id: one.title for one in PACKS["medicine"].specialties}
    assert values == {10: tuple(sorted({"cardiology", titles["cardiology"], "emergency_medicine", titles["emergency_medicine"]})), 11: ()}
    with store.begin() as unit:
        apply(unit, {10: wanted()}, RoutingContext(PACKS, NOW))
        assert {one.ls_project_id: (one.specialties, one.revision) for one in unit.memberships.of(1)} == {10: ((), 2), 11: ((), 1)}


def test_managers_get_no_membership_and_take_no_place(store: Database) -> None:
    """An expert who is made a manager gives the place to the next; made an expert again, they wait."""
    with store.begin() as unit:
        stand(unit, 1, at=NOW - DAY)
        stand(unit, 2)
        project(unit, 10)
        apply(unit, {10: wanted(max_experts=1)}, RoutingContext(PACKS, NOW))
    assert inside(store, 10) == {1}
    with store.begin() as unit:
        person(unit, 1, "manager")
        memberships.catch_up(unit, RoutingContext(PACKS, NOW))
    assert inside(store, 10) == {2}
    with store.begin() as unit:
        person(unit, 1, "expert")
        memberships.catch_up(unit, RoutingContext(PACKS, NOW))
    assert inside(store, 10) == {2}
    with store.read() as unit:
        assert [one.rule for one in explain_for(unit, 1, 10, RoutingContext(PACKS, NOW)).missing] == ["places"]


def test_explanations_of_one_person_for_one_project_and_for_all(store: Database) -> None:
    """The same answer from both; unknown people and projects are named."""
    with store.begin() as unit:
        stand(unit, 1, level=2)
        project(unit, 10, "B")
        project(unit, 11, "A")
        project(unit, 12, "C")
        apply(unit, {10: wanted(minimum_level=3), 11: wanted(max_experts=1)}, RoutingContext(PACKS, NOW))
    with store.read() as unit:
        all_of_them = explain_all_for(unit, 1, RoutingContext(PACKS, NOW))
        assert [(one.ls_project_id, [check.rule for check in one.missing]) for one in all_of_them] == [(11, []), (10, ["level"]), (12, ["requirement"])]
        assert [explain_for(unit, 1, one.ls_project_id, RoutingContext(PACKS, NOW)) for one in all_of_them] == list(all_of_them)
        with pytest.raises(NotFound, match="nobody with the number 99"):
            explain_for(unit, 99, 10, RoutingContext(PACKS, NOW))
        with pytest.raises(NotFound, match="no project 99"):
            explain_for(unit, 1, 99, RoutingContext(PACKS, NOW))


def test_projects_that_ask_for_nothing_are_shown_to_every_expert_where_a_setting_says_so(store: Database) -> None:
    """Verified or not; not to managers."""
    with store.begin() as unit:
        person(unit, 1)
        person(unit, 2, "manager")
        project(unit, 10)
    memberships.recompute_all(store, RoutingContext(PACKS, NOW))
    assert inside(store, 10) == set()
    with store.read() as unit:
        assert memberships.differing(unit, RoutingContext(PACKS, NOW, True))
    memberships.recompute_all(store, RoutingContext(PACKS, NOW, True))
    with store.read() as unit:
        assert not memberships.differing(unit, RoutingContext(PACKS, NOW, True))
    assert inside(store, 10) == {1}


def test_only_checked_licences_and_languages_count_and_a_changed_one_no_longer_does(store: Database) -> None:
    """Claimed: no. Looked up: until the licence ends. Changed by the person: no longer, though nobody recomputed."""
    fields = {"kind": "gmc", "number": "7", "jurisdiction": "Lindenau", "issued_on": "", "expires_on": "2026-12-01"}
    with store.begin() as unit:
        stand(unit, 1)
        me = person(unit, 1)
        give(unit, me, "matching", PURPOSES[0].version, NOW)
        licence = forms.add(unit, me, "licence", fields, NOW)
        language = forms.add(unit, me, "language", {"code": "de", "proficiency": "fluent"}, NOW)
        basic = forms.add(unit, me, "language", {"code": "fr", "proficiency": "basic"}, NOW)
        project(unit, 10)
        project(unit, 11)
        apply(unit, {10: wanted(credential_kinds=("gmc",), languages=("de",)), 11: wanted(languages=("fr",))}, RoutingContext(PACKS, NOW))
    assert inside(store, 10) == set()
    with store.begin() as unit:
        unit.claims.mark_checked(me.id, [licence.id, language.id, basic.id], me.id, NOW)
        memberships.catch_up(unit, RoutingContext(PACKS, NOW))
        [membership] = unit.memberships.of(1)
    assert membership.valid_until_utc == dt.datetime(2026, 12, 1, 23, 59, 59, tzinfo=dt.timezone.utc)
    assert inside(store, 10) == {1} and inside(store, 11) == set()
    with store.begin() as unit:
        forms.change(unit, me, licence.id, {**fields, "number": "8"}, NOW)
        memberships.catch_up(unit, RoutingContext(PACKS, NOW))
    assert inside(store, 10) == set()


def test_a_deleted_project_leaves_nothing_to_one_that_gets_its_id(store: Database) -> None:
    """Memberships end; requirement, rules and list are gone, and Label Studio is told of the rules."""
    with store.begin() as unit:
        stand(unit, 7)
        project(unit, 10)
        apply(unit, {10: TargetState(Requirement("medicine", mode="invited"), Rules(shows_others_work=True), frozenset({7}))}, RoutingContext(PACKS, NOW))
        unit.projects.mark_pushed(unit.projects.unpushed(10))
    assert inside(store, 10) == {7}
    with store.begin() as unit:
        unit.projects.gone(10, NOW)
        memberships.recompute_projects(unit, [10], RoutingContext(PACKS, NOW))
        project(unit, 10, "Another")
    with store.read() as unit:
        one = unit.projects.get(10)
        assert one is not None and (one.requirement, one.rules, one.invited) == (None, Rules(), frozenset())
        assert [(r.rules, r.revision) for r in unit.projects.unpushed(10)] == [(Rules(), 2)]
    assert inside(store, 10) == set()
