"""A candidate and a manager in a database, and short ways to take the candidate through vetting."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.assessment import run as assess
from ls_expert_plugin.vetting.interview import session
from ls_expert_plugin.vetting.lifecycle import interest
from ls_expert_plugin.vetting.review.dossier import contents as dossier
from ls_expert_plugin.vetting.values import Claim, Interview, Person, Turn, Verification
from tests.support.builders.vetting_samples import LONG_ENOUGH, NOW, in_other_words, pack

PACK = pack()
PACKS = {"law": PACK}
LIMIT = 6000
LATER = NOW + dt.timedelta(hours=1)
T = TypeVar("T")


def at_once(*calls: Callable[[], T]) -> list[T | Exception]:
    """Run the calls at the same moment, each in a thread of its own; what they returned or raised, in order."""
    results: dict[int, T | Exception] = {}
    gate = threading.Barrier(len(calls))

    def run(number: int) -> None:
        gate.wait()
        try:
            results[number] = calls[number]()
        except Exception as problem:  # noqa: BLE001  # the test looks at it
            results[number] = problem

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(results) == len(calls), "a thread hangs"
    return [results[number] for number in range(len(calls))]


def overlapping(store: Database, first: Callable[[UnitOfWork], object], second: Callable[[UnitOfWork], T]) -> T | Exception:
    """Begin ``second`` while ``first`` has done its work and not committed; what ``second`` returned or raised."""
    results: list[T | Exception] = []

    def run() -> None:
        try:
            with store.begin() as unit:
                results.append(second(unit))
        except Exception as problem:  # noqa: BLE001  # the test looks at it
            results.append(problem)

    thread = threading.Thread(target=run)
    with store.begin() as unit:
        first(unit)
        thread.start()
        thread.join(timeout=0.2)  # long enough for the second to get as far as it can
    thread.join(timeout=30)
    assert results, "the second one hangs"
    return results[-1]


class Case:
    """A candidate, a manager, and short ways to take the candidate through vetting."""

    def __init__(self, store: Database) -> None:
        self.store = store
        with store.begin() as unit:
            self.person = members.joined(unit, 7, "ada@example.org", "Ada Quill", "expert", NOW)
            self.manager = members.joined(unit, 1, "boss@example.org", "", "manager", NOW)

    def consent(self) -> None:
        with self.store.begin() as unit:
            consent.give(unit, self.person, "matching", consent.PURPOSES[0].version, NOW)

    def interested(self) -> Verification:
        with self.store.begin() as unit:
            return interest.express_interest(unit, self.person, "law", PACKS, NOW)

    def start(self) -> Interview:
        self.consent()
        verification = self.interested()
        with self.store.begin() as unit:
            return session.start(unit, self.person, verification.id, PACK, NOW)

    def answer(self, interview_id: int, in_reply_to: int, text: str, person: Person | None = None) -> Interview:
        with self.store.begin() as unit:
            return session.answer(unit, person or self.person, interview_id, in_reply_to, text, LIMIT, NOW)

    def ask_next(self, interview_id: int, text: str | None = None, **more: Any) -> Turn | None:
        with self.store.begin() as unit:
            return session.ask_next(unit, interview_id, PACK, text, "some-model", LATER, **more)

    def hold(self, answers: tuple[str, ...] = (LONG_ENOUGH, *map(in_other_words, range(1, 9)))) -> Interview:
        """The whole interview, up to its end."""
        held = self.start()
        open_turn: Turn | None = held.turns[-1]
        number = 0
        while open_turn is not None:
            self.answer(held.id, open_turn.position, answers[min(number, len(answers) - 1)])
            open_turn = self.ask_next(held.id)
            number += 1
        return self.read(held.id)

    def in_review(self) -> Verification:
        assess.run(self.store, self.hold().id, PACKS, None, LATER)
        return self.verification()

    def read(self, interview_id: int) -> Interview:
        with self.store.begin() as unit:
            return session.read(unit, self.person, interview_id)

    def verification(self) -> Verification:
        with self.store.begin() as unit:
            return unit.verifications.of(self.person.id)[0]

    def dossier_claims(self) -> tuple[Claim, ...]:
        with self.store.read() as unit:
            return unit.claims.of(self.person.id)

    def dossier(self) -> dossier.Dossier:
        with self.store.begin() as unit:
            return dossier.dossier(unit, unit.verifications.of(self.person.id)[0].id, PACKS)
