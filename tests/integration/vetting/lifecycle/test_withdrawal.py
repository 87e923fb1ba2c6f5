"""Withdrawing an application: what ends, what stays, and when it is too late."""

from __future__ import annotations

import pytest

from ls_expert_plugin.errors import Conflict, NotFound
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.assessment import run
from ls_expert_plugin.vetting.lifecycle import interest, withdrawal
from ls_expert_plugin.vetting.privacy.retention import kept_until
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.queue import waiting
from tests.support.builders.vetting_case import LATER, PACKS, Case
from tests.support.builders.vetting_samples import NOW


@pytest.fixture
def case(sqlite_store: Database) -> Case:
    """A candidate and a manager."""
    return Case(sqlite_store)


def _withdraw(case: Case) -> None:
    with case.store.begin() as unit:
        withdrawal.withdraw_application(unit, case.person, case.verification().id, LATER)


def test_what_was_said_stays_and_the_queue_forgets_it(case: Case) -> None:
    """Status, history and queue change; the interview and its evidence are kept as long as the consent says, counted from now on."""
    held = case.in_review()
    _withdraw(case)
    with case.store.read() as unit:
        assert unit.verifications.of(case.person.id)[0].status == "withdrawn" and waiting.waiting_reviews(unit) == ()
        last = unit.verifications.history(held.id)[-1]
        assert (last.from_status, last.to_status, last.actor_person_id, last.reason) == ("in_review", "withdrawn", case.person.id, "Application withdrawn.")
        assert unit.interviews.of_verification(held.id).turns  # type: ignore[union-attr]
        until = kept_until(unit.verifications.of(case.person.id), unit.consents.of(case.person.id), 30, LATER)
    assert until is not None and (until - LATER).days == 30


def test_a_search_that_waits_is_not_made(case: Case) -> None:
    """A worker that comes later finds nothing to do, and the application stays withdrawn."""
    interview = case.hold()
    _withdraw(case)
    assert run.run(case.store, interview.id, PACKS, None, LATER).note == "The application was withdrawn before the search, so nothing was searched."
    assert case.verification().status == "withdrawn"


def test_what_managers_would_be_told_is_taken_back(case: Case) -> None:
    """Of the one that was withdrawn, and no other; neither what is being sent already, nor what is about something else."""
    with case.store.begin() as unit:
        consent.give(unit, case.manager, consent.NOTIFICATIONS, "1", NOW)
        other = members.joined(unit, 8, "ben@example.org", "Ben Ochre", "expert", NOW)
        unit.verifications.add(other.id, "law", "in_review", LATER)
        unit.notifications.note_managers("to_review", LATER, domain="law")
        unit.notifications.note_managers("renamed", LATER, domain="law")
    case.in_review()
    with case.store.read() as unit:
        assert unit.notifications.waiting()[0] == 3
    _withdraw(case)
    with case.store.begin() as unit:
        assert sorted(one.kind for one in unit.notifications.claim(case.manager.id, LATER)) == ["renamed", "to_review"]
        (theirs,) = unit.verifications.of(other.id)
        withdrawal.withdraw_application(unit, other, theirs.id, LATER)
        assert unit.notifications.waiting()[0] == 2, "it was being sent"


def test_a_reviewer_who_is_late_is_told(case: Case) -> None:
    """A decision on a dossier that was open before does not bring it back."""
    held = case.in_review()
    _withdraw(case)
    with case.store.begin() as unit, pytest.raises(Conflict, match="Withdrawn"):
        actions.decline(unit, case.manager, held.id, "Too little.", LATER)


def test_whose_it_is_and_whether_it_is_open_decides(case: Case) -> None:
    """Somebody else's does not exist; one that is withdrawn already, or decided, is not withdrawn."""
    held = case.in_review()
    with case.store.begin() as unit, pytest.raises(NotFound):
        withdrawal.withdraw_application(unit, case.manager, held.id, LATER)
    with case.store.begin() as unit:
        actions.decline(unit, case.manager, held.id, "Too little.", LATER)
    with case.store.begin() as unit, pytest.raises(Conflict, match="The status is Declined"):
        withdrawal.withdraw_application(unit, case.person, held.id, LATER)
    assert case.verification().status == "declined"


def test_whoever_withdrew_applies_again(case: Case) -> None:
    """From the start, as after any other end."""
    case.in_review()
    _withdraw(case)
    with case.store.begin() as unit:
        assert interest.express_interest(unit, case.person, "law", PACKS, LATER).status == "interested"
