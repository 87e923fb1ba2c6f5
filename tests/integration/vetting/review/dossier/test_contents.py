"""The review on real databases: the queue, the dossier, and who decides what."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.errors import BadInput, Conflict, Forbidden, NotFound
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.assessment import run
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.dossier import contents as dossiers
from ls_expert_plugin.vetting.review.queue import waiting as queue
from ls_expert_plugin.vetting.values import Verification
from tests.support.builders.vetting_case import LATER, PACKS, Case, overlapping
from tests.support.builders.vetting_samples import LICENCE, NOW, WORK

pytestmark = pytest.mark.database


@pytest.fixture
def case(store: Database) -> Case:
    """A candidate and a manager in an empty database."""
    return Case(store)


def test_the_queue_holds_who_waits_longest_first(case: Case) -> None:
    """Those in review whose person is still there, with the time since they wait."""
    case.in_review()
    other = Case(case.store)
    with case.store.begin() as unit:
        other.person = members.joined(unit, 8, "ben@example.org", "Ben", "expert", NOW)
    held = other.hold()
    run.run(case.store, held.id, PACKS, None, LATER + dt.timedelta(hours=1))
    with case.store.begin() as unit:
        assert [(one.person.ls_user_id, one.since_utc) for one in queue.waiting_reviews(unit)] == [
            (7, LATER),
            (8, LATER + dt.timedelta(hours=1)),
        ]
        members.gone(unit, 7, LATER)
    with case.store.begin() as unit:
        assert [one.person.ls_user_id for one in queue.waiting_reviews(unit)] == [8]


def test_the_dossier_holds_everything_about_a_verification(case: Case) -> None:
    """Profile, consent, transcript, what was found for each competency, and the history with names."""
    case.consent()
    with case.store.begin() as unit:
        claim = forms.add(unit, case.person, "work", WORK, NOW)
    verification = case.in_review()
    dossier = case.dossier()
    assert (dossier.person, dossier.verification, dossier.claims) == (case.person, verification, (claim,))
    assert dossier.consents[0].withdrawn_at_utc is None
    assert dossier.interview is not None and len(dossier.interview.turns) == 5
    assert [(one.competency.title, len(one.evidence)) for one in dossier.found] == [
        ("Civil procedure", 2),
        ("Conflicts of interest", 2),
        ("Drafting", 0),
    ]
    assert [(one.from_status, one.to_status, one.actor) for one in dossier.history] == [
        ("", "interested", "Ada Quill"),
        ("interested", "interviewing", "Ada Quill"),
        ("interviewing", "assessing", "Ada Quill"),
        ("assessing", "in_review", "system"),
    ]
    with case.store.begin() as unit, pytest.raises(NotFound):
        dossiers.dossier(unit, 999, PACKS)


def test_evidence_is_shown_though_the_pack_lost_its_competency(case: Case) -> None:
    """Nothing that was found disappears from the page."""
    verification = case.in_review()
    with case.store.begin() as unit:
        found = dossiers.dossier(unit, verification.id, {}).found
    assert [(one.competency.id, len(one.evidence)) for one in found] == [("procedure", 2), ("conflicts", 2)]


def test_verified_until_the_end_of_a_day(case: Case) -> None:
    """It counts through that day, and each change raises the revision and adds to the history."""
    verification = case.in_review()
    with case.store.begin() as unit:
        verified = actions.verify(unit, case.manager, verification.id, dt.date(2026, 3, 2), " Good answers. ", LATER)
    assert (verified.status, verified.reason, verified.revision) == ("verified", "Good answers.", verification.revision + 1)
    assert verified.in_force(dt.datetime(2026, 3, 2, 23, 59, tzinfo=dt.timezone.utc))
    assert not verified.in_force(dt.datetime(2026, 3, 3, tzinfo=dt.timezone.utc))
    assert case.verification() == verified
    last = case.dossier().history[-1]
    assert (last.to_status, last.actor, last.reason, last.at_utc) == ("verified", "boss@example.org", "Good answers.", LATER)


@pytest.mark.parametrize("until", [dt.date(2026, 3, 1), dt.date(2020, 1, 1), dt.date(2037, 1, 1), dt.date.max])
def test_a_date_that_makes_no_sense_is_refused(case: Case, until: dt.date) -> None:
    """Today, the past, and the far future."""
    verification = case.in_review()
    with case.store.begin() as unit, pytest.raises(BadInput, match="[Cc]hoose a date"):
        actions.verify(unit, case.manager, verification.id, until, "", NOW)


def test_declining_and_revoking_need_a_reason(case: Case) -> None:
    """The candidate reads it."""
    verification = case.in_review()
    with case.store.begin() as unit:
        with pytest.raises(BadInput, match="reason"):
            actions.decline(unit, case.manager, verification.id, "  ", NOW)
        actions.verify(unit, case.manager, verification.id, dt.date(2027, 1, 1), "", NOW)
        with pytest.raises(BadInput, match="reason"):
            actions.revoke(unit, case.manager, verification.id, "", NOW)
        with pytest.raises(BadInput, match="at most"):
            actions.revoke(unit, case.manager, verification.id, "x" * 2001, NOW)
        revoked = actions.revoke(unit, case.manager, verification.id, "Licence lost.", NOW)
    assert (revoked.status, revoked.valid_until_utc, revoked.reason) == ("revoked", None, "Licence lost.")


def test_only_managers_decide_and_nobody_about_themselves(case: Case) -> None:
    """A manager may be a candidate; another manager decides."""
    verification = case.in_review()
    with case.store.begin() as unit:
        for decide in (actions.decline, actions.revoke):
            with pytest.raises(Forbidden, match="Only a manager"):
                decide(unit, case.person, verification.id, "Because.", NOW)
        promoted = members.joined(unit, 7, "ada@example.org", "Ada Quill", "manager", NOW)
        with pytest.raises(Forbidden, match="themselves"):
            actions.verify(unit, promoted, verification.id, dt.date(2027, 1, 1), "", NOW)
        with pytest.raises(NotFound):
            actions.decline(unit, case.manager, 999, "Because.", NOW)
    assert case.verification() == verification


def test_nobody_is_decided_about_before_the_review_or_twice(case: Case) -> None:
    """No interview, no verdict; a second verdict is a conflict."""
    verification = case.interested()
    with case.store.begin() as unit, pytest.raises(Conflict):
        actions.verify(unit, case.manager, verification.id, dt.date(2027, 1, 1), "", NOW)
    verification = case.in_review()

    def decline(unit: UnitOfWork) -> Verification:
        return actions.decline(unit, case.manager, verification.id, "Too little so far.", NOW)

    assert isinstance(overlapping(case.store, decline, decline), Conflict)
    assert case.verification().revision == verification.revision + 1


def test_specialties_level_and_checked_entries_are_noted_with_the_verification(case: Case) -> None:
    """In the pack's order; the licence counts from then on, with who checked it and when; changed by the person it is claimed again."""
    case.consent()
    with case.store.begin() as unit:
        licence = forms.add(unit, case.person, "licence", LICENCE, NOW)
        work = forms.add(unit, case.person, "work", WORK, NOW)
        language = forms.add(unit, case.person, "language", {"code": "de", "proficiency": "native"}, NOW)
    verification = case.in_review()
    day = dt.date(2027, 1, 1)
    with case.store.begin() as unit:
        for wrong in ({"specialties": ["tax"]}, {"level": 0}, {"level": 6}, {"checked_claims": [work.id]}, {"checked_claims": [999]}):
            with pytest.raises(BadInput):
                actions.verify(unit, case.manager, verification.id, day, "", LATER, packs=PACKS, **wrong)  # type: ignore[arg-type]
    assert case.verification() == verification
    with case.store.begin() as unit:
        verified = actions.verify(
            unit, case.manager, verification.id, day, "", LATER, specialties=["contracts"], level=4, checked_claims=[licence.id, language.id],
            packs=PACKS,
        )
    assert (verified.status, verified.specialties, verified.level) == ("verified", ("contracts",), 4)
    assert case.verification() == verified
    assert [(one.id, one.status, one.checked_at_utc) for one in case.dossier().claims] == [
        (licence.id, "human-verified", LATER), (work.id, "claimed", None), (language.id, "human-verified", LATER),
    ]
    with case.store.begin() as unit:
        [candidate] = unit.candidates.those([7], LATER)
        assert [one.kind for one in candidate.credentials] == ["bar"] and [one.code for one in candidate.languages] == ["de"]
        forms.change(unit, case.person, licence.id, LICENCE, LATER)
        [candidate] = unit.candidates.those([7], LATER)
        assert candidate.credentials == ()
    assert [(one.status, one.checked_at_utc) for one in case.dossier().claims][0] == ("claimed", None)


