"""Erasing again after a restore: the lists of both sides are compared, and whoever is missing on one is erased there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.privacy import erasure, erasure_replay
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import NOW

MARK, OTHER = "a" * 64, "b" * 64


class LabelStudioList:
    """Label Studio's side: accounts by number with their marks, and those that were erased."""

    def __init__(self, accounts: Mapping[int, str], erased: Mapping[int, str]) -> None:
        self.accounts, self.erased, self.asked = dict(accounts), dict(erased), list[int]()

    def refresh(self, ls_user_id: int) -> bool:
        return True

    def erase_account(self, ls_user_id: int, made_at_utc: dt.datetime | None = None) -> str | None:
        self.erased[ls_user_id] = self.accounts[ls_user_id]
        return self.accounts[ls_user_id]

    def erased_accounts(self) -> dict[int, str]:
        return dict(self.erased)

    def erase_again(self, marks: Mapping[int, str]) -> list[int]:
        self.asked += marks
        again = [who for who, mark in marks.items() if self.accounts.get(who) == mark and who not in self.erased]
        self.erased |= {who: marks[who] for who in again}
        return again


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


def test_a_manager_is_left_as_they_are(sqlite_store: Database) -> None:
    """Somebody who was made an expert to be erased, and is a manager in the backup: the log says so."""
    case = Case(sqlite_store)
    erasure_replay.replay(sqlite_store, LabelStudioList({}, {case.manager.ls_user_id: MARK}), lambda: NOW)
    with sqlite_store.read() as unit:
        assert unit.erasures.waiting() == () and unit.people.get(case.manager.id) == case.manager
