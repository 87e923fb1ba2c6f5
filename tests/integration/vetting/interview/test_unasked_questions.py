"""Somebody answered and left before the next question was asked: the worker's sweep finds it and asks."""

from __future__ import annotations

from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.interview.unasked_questions import ask_written
from tests.support.builders.vetting_case import LATER, PACKS, Case
from tests.support.builders.vetting_samples import LONG_ENOUGH


def test_the_next_written_question_is_asked_once(sqlite_store: Database) -> None:
    """In the pack's own words; a question that is open is left as it is."""
    case = Case(sqlite_store)
    held = case.start()
    case.answer(held.id, 0, LONG_ENOUGH)
    ask_written(sqlite_store, {}, held.id, LATER)
    assert len(case.read(held.id).turns) == 2, "nobody knows the questions of a domain that is gone"
    for _ in range(2):
        ask_written(sqlite_store, PACKS, held.id, LATER)
        last = case.read(held.id).turns[-1]
        assert (last.position, last.speaker) == (2, "interviewer") and last.question_id is not None
