"""Numbers of accounts and projects that a restored Label Studio gives a second time: nothing of the former owner's is the next one's."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from ls_expert_plugin.ls_client.values import Member, OutboxEvent
from ls_expert_plugin.outbox_consumer.effects import effects_of
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.requirements import editing
from ls_expert_plugin.routing.sync import directory_sync
from ls_expert_plugin.routing.values import ListedProject
from ls_expert_plugin.storage.repositories.people.personal_data import Personal
from ls_expert_plugin.storage.tables import ControlCountRow, RoutingDueRow, WorkEventRow
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.privacy import erasure
from ls_expert_plugin.vetting.values import Person
from tests.support.builders.routing import PACKS, inside, stand, wanted
from tests.support.builders.vetting_samples import NOW

MADE, MADE_AGAIN = NOW - dt.timedelta(days=300, microseconds=321_900), NOW - dt.timedelta(hours=1)
WORKED = NOW - dt.timedelta(days=100)


def _join(unit: UnitOfWork, made_at_utc: dt.datetime | None, email: str = "ada@example.org") -> Person:
    return members.joined(unit, 7, email, "Ada Quill", "expert", NOW, made_at_utc)


def _event(number: int, kind: str, at_utc: dt.datetime, user: Member | None = None) -> OutboxEvent:
    return OutboxEvent(f"0.{number}", kind, 7, 1 if user is None else None, None, number, False, at_utc, user, None)


def _verified(store: Database) -> Person:
    """Ada, who is verified, works in project 1, and has worked there."""
    with store.begin() as unit:
        ada = _join(unit, MADE)
        unit.projects.heard_of(1, "Wounds", NOW, MADE)
        stand(unit, 7)
        unit.events.keep([_event(1, "annotation_created", WORKED)])
        unit.control.put([7], [(7, 1, 10, 9)], NOW, NOW)
    return ada


def test_who_gets_a_number_that_another_had_is_somebody_new(sqlite_store: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Same number, same name, same address, made later: no verification, no session, none of the work; and the log says so."""
    ada = _verified(sqlite_store)
    with sqlite_store.begin() as unit:
        unit.portal_sessions.begin(ada.id, dt.timedelta(days=1), NOW)
    with sqlite_store.begin() as unit:
        heir = _join(unit, MADE_AGAIN)
    with sqlite_store.begin() as unit:
        former = unit.people.get(ada.id)
        assert heir.id != ada.id and unit.people.by_ls_user_id(7) == heir and unit.verifications.of(heir.id) == ()
        assert former is not None and former.ls_user_id == -ada.id and not former.has_account
        assert len(unit.verifications.of(ada.id)) == 1 and unit.people.by_ls_user_id(-ada.id) is None, "kept, and gone"
        assert unit.people.replaced() == ((7, -ada.id, NOW),) and unit.people.in_directory().keys() == {7}
        assert unit.memberships.due() == {7, -ada.id}
        assert unit.events.count("annotation_created", ls_user_id=7) == 0 and unit.events.count("annotation_created", ls_user_id=-ada.id) == 1
        assert unit.session.scalars(select(ControlCountRow.ls_user_id)).all() == [-ada.id]
    assert "account 7 of Label Studio is another one than before" in caplog.text


@pytest.mark.parametrize("made_at_utc", [None, MADE, MADE - dt.timedelta(microseconds=999), MADE.replace(microsecond=0)])
def test_the_same_account_stays_who_they_were(sqlite_store: Database, made_at_utc: dt.datetime | None) -> None:
    """Told again, told by an extension of before, from a dump that cuts times, or after somebody saved the account in Label Studio's admin."""
    ada = _verified(sqlite_store)
    with sqlite_store.begin() as unit:
        unit.people.mark_gone(7, NOW)
        assert _join(unit, made_at_utc, "new@example.org").id == ada.id
        assert unit.people.replaced() == ()


