"""What candidates may do about a review: answer what was asked, correct, appeal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ls_expert_plugin.errors import BadInput, Conflict, Forbidden, NotFound
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.assessment import run
from ls_expert_plugin.vetting.interview import session
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.review import appeals
from ls_expert_plugin.vetting.review.decisions import actions
from tests.support.builders.review_case import DAY, UNTIL, appeal, decline, second_manager, verify
from tests.support.builders.vetting_case import LATER, PACK, PACKS, Case
from tests.support.builders.vetting_samples import LICENCE, LONG_ENOUGH, NOW

pytestmark = pytest.mark.database


@pytest.fixture
def case(store: Database) -> Case:
    """A candidate and a manager in an empty database."""
    return Case(store)


def test_more_is_asked_and_answered(case: Case) -> None:
    """The candidate reads what is missing and answers; in between nobody decides, and only the candidate answers, once."""
    verification, other = case.in_review(), second_manager(case)
    with case.store.begin() as unit:
        with pytest.raises(BadInput):
            actions.ask_more(unit, case.manager, verification.id, " ", LATER)
        asked = actions.ask_more(unit, case.manager, verification.id, "Which court?", LATER)
        assert (asked.status, asked.reason) == ("more_asked", "Which court?")
        with pytest.raises(Conflict):
            actions.verify(unit, case.manager, verification.id, UNTIL, "", LATER, packs=PACKS)
        with pytest.raises(Conflict):
            actions.decline(unit, case.manager, verification.id, "Slow.", LATER)
        with pytest.raises(NotFound):
            appeals.respond(unit, other, verification.id, "Mine.", LATER)
        with pytest.raises(BadInput):
            appeals.respond(unit, case.person, verification.id, "", LATER)
        assert appeals.respond(unit, case.person, verification.id, "The district court.", LATER).status == "in_review"
        with pytest.raises(Conflict):
            appeals.respond(unit, case.person, verification.id, "Again.", LATER)
    assert [(one.kind, one.text) for one in case.dossier().notes("request", "answer")] == [
        ("request", "Which court?"), ("answer", "The district court."),
    ]


def test_more_may_be_answered_by_a_further_interview(case: Case) -> None:
    """It comes back to review with the new interview; the earlier one stays in the dossier."""
    verification = case.in_review()
    first = case.dossier().interview
    with case.store.begin() as unit:
        actions.ask_more(unit, case.manager, verification.id, "Tell more.", LATER)
        held = session.start(unit, case.person, verification.id, PACK, LATER)
    question: Any = held.turns[-1]
    while question is not None:
        case.answer(held.id, question.position, LONG_ENOUGH)
        question = case.ask_next(held.id)
    run.run(case.store, held.id, PACKS, None, LATER)
    dossier = case.dossier()
    assert dossier.verification.status == "in_review" and dossier.interview is not None and dossier.interview.id == held.id
    assert dossier.earlier == (first,)


def test_a_review_goes_on_without_an_answer(case: Case) -> None:
    """A manager need not wait for ever."""
    verification = case.in_review()
    with case.store.begin() as unit:
        with pytest.raises(Conflict, match="Nothing is being waited for"):
            actions.take_up(unit, case.manager, verification.id, "", LATER)
        actions.ask_more(unit, case.manager, verification.id, "Tell more.", LATER)
        assert actions.take_up(unit, case.manager, verification.id, "", LATER).status == "in_review"


def test_a_correction_stands_beside_and_changes_nothing(case: Case) -> None:
    """It is kept with what it is about; evidence, claims and standing are as they were; a page opened before counts as old."""
    case.consent()
    with case.store.begin() as unit:
        licence = forms.add(unit, case.person, "licence", LICENCE, NOW)
    verification = case.in_review()
    before = case.dossier()
    with case.store.begin() as unit:
        for about in ("competency:procedure", f"claim:{licence.id}", "decision"):
            appeals.correct(unit, case.person, verification.id, about, f"About {about}.", LATER)
        for wrong in ("claim:999", "competency:", "transcript", "competency:" + "x" * 90, "", "claim:"):
            with pytest.raises(BadInput):
                appeals.correct(unit, case.person, verification.id, wrong, "Hm.", LATER)
        with pytest.raises(NotFound):
            appeals.correct(unit, case.manager, verification.id, "decision", "Hm.", LATER)
    after = case.dossier()
    assert [one.text for one in after.notes("correction", about="competency:procedure")] == ["About competency:procedure."]
    assert (after.found, after.claims, after.verification.status) == (before.found, before.claims, "in_review")
    assert after.verification.revision == before.verification.revision + 3
    assert after.weighed is not None and any(one.title.startswith("Corrections") and one.found.startswith("3") for one in after.weighed.checks)


def test_there_is_nothing_to_correct_before_something_was_found(case: Case) -> None:
    """An interview that is going on has no result yet; and there is an end to notes."""
    case.start()
    verification = case.verification()
    with case.store.begin() as unit, pytest.raises(Conflict):
        appeals.correct(unit, case.person, verification.id, "decision", "Hm.", NOW)


def test_notes_have_an_end(case: Case) -> None:
    """Nobody buries a reviewer in notes."""
    verification = case.in_review()
    with case.store.begin() as unit:
        for number in range(appeals.MOST_CORRECTIONS):
            appeals.correct(unit, case.person, verification.id, "decision", f"Note {number}.", LATER)
        with pytest.raises(BadInput, match="50 reports"):
            appeals.correct(unit, case.person, verification.id, "decision", "One more.", LATER)


def test_an_appeal_goes_to_another_reviewer(case: Case) -> None:
    """Whoever declined can neither verify nor decline nor ask; somebody else can, and there is one appeal."""
    verification, second = case.in_review(), second_manager(case)
    decline(case, verification)
    assert appeal(case, verification).status == "in_review"
    with case.store.begin() as unit:
        for decide in (actions.decline, actions.ask_more):
            with pytest.raises(Forbidden, match="Another manager"):
                decide(unit, case.manager, verification.id, "Still.", LATER)
    with pytest.raises(Forbidden, match="Another manager"):
        verify(case, verification)
    assert case.dossier().appealed and case.dossier().entries[-1].text == "You overlooked the second answer."
    assert decline(case, verification, second).status == "declined"
    with pytest.raises(Conflict, match="apply again"):
        appeal(case, verification)


def test_an_appeal_may_succeed_and_a_revocation_may_be_appealed(case: Case) -> None:
    """Verified by the second; what the second later revokes goes to the first."""
    verification, second = case.in_review(), second_manager(case)
    decline(case, verification)
    appeal(case, verification)
    assert verify(case, verification, second).status == "verified"
    with case.store.begin() as unit:
        actions.revoke(unit, second, verification.id, "Complaint.", LATER)
    appeal(case, verification)
    with pytest.raises(Forbidden):
        verify(case, verification, second)
    assert verify(case, verification).status == "verified"


def test_an_appeal_has_a_time_and_an_owner(case: Case) -> None:
    """30 days to the second; not somebody else's; with a reason; not against what was not refused."""
    verification, second = case.in_review(), second_manager(case)
    with pytest.raises(Conflict):
        appeal(case, verification)
    decline(case, verification)
    with pytest.raises(Conflict, match="the time for it has passed"):
        appeal(case, verification, LATER + 30 * DAY)
    with case.store.begin() as unit:
        with pytest.raises(NotFound):
            appeals.appeal(unit, second, verification.id, "Mine.", PACK, LATER)
        with pytest.raises(BadInput):
            appeals.appeal(unit, case.person, verification.id, " ", PACK, LATER)
    assert appeal(case, verification, LATER + 30 * DAY - dt.timedelta(seconds=1)).status == "in_review"
