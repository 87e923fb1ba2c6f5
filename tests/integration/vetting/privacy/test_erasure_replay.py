"""Erasing again after a restore: the lists of both sides are compared, and whoever is missing on one is erased there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from ls_expert_plugin.ls_client.values import ErasedAccount
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.privacy import erasure, erasure_replay
from ls_expert_plugin.vetting.values import Person
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import NOW

MARK, OTHER = "a" * 64, "b" * 64


MADE, MADE_AGAIN = NOW - dt.timedelta(days=300), NOW - dt.timedelta(hours=1)


class LabelStudioList:
    """Label Studio's side: accounts by number with their marks, those that were erased, and when accounts were made (none said: an extension of before)."""

    def __init__(self, accounts: Mapping[int, str], erased: Mapping[int, str], made: Mapping[int, dt.datetime] | None = None) -> None:
        self.accounts, self.erased, self.made, self.asked = dict(accounts), dict(erased), dict(made or {}), list[int]()

    def refresh(self, ls_user_id: int) -> bool:
        return True

    def erase_account(self, ls_user_id: int, made_at_utc: dt.datetime | None = None) -> str | None:
        self.erased[ls_user_id] = self.accounts[ls_user_id]
        return self.accounts[ls_user_id]

    def erased_accounts(self) -> list[ErasedAccount]:
        return [ErasedAccount(who, mark, self.made.get(who)) for who, mark in self.erased.items()]

    def erase_again(self, accounts: Collection[ErasedAccount]) -> list[int]:
        self.asked += [one.ls_user_id for one in accounts]
        again = {one.ls_user_id: one.mark for one in accounts if self.accounts.get(one.ls_user_id) == one.mark and one.ls_user_id not in self.erased}
        self.erased |= again
        return list(again)


def test_who_is_missing_in_a_restored_service_is_asked_for_and_carried_out_once(sqlite_store: Database) -> None:
    """Label Studio says who was erased; the words go at once, the rest with the sweep, and nothing happens the second time."""
    case, there = Case(sqlite_store), LabelStudioList({7: MARK}, {7: MARK, 99: OTHER})
    case.in_review()
    assert erasure_replay.replay(sqlite_store, there, lambda: NOW) == 1
    with sqlite_store.read() as unit:
        [waiting] = unit.erasures.waiting()
        assert (waiting.person.ls_user_id, waiting.reason, waiting.person.name) == (7, erasure.RESTORED, "")
    assert erasure.carry_out_waiting(sqlite_store, there, there, lambda: NOW) == 0
    assert erasure_replay.replay(sqlite_store, there, lambda: NOW) == 0 and there.asked == []


def test_who_is_back_in_a_restored_label_studio_is_erased_on_both_sides(sqlite_store: Database) -> None:
    """Their name may have come here again, too. Whoever has the number by now, and is somebody else, keeps theirs."""
    case, there = Case(sqlite_store), LabelStudioList({7: MARK, 8: MARK}, {})
    with sqlite_store.begin() as unit:
        other = members.joined(unit, 8, "eve@example.org", "Eve", "expert", NOW)
        for person in (case.person, other):
            erasure.ask(unit, person, erasure.ASKED, NOW)
    assert erasure.carry_out_waiting(sqlite_store, there, there, lambda: NOW) == 0
    there.erased.clear()
    there.accounts[8] = OTHER
    with sqlite_store.begin() as unit:
        members.joined(unit, 7, "ada@example.org", "Ada Quill", "expert", NOW)
        members.joined(unit, 8, "new@example.org", "New", "expert", NOW)
    assert erasure_replay.replay(sqlite_store, there, lambda: NOW) == 1
    with sqlite_store.read() as unit:
        known = {person.ls_user_id: (person.name, gone is None) for person, gone in unit.people.everybody()}
    assert known[7] == ("", False) and known[8] == ("New", True) and there.erased == {7: MARK}


def _heir(store: Database, ada: Person) -> Person:
    """Ada's number is given to somebody else, whom she is kept beside. When each account was made is known."""
    with store.begin() as unit:
        members.joined(unit, ada.ls_user_id, "ada@example.org", "Ada Quill", "expert", NOW, MADE)
    with store.begin() as unit:
        return members.joined(unit, ada.ls_user_id, "eve@example.org", "Eve", "expert", NOW, MADE_AGAIN)


def test_who_has_the_number_of_somebody_erased_by_now_is_not_erased_for_them(sqlite_store: Database) -> None:
    """Label Studio has the erased account under the number again, and the service knows two people by it: the dates say who is meant."""
    case = Case(sqlite_store)
    heir = _heir(sqlite_store, case.person)
    assert erasure_replay.replay(sqlite_store, LabelStudioList({7: MARK}, {7: MARK}, {7: MADE}), lambda: NOW) == 1
    with sqlite_store.read() as unit:
        known = unit.people.get(case.person.id)
        assert unit.people.by_ls_user_id(7) == heir
        assert [one.person.id for one in unit.erasures.waiting()] == [case.person.id] and known is not None and known.name == ""


def test_an_account_that_is_back_is_erased_there_although_its_number_had_been_anothers(sqlite_store: Database) -> None:
    """A wrong backup, then the right one: whoever was erased in between is erased at once, not only when the reconciliation has seen them."""
    case, there = Case(sqlite_store), LabelStudioList({7: MARK}, {}, {7: MADE})
    with sqlite_store.begin() as unit:
        erasure.ask(unit, case.person, erasure.ASKED, NOW)
    assert erasure.carry_out_waiting(sqlite_store, there, there, lambda: NOW) == 0
    there.erased.clear()
    heir = _heir(sqlite_store, case.person)
    assert erasure_replay.replay(sqlite_store, there, lambda: NOW) == 1 and there.erased == {7: MARK}
    with sqlite_store.read() as unit:
        assert unit.people.by_ls_user_id(7) == heir and [one.person.id for one in unit.erasures.waiting()] == [case.person.id]


def test_a_manager_is_left_as_they_are(sqlite_store: Database) -> None:
    """Somebody who was made an expert to be erased, and is a manager in the backup: the log says so."""
    case = Case(sqlite_store)
    erasure_replay.replay(sqlite_store, LabelStudioList({}, {case.manager.ls_user_id: MARK}), lambda: NOW)
    with sqlite_store.read() as unit:
        assert unit.erasures.waiting() == () and unit.people.get(case.manager.id) == case.manager