def test_who_was_never_told_of_by_date_is_known_by_the_first_one_that_is(sqlite_store: Database) -> None:
    """After an update the date is learnt from whoever is there; whoever had left before this account was made is not them."""
    with sqlite_store.begin() as unit:
        ada = _join(unit, None)
        assert _join(unit, MADE).id == ada.id
        assert _join(unit, MADE_AGAIN).id != ada.id
    with sqlite_store.begin() as unit:
        left = members.joined(unit, 8, "ben@example.org", "Ben", "expert", MADE)
        members.gone(unit, 8, MADE)
        assert members.joined(unit, 8, "eve@example.org", "Eve", "expert", NOW, MADE_AGAIN).id != left.id


def test_a_former_account_that_is_restored_is_theirs_again(sqlite_store: Database) -> None:
    """A wrong backup, or a wrong address, and then the right one: the verification and the work are back, and the other one is set aside."""
    ada = _verified(sqlite_store)
    with sqlite_store.begin() as unit:
        heir = _join(unit, MADE_AGAIN, "eve@example.org")
        unit.events.keep([_event(2, "annotation_created", NOW)])
    with sqlite_store.begin() as unit:
        assert _join(unit, MADE).id == ada.id
        assert unit.people.replaced() == ((7, -heir.id, NOW),)
        kept = unit.session.execute(select(WorkEventRow.ls_annotation_id, WorkEventRow.ls_user_id).order_by(WorkEventRow.id))
        assert [tuple(row) for row in kept] == [(1, 7), (2, -heir.id)]
        assert ada.id in unit.session.scalars(select(RoutingDueRow.person_id)).all()


def test_a_former_account_that_is_back_under_another_name_is_renamed(sqlite_store: Database) -> None:
    """What a register matched under the old name does not come back with it."""
    ada = _verified(sqlite_store)
    with sqlite_store.begin() as unit:
        _join(unit, MADE_AGAIN)
    with sqlite_store.begin() as unit:
        back = members.joined(unit, 7, "ada@example.org", "Eve Other", "expert", NOW, MADE.replace(microsecond=0))
        assert (back.id, back.renamed_at_utc, back.made_at_utc) == (ada.id, NOW, MADE)


@pytest.mark.database
def test_the_memberships_of_a_former_account_end_with_the_page_that_tells_of_the_next(store: Database) -> None:
    """In the transaction that hears of the newcomer; and a project under a former number asks for nothing."""
    _verified(store)
    with store.begin() as unit:
        unit.projects.heard_of(2, "Loans", NOW, MADE)
        editing.apply(unit, {1: wanted(), 2: wanted()}, RoutingContext(PACKS, NOW))
    assert inside(store, 1) == inside(store, 2) == {7}
    told = effects_of([_event(3, "user_joined", NOW, Member(7, "eve@example.org", "Eve", "expert", MADE_AGAIN))])
    with store.begin() as unit:
        unit.memberships.take_turn(alone=True)
        directory_sync.write(unit, told.people, told.deleted, {2: ListedProject("Loans", MADE_AGAIN)}, RoutingContext(PACKS, NOW))
    assert inside(store, 1) == inside(store, 2) == set()
    with store.begin() as unit:
        project, other = unit.projects.get(2), unit.projects.get(1)
        assert project is not None and project.requirement is None and other is not None and other.requirement is not None
        assert unit.projects.replaced() == ((2, "Loans", NOW),)


def test_who_has_lost_their_account_is_erased_here_and_nobody_there(sqlite_store: Database) -> None:
    """Asked for before the restore, carried out after it: Label Studio is not asked to erase whoever has the number now."""

    class Accounts:
        def refresh(self, ls_user_id: int) -> bool:
            return True

        def erase_account(self, ls_user_id: int, made_at_utc: dt.datetime | None = None) -> str | None:
            raise AssertionError("somebody else's account")

    ada = _verified(sqlite_store)
    with sqlite_store.begin() as unit:
        erasure.ask(unit, ada, erasure.ASKED, NOW)
    with sqlite_store.begin() as unit:
        _join(unit, MADE_AGAIN, "eve@example.org")
    assert erasure.carry_out_waiting(sqlite_store, Accounts(), Accounts(), lambda: NOW) == 0
    with sqlite_store.begin() as unit:
        assert unit.erasures.erased_accounts() == [] and [one.email for one in unit.people.all()] == ["eve@example.org"]
        assert Personal(unit.session).find(str(-ada.id)) == (ada.id, -ada.id), "and what is left can be exported"