def test_what_was_found_of_a_verified_person_can_be_amended(case: Case) -> None:
    """Specialties, level and checked entries change; date and standing stay; the history tells of it."""
    case.consent()
    with case.store.begin() as unit:
        licence = forms.add(unit, case.person, "licence", LICENCE, NOW)
    verification = case.in_review()
    with case.store.begin() as unit:
        with pytest.raises(Conflict, match="verified"):
            actions.amend(unit, case.manager, verification.id, "", LATER, specialties=[], level=3, packs=PACKS)
        before = actions.verify(unit, case.manager, verification.id, dt.date(2027, 1, 1), "", LATER)
    with case.store.begin() as unit:
        after = actions.amend(
            unit, case.manager, verification.id, "", LATER, specialties=["contracts"], level=2, checked_claims=[licence.id], packs=PACKS
        )
    assert (after.specialties, after.level, after.valid_until_utc, after.updated_at_utc) == (("contracts",), 2, before.valid_until_utc, LATER)
    assert after.revision == before.revision + 1 and case.dossier().claims[0].is_checked
    last = case.dossier().history[-1]
    assert (last.from_status, last.to_status, last.reason) == ("verified", "verified", "Specialties, level or checked entries changed.")
    with case.store.begin() as unit:
        actions.amend(
            unit, case.manager, verification.id, "Register says no.", LATER, specialties=[], level=None, unchecked_claims=[licence.id], packs=PACKS
        )
    assert not case.dossier().claims[0].is_checked and case.verification().level is None


