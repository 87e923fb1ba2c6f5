"""People, consent, profile and interest on real databases, alone and with others at the same moment."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.errors import BadInput, Conflict, Forbidden, NotFound
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.interview import session
from ls_expert_plugin.vetting.lifecycle import interest
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.values import Consent, Person, Verification
from tests.support.builders.vetting_case import LATER, PACK, PACKS, Case, at_once, overlapping
from tests.support.builders.vetting_samples import EDUCATION, LONG_ENOUGH, NOW, WORK

pytestmark = pytest.mark.database


@pytest.fixture
def case(store: Database) -> Case:
    """A candidate and a manager in an empty database."""
    return Case(store)


# People


def test_a_member_is_known_once_and_kept_up_to_date(case: Case) -> None:
    """Signing in again with a new name changes the record and adds none."""
    with case.store.begin() as unit:
        again = members.joined(unit, 7, "ada@example.org", " Ada Q. ", "manager", NOW)
    assert (again.id, again.shown_name, again.is_manager) == (case.person.id, "Ada Q.", True)
    with case.store.begin() as unit:
        assert [one.ls_user_id for one in unit.people.all()] == [7, 1]


def test_somebody_who_left_cannot_sign_in_until_they_are_back(case: Case) -> None:
    """Gone people are kept, hidden from lists, and found again when they return."""
    with case.store.begin() as unit:
        members.gone(unit, 7, NOW)
        members.gone(unit, 999, NOW)
    with case.store.begin() as unit:
        assert unit.people.by_ls_user_id(7) is None and unit.people.lock(7) is None
        assert unit.people.get(case.person.id) == case.person
        assert [one.ls_user_id for one in unit.people.all()] == [1]
        assert unit.people.all_ls_user_ids() == (7, 1)
        members.joined(unit, 7, "ada@example.org", "Ada Quill", "expert", NOW)
    with case.store.begin() as unit:
        assert unit.people.by_ls_user_id(7) == case.person


def test_the_same_member_joining_twice_at_once_is_one_person(case: Case) -> None:
    """The read of the outbox and the sign-in may bring the same newcomer."""

    def join(unit: UnitOfWork) -> Person:
        return members.joined(unit, 50, "new@example.org", "New", "expert", NOW)

    assert isinstance(overlapping(case.store, join, join), Person)
    with case.store.begin() as unit:
        assert unit.people.all_ls_user_ids() == (7, 1, 50)


def test_behind_a_lock_one_sees_what_others_have_changed(case: Case) -> None:
    """Even when the same unit had read it before."""
    if case.store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets only one unit in at a time")
    verification = case.interested()
    with case.store.begin() as unit:
        assert unit.verifications.get(verification.id) == verification
        case.start()
        seen = unit.verifications.lock(verification.id)
        assert seen is not None and seen.status == "interviewing"


# Consent


def test_consent_counts_once_and_only_for_the_text_that_was_read(case: Case) -> None:
    """A page loaded before the text changed is not a consent to the new one."""
    case.consent()
    case.consent()
    with case.store.begin() as unit:
        assert consent.in_force(unit, case.person, "matching")
        assert len(unit.consents.of(case.person.id)) == 1
        with pytest.raises(Conflict):
            consent.give(unit, case.person, "matching", "0", NOW)
        with pytest.raises(BadInput):
            consent.give(unit, case.person, "marketing", "1", NOW)


def test_consent_given_twice_at_once_counts_once(case: Case) -> None:
    """A double click is one consent."""

    def give(unit: UnitOfWork) -> Consent:
        return consent.give(unit, case.person, "matching", consent.PURPOSES[0].version, NOW)

    assert isinstance(overlapping(case.store, give, give), Consent)
    with case.store.begin() as unit:
        assert len(unit.consents.of(case.person.id)) == 1


def test_consent_to_an_older_text_is_not_in_force(case: Case) -> None:
    """People are asked again when the text has changed."""
    with case.store.begin() as unit:
        unit.consents.add(case.person.id, "matching", "0", NOW)
        assert not consent.in_force(unit, case.person, "matching")


def test_the_text_names_purpose_readers_decision_retention_and_withdrawal() -> None:
    """What a person has to know stands in it, with the number of days that is set."""
    text = consent.PURPOSES[0].text_for(90)
    for needed in ("What for:", "Who reads it:", "a person", "90 days", "How to withdraw:"):
        assert needed in text
    assert "{" not in text


def test_nothing_is_entered_and_no_interview_begins_without_consent(case: Case) -> None:
    """Profile and interview come after consent."""
    verification = case.interested()
    with case.store.begin() as unit:
        with pytest.raises(Forbidden):
            forms.add(unit, case.person, "work", WORK, NOW)
        with pytest.raises(Forbidden):
            session.start(unit, case.person, verification.id, PACK, NOW)


def test_withdrawing_consent_ends_everything_that_runs(case: Case) -> None:
    """The interview is over, the verification withdrawn, and it can be given again later."""
    held = case.start()
    with case.store.begin() as unit:
        consent.withdraw(unit, case.person, "matching", LATER)
        consent.withdraw(unit, case.person, "matching", LATER)
    with case.store.begin() as unit:
        assert not consent.in_force(unit, case.person, "matching")
        assert unit.consents.of(case.person.id)[0].withdrawn_at_utc == LATER
    assert case.read(held.id).ended_at_utc == LATER
    assert case.verification().status == "withdrawn"
    with pytest.raises(Conflict, match="complete"):
        case.answer(held.id, 0, LONG_ENOUGH)
    assert case.ask_next(held.id) is None
    again = case.start()
    assert again.id != held.id and len(again.turns) == 1


def test_withdrawing_consent_closes_a_verification_and_leaves_what_was_decided(case: Case) -> None:
    """A verified person is withdrawn; somebody declined stays declined on record."""
    verification = case.in_review()
    with case.store.begin() as unit:
        actions.verify(unit, case.manager, verification.id, dt.date(2027, 3, 1), "", NOW)
        consent.withdraw(unit, case.person, "matching", NOW)
    withdrawn = case.verification()
    assert (withdrawn.status, withdrawn.valid_until_utc) == ("withdrawn", None)
    verification = case.in_review()
    with case.store.begin() as unit:
        actions.decline(unit, case.manager, verification.id, "Too little so far.", NOW)
        consent.withdraw(unit, case.person, "matching", NOW)
    assert case.verification().status == "declined"


# Profile


def test_entries_are_added_changed_and_removed(case: Case) -> None:
    """They keep their order, and are claimed, never verified."""
    case.consent()
    with case.store.begin() as unit:
        first = forms.add(unit, case.person, "education", EDUCATION, NOW)
        second = forms.add(unit, case.person, "work", WORK, NOW)
    with case.store.begin() as unit:
        changed = forms.change(unit, case.person, second.id, {**WORK, "title": "Partner"}, NOW)
        assert unit.claims.of(case.person.id) == (first, changed)
        assert (changed.details["title"], changed.status, changed.source) == ("Partner", "claimed", "form")
        forms.remove(unit, case.person, first.id)
    with case.store.begin() as unit:
        assert unit.claims.of(case.person.id) == (changed,)


def test_a_changed_entry_is_claimed_again(case: Case) -> None:
    """What somebody had checked was the entry as it was."""
    case.consent()
    with case.store.begin() as unit:
        claim = unit.claims.add(case.person.id, "work", WORK, status="human-verified", source="form", now=NOW)
        assert forms.change(unit, case.person, claim.id, WORK, NOW).status == "claimed"


def test_nobody_reaches_another_persons_entries(case: Case) -> None:
    """Neither to change nor to remove; it looks as if there were none."""
    case.consent()
    with case.store.begin() as unit:
        consent.give(unit, case.manager, "matching", consent.PURPOSES[0].version, NOW)
        claim = forms.add(unit, case.person, "work", WORK, NOW)
        with pytest.raises(NotFound):
            forms.change(unit, case.manager, claim.id, WORK, NOW)
        with pytest.raises(NotFound):
            forms.remove(unit, case.manager, claim.id)
        with pytest.raises(BadInput):
            forms.add(unit, case.person, "hobby", WORK, NOW)


# Interest


def test_interest_is_written_down_once(case: Case) -> None:
    """Pressing the button twice changes nothing; an unknown domain is not there."""
    first = case.interested()
    assert case.interested() == first and first.status == "interested"
    with case.store.begin() as unit, pytest.raises(NotFound):
        interest.express_interest(unit, case.person, "alchemy", PACKS, NOW)


def test_interest_from_two_tabs_is_one_verification(case: Case) -> None:
    """Two clicks in the same moment."""
    first, second = at_once(case.interested, case.interested)
    assert isinstance(first, Verification) and first == second
    with case.store.begin() as unit:
        assert len(unit.verifications.history(first.id)) == 1


@pytest.mark.parametrize("end", ["declined", "revoked", "expired"])
def test_after_an_end_one_starts_again_from_the_beginning(case: Case, end: str) -> None:
    """A new interview and a new review are needed; the history keeps the first round."""
    verification = case.in_review()
    now = LATER
    with case.store.begin() as unit:
        if end == "declined":
            actions.decline(unit, case.manager, verification.id, "Too little so far.", now)
        else:
            actions.verify(unit, case.manager, verification.id, dt.date(2026, 4, 1), "", now)
        if end == "revoked":
            actions.revoke(unit, case.manager, verification.id, "Licence lost.", now)
        if end == "expired":
            now = dt.datetime(2026, 4, 2, tzinfo=dt.timezone.utc)
    with case.store.begin() as unit:
        again = interest.express_interest(unit, case.person, "law", PACKS, now)
        assert (again.id, again.status, again.valid_until_utc, again.reason) == (verification.id, "interested", None, "")
        assert not again.in_force(now)
        history = unit.verifications.history(again.id)
        assert [one.to_status for one in history][-2:] == [end, "interested"]
        new = session.start(unit, case.person, again.id, PACK, now)
        assert len(new.turns) == 1
    assert case.dossier().interview == new
    assert case.dossier().assessment is None


def test_interest_changes_nothing_while_something_runs(case: Case) -> None:
    """Neither an interview nor a verification in force is thrown away by a click."""
    case.start()
    assert case.interested().status == "interviewing"