def test_suspended_and_resumed_as_it_was(case: Case) -> None:
    """Not in force in between; date, specialties and level come back; not past its date, and with a reason in the history."""
    verification = case.in_review()
    with case.store.begin() as unit:
        verified = actions.verify(unit, case.manager, verification.id, dt.date(2027, 1, 1), "", LATER, specialties=["contracts"], level=4, packs=PACKS)
        with pytest.raises(Conflict, match="not suspended"):
            actions.resume(unit, case.manager, verification.id, "", LATER)
        with pytest.raises(BadInput, match="reason"):
            actions.suspend(unit, case.manager, verification.id, " ", LATER)
        suspended = actions.suspend(unit, case.manager, verification.id, "Complaint.", LATER)
        assert not suspended.in_force(LATER)
        with pytest.raises(Conflict, match="already"):
            actions.suspend(unit, case.manager, verification.id, "Complaint.", LATER)
        with pytest.raises(Conflict, match="Resume it"):
            actions.verify(unit, case.manager, verification.id, dt.date(2027, 1, 1), "", LATER)
        with pytest.raises(Conflict, match="date has passed"):
            actions.resume(unit, case.manager, verification.id, "", dt.datetime(2027, 1, 2, tzinfo=dt.timezone.utc))
        resumed = actions.resume(unit, case.manager, verification.id, "Settled.", LATER)
    assert resumed.in_force(LATER)
    assert (resumed.valid_until_utc, resumed.specialties, resumed.level) == (verified.valid_until_utc, verified.specialties, verified.level)
    assert [(one.to_status, one.reason) for one in case.dossier().history][-2:] == [("suspended", "Complaint."), ("verified", "Settled.")]
    with case.store.begin() as unit:
        late = dt.datetime(2027, 1, 2, tzinfo=dt.timezone.utc)
        with pytest.raises(Conflict, match="expired"):
            actions.suspend(unit, case.manager, verification.id, "Late.", late)
        with pytest.raises(Forbidden):
            actions.suspend(unit, case.person, verification.id, "Mine.", LATER)
