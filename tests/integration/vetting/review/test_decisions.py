"""Decisions on real databases: two reviewers, more asked, corrections, appeals, verifying by the policy, recheck and expiry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.errors import BadInput, Conflict, Forbidden, NotFound
from ls_expert_plugin.routing import memberships, requirements
from ls_expert_plugin.routing.requirements import TargetState
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.tables import WorkEventRow
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.assessment import run
from ls_expert_plugin.vetting.grounds import CompetencyLevel, Grounds, InterviewResult, LicenceGround
from ls_expert_plugin.vetting.interview import session
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.review import appeals, auto_verify, decisions, overrides, recheck_job
from ls_expert_plugin.vetting.review.recheck import Expire, Remind, Settle
from ls_expert_plugin.vetting.values import Person, Verification
from tests.support.builders.vetting_case import LATER, PACK, PACKS, Case, at_once
from tests.support.builders.vetting_samples import LICENCE, LONG_ENOUGH, NOW, pack

pytestmark = pytest.mark.database

UNTIL = dt.date(2027, 1, 1)
DAY = dt.timedelta(days=1)
TWO = {"law": pack(policy={"reviewers": 2})}
LICENSED = {"law": pack(policy={"required_credentials": ["bar"], "recheck": {"dormant_after_days": 100, "on_new_version": True}})}


@pytest.fixture
def case(store: Database) -> Case:
    """A candidate and a manager in an empty database."""
    return Case(store)


def _second(case: Case, ls_user_id: int = 2) -> Person:
    with case.store.begin() as unit:
        return members.joined(unit, ls_user_id, f"{ls_user_id}@example.org", f"Manager {ls_user_id}", "manager", NOW)


def _verify(case: Case, verification: Verification, manager: Person | None = None, packs: Mapping[str, Pack] = PACKS, **more: Any) -> Verification:
    with case.store.begin() as unit:
        return decisions.verify(unit, manager or case.manager, verification.id, UNTIL, "", LATER, packs=packs, **more)


def _decline(case: Case, verification: Verification, manager: Person | None = None, packs: Mapping[str, Pack] = PACKS) -> Verification:
    with case.store.begin() as unit:
        return decisions.decline(unit, manager or case.manager, verification.id, "Too little.", LATER, packs=packs)


def _appeal(case: Case, verification: Verification, now: dt.datetime = LATER) -> Verification:
    with case.store.begin() as unit:
        return appeals.appeal(unit, case.person, verification.id, "You overlooked the second answer.", PACK, now)


def test_with_two_reviewers_the_first_verdict_is_a_proposal(case: Case) -> None:
    """Still in review after one, and after the same person's second; verified with what the second found; both stand there."""
    verification, second = case.in_review(), _second(case)
    for _ in range(2):
        assert _verify(case, verification, packs=TWO, specialties=["contracts"], level=5).status == "in_review"
    assert "Proposed to verify" in case.dossier().history[-1].reason and case.dossier().history[-1].actor == "boss@example.org"
    decided = _verify(case, verification, second, TWO, specialties=["contracts"], level=3)
    assert (decided.status, decided.level, decided.specialties) == ("verified", 3, ("contracts",))
    assert [(one.author, one.details["to"], one.details["level"]) for one in case.dossier().verdicts] == [
        ("boss@example.org", "verified", 5), ("Manager 2", "verified", 3),
    ]


def _amend(case: Case, verification: Verification, manager: Person, packs: Mapping[str, Pack] = TWO, **to: Any) -> Verification:
    with case.store.begin() as unit:
        return decisions.amend(unit, manager, verification.id, "Read again.", LATER, packs=packs, **{"specialties": [], "level": 3, **to})


def _renew(case: Case, verification: Verification, manager: Person, until: dt.date, note: str = "", packs: Mapping[str, Pack] = TWO) -> Verification:
    with case.store.begin() as unit:
        return decisions.renew(unit, manager, verification.id, until, note, LATER, packs=packs)


def test_with_two_reviewers_nobody_alone_makes_more_of_somebody(case: Case) -> None:
    """A higher level, a specialty, a looked up entry, a later date: each waits for another reviewer, and the smaller holds. Less is done at once."""
    verification, second = case.in_review(), _second(case)
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", LICENCE, NOW)
    [licence] = case.dossier_claims()
    _verify(case, verification, packs=TWO, level=5, checked_claims=[licence.id])
    assert not case.dossier_claims()[0].is_checked, "the first one's tick counts only once it is decided"
    with case.store.begin() as unit:
        decisions.verify(unit, second, verification.id, dt.date(2026, 6, 1), "Only basics.", LATER, level=3, packs=TWO, checked_claims=[licence.id])
    verified = case.verification()
    assert (verified.status, verified.level, str(verified.valid_until_utc)[:10]) == ("verified", 3, "2026-06-01")
    assert case.dossier_claims()[0].is_checked
    assert _amend(case, verification, case.manager, level=5, specialties=["contracts"]).level == 3
    assert _amend(case, verification, case.manager, level=5, specialties=["contracts"]).level == 3, "twice the same person is one"
    assert "Proposed to change" in case.dossier().history[-1].reason
    assert _renew(case, verification, case.manager, dt.date(2036, 1, 1)).valid_until_utc == verified.valid_until_utc
    renewed = _renew(case, verification, second, dt.date(2027, 1, 1))
    assert str(renewed.valid_until_utc)[:10] == "2027-01-01"
    lower = _amend(case, verification, second, level=2)
    assert lower.level == 2, "less needs no second one"
    assert _amend(case, verification, second, level=5, specialties=["contracts"]).level == 2, "what was proposed before is void by then"
    raised = _amend(case, verification, case.manager, level=4, specialties=["contracts"])
    assert (raised.level, raised.specialties) == (4, ("contracts",))


def test_histories_keep_the_names_of_the_time(case: Case) -> None:
    """Whoever is called otherwise later has decided under the name that they had; a person who is erased is named nowhere."""
    verification = case.in_review()
    _decline(case, verification)
    _appeal(case, verification)
    with case.store.begin() as unit:
        members.joined(unit, case.manager.ls_user_id, "boss@example.org", "Somebody Else", "manager", LATER)
        members.joined(unit, case.person.ls_user_id, "ada@example.org", "Ada Admin", "expert", LATER)
    dossier = case.dossier()
    assert {one.actor for one in dossier.history} == {"boss@example.org", "Ada Quill", "system"}
    assert {one.author for one in dossier.entries} == {"boss@example.org", "Ada Quill"}
    with case.store.begin() as unit:
        unit.erasures.rename(case.person.id)
    dossier = case.dossier()
    assert not {"Ada Quill", "Ada Admin"} & ({one.actor for one in dossier.history} | {one.author for one in dossier.entries})


def test_going_against_the_policy_takes_a_reason(case: Case) -> None:
    """A licence that is missing: refused without one, and nothing has changed; with one it is kept, told to the person and counted."""
    verification = case.in_review()
    with pytest.raises(BadInput, match=r"against the policy: Licence, looked up by a person: None of: Bar admission\. Write why"):
        _verify(case, verification, packs=LICENSED)
    assert case.verification() == verification
    with case.store.begin() as unit:
        verified = decisions.verify(unit, case.manager, verification.id, UNTIL, "Known to us.", LATER, packs=LICENSED)
        assert verified.reason.startswith("Known to us.\nAgainst the policy: Licence, looked up by a person")
    with pytest.raises(BadInput, match="Write why"):
        _renew(case, verification, case.manager, dt.date(2028, 1, 1), packs=LICENSED)
    _renew(case, verification, case.manager, dt.date(2028, 1, 1), "Still known.", packs=LICENSED)
    with case.store.read() as unit:
        [counted] = overrides.count(unit.reviews.verdicts_by_domain())
    assert (counted.decisions, counted.against, counted.conditions) == (2, 2, (("Licence, looked up by a person", 2),))


def test_a_looked_up_licence_is_within_the_policy(case: Case) -> None:
    """Ticking it and verifying is one step, and needs no reason."""
    verification = case.in_review()
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", LICENCE, NOW)
    [licence] = case.dossier_claims()
    assert _verify(case, verification, packs=LICENSED, checked_claims=[licence.id]).status == "verified"
    with case.store.read() as unit:
        assert overrides.count(unit.reviews.verdicts_by_domain())[0].against == 0


def test_reviewers_who_disagree_decide_nothing(case: Case) -> None:
    """It is shown; a third, or a change of mind, decides."""
    verification, second, third = case.in_review(), _second(case), _second(case, 3)
    _verify(case, verification, packs=TWO)
    assert not case.dossier().disagrees
    assert _decline(case, verification, second, TWO).status == "in_review"
    assert case.dossier().disagrees
    declined = _decline(case, verification, third, TWO)
    assert (declined.status, declined.reason) == ("declined", "Too little.")


def test_two_proposals_at_the_same_moment_decide_together(case: Case) -> None:
    """Whichever comes second is the second reviewer's."""
    verification, second = case.in_review(), _second(case)
    results = at_once(lambda: _verify(case, verification, packs=TWO), lambda: _verify(case, verification, second, TWO))
    assert sorted(one.status if isinstance(one, Verification) else repr(one) for one in results) == ["in_review", "verified"]


def test_a_proposal_of_an_earlier_round_does_not_count(case: Case) -> None:
    """After more was asked and answered, two look again."""
    verification, second = case.in_review(), _second(case)
    _verify(case, verification, packs=TWO)
    with case.store.begin() as unit:
        decisions.ask_more(unit, second, verification.id, "Which court?", LATER)
        appeals.respond(unit, case.person, verification.id, "The district court.", LATER)
    assert _verify(case, verification, second, TWO).status == "in_review"
    assert _verify(case, verification, packs=TWO).status == "verified"


def test_what_a_review_must_look_at_is_ticked_first(case: Case) -> None:
    """Verifying without it is refused and changes nothing; declining needs no tick."""
    packs = {"law": pack(policy={"look_at": ["Compare the names."]})}
    verification = case.in_review()
    with pytest.raises(BadInput, match=r"tick it: Compare the names\."):
        _verify(case, verification, packs=packs)
    assert case.verification() == verification and case.dossier().entries == ()
    assert _verify(case, verification, packs=packs, looked_at=["Compare the names."]).status == "verified"
    assert case.dossier().entries[0].details["looked_at"] == ["Compare the names."]


def test_more_is_asked_and_answered(case: Case) -> None:
    """The candidate reads what is missing and answers; in between nobody decides, and only the candidate answers, once."""
    verification, other = case.in_review(), _second(case)
    with case.store.begin() as unit:
        with pytest.raises(BadInput):
            decisions.ask_more(unit, case.manager, verification.id, " ", LATER)
        asked = decisions.ask_more(unit, case.manager, verification.id, "Which court?", LATER)
        assert (asked.status, asked.reason) == ("more_asked", "Which court?")
        with pytest.raises(Conflict):
            decisions.verify(unit, case.manager, verification.id, UNTIL, "", LATER, packs=PACKS)
        with pytest.raises(Conflict):
            decisions.decline(unit, case.manager, verification.id, "Slow.", LATER)
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
        decisions.ask_more(unit, case.manager, verification.id, "Tell more.", LATER)
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
            decisions.take_up(unit, case.manager, verification.id, "", LATER)
        decisions.ask_more(unit, case.manager, verification.id, "Tell more.", LATER)
        assert decisions.take_up(unit, case.manager, verification.id, "", LATER).status == "in_review"


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
        with pytest.raises(BadInput, match="50 notes"):
            appeals.correct(unit, case.person, verification.id, "decision", "One more.", LATER)


def test_an_appeal_goes_to_another_reviewer(case: Case) -> None:
    """Whoever declined can neither verify nor decline nor ask; somebody else can, and there is one appeal."""
    verification, second = case.in_review(), _second(case)
    _decline(case, verification)
    assert _appeal(case, verification).status == "in_review"
    with case.store.begin() as unit:
        for decide in (decisions.decline, decisions.ask_more):
            with pytest.raises(Forbidden, match="Another manager"):
                decide(unit, case.manager, verification.id, "Still.", LATER)
    with pytest.raises(Forbidden, match="Another manager"):
        _verify(case, verification)
    assert case.dossier().appealed and case.dossier().entries[-1].text == "You overlooked the second answer."
    assert _decline(case, verification, second).status == "declined"
    with pytest.raises(Conflict, match="start again"):
        _appeal(case, verification)


def test_an_appeal_may_succeed_and_a_revocation_may_be_appealed(case: Case) -> None:
    """Verified by the second; what the second later revokes goes to the first."""
    verification, second = case.in_review(), _second(case)
    _decline(case, verification)
    _appeal(case, verification)
    assert _verify(case, verification, second).status == "verified"
    with case.store.begin() as unit:
        decisions.revoke(unit, second, verification.id, "Complaint.", LATER)
    _appeal(case, verification)
    with pytest.raises(Forbidden):
        _verify(case, verification, second)
    assert _verify(case, verification).status == "verified"


def test_an_appeal_has_a_time_and_an_owner(case: Case) -> None:
    """30 days to the second; not somebody else's; with a reason; not against what was not refused."""
    verification, second = case.in_review(), _second(case)
    with pytest.raises(Conflict):
        _appeal(case, verification)
    _decline(case, verification)
    with pytest.raises(Conflict, match="the time for it has passed"):
        _appeal(case, verification, LATER + 30 * DAY)
    with case.store.begin() as unit:
        with pytest.raises(NotFound):
            appeals.appeal(unit, second, verification.id, "Mine.", PACK, LATER)
        with pytest.raises(BadInput):
            appeals.appeal(unit, case.person, verification.id, " ", PACK, LATER)
    assert _appeal(case, verification, LATER + 30 * DAY - dt.timedelta(seconds=1)).status == "in_review"


GROUNDS = Grounds(InterviewResult(3, scored=(CompetencyLevel("procedure", 3), CompetencyLevel("conflicts", 4))), (LicenceGround(1, "bar", "human-verified"),))
BY_ITSELF = pack(policy={"auto_verify": True, "required_credentials": ["bar"]})


def _by_policy(case: Case, verification: Verification, asked: Pack = BY_ITSELF, grounds: Grounds = GROUNDS) -> Verification | None:
    with case.store.begin() as unit:
        return auto_verify.verify_by_policy(unit, verification.id, asked, grounds, LATER)


def test_the_policy_verifies_whoever_has_everything(case: Case) -> None:
    """As the system, for as long as the pack says, with a reason; off by default; never refusing."""
    verification = case.in_review()
    assert _by_policy(case, verification, PACK) is None
    assert _by_policy(case, verification, grounds=Grounds()) is None
    assert case.verification() == verification
    verified = _by_policy(case, verification)
    assert verified is not None and (verified.status, verified.reason) == ("verified", auto_verify.REASON)
    assert verified.valid_until_utc == dt.datetime(2028, 2, 29, 23, 59, 59, tzinfo=dt.timezone.utc)
    assert case.dossier().history[-1].actor == "system"


def test_what_a_person_has_begun_stays_with_people(case: Case) -> None:
    """A word of the candidate's beside it, a question asked, or a refusal before: the policy verifies nobody then."""
    verification = case.in_review()
    with case.store.begin() as unit:
        appeals.correct(unit, case.person, verification.id, "decision", "Not so.", LATER)
    assert _by_policy(case, verification) is None


def test_the_policy_does_not_undo_what_a_person_took_back(case: Case) -> None:
    """Verified by the policy, revoked by a manager, started again: a person looks."""
    assert _by_policy(case, case.in_review()) is not None
    with case.store.begin() as unit:
        decisions.revoke(unit, case.manager, 1, "Complaint.", LATER)
    again = case.in_review()
    assert again.status == "in_review" and case.dossier().entries == () and _by_policy(case, again) is None


def test_on_what_is_stored_nobody_is_verified_without_levels(case: Case) -> None:
    """The worker asks the policy after each interview; passages alone are no levels."""
    verification = case.in_review()
    held = case.dossier().interview
    assert held is not None and auto_verify.verify_after(case.store, held.id, {"law": BY_ITSELF}, LATER) is None
    assert case.verification() == verification


def _verified(case: Case, expires_on: str = "") -> Verification:
    case.consent()
    with case.store.begin() as unit:
        licence = forms.add(unit, case.person, "licence", {**LICENCE, "expires_on": expires_on}, NOW)
    verification = case.in_review()
    with case.store.begin() as unit:
        unit.projects.heard_of(3, "Clauses", NOW)
        requirements.apply(unit, {3: TargetState(Requirement("law"))}, LICENSED, NOW, unrestricted=False)
    verified = _verify(case, verification, packs=LICENSED, checked_claims=[licence.id])
    _recompute(case, LATER)
    return verified


def _recompute(case: Case, now: dt.datetime) -> None:
    with case.store.begin() as unit:
        memberships.catch_up(unit, LICENSED, now, unrestricted=False)


def _inside(case: Case, now: dt.datetime) -> list[bool]:
    with case.store.read() as unit:
        return [one.in_force(now) for one in unit.memberships.of(7)]


def _again(case: Case, now: dt.datetime, packs: Mapping[str, Pack] = LICENSED, **more: bool) -> list[type]:
    return [type(one.step) for one in recheck_job.recheck_all(case.store, packs, now, **more)]


def test_a_licence_that_ends_reminds_then_expires_and_takes_the_memberships_along(case: Case) -> None:
    """A month before: a reminder, once. At the end of the grace period: expired, in the history, and the project is closed."""
    verification = _verified(case, expires_on="2026-05-01")
    assert _again(case, LATER) == [] and _inside(case, LATER) == [True]
    soon = dt.datetime(2026, 4, 10, 9, tzinfo=dt.timezone.utc)
    assert _again(case, soon, dry_run=True) == [Remind] and case.dossier().reminders == ()
    assert _again(case, soon) == [Remind] and _again(case, soon) == []
    [reminder] = case.dossier().reminders
    assert (reminder.cause, reminder.until_utc) == ("licence", soon + 30 * DAY) and "1 May 2026" in reminder.text
    assert _again(case, reminder.until_utc - dt.timedelta(seconds=1)) == []
    assert _again(case, reminder.until_utc) == [Expire] and _again(case, reminder.until_utc) == []
    expired = case.verification()
    assert (expired.status, expired.valid_until_utc) == ("expired", reminder.until_utc)
    assert expired.reason.startswith("Looked at again") and case.dossier().reminders == ()
    assert [(one.to_status, one.actor) for one in case.dossier().history][-1] == ("expired", "system")
    _recompute(case, reminder.until_utc)
    assert _inside(case, reminder.until_utc) == [False]
    assert expired.revision == verification.revision + 1


def test_a_new_date_settles_it_once_it_is_looked_up(case: Case) -> None:
    """The person enters it, which settles nothing; a manager confirms it, which does."""
    verification = _verified(case, expires_on="2026-05-01")
    soon = dt.datetime(2026, 4, 10, 9, tzinfo=dt.timezone.utc)
    _again(case, soon)
    [licence] = case.dossier().claims
    with case.store.begin() as unit:
        forms.change(unit, case.person, licence.id, {**LICENCE, "expires_on": "2029-05-01"}, soon)
    assert _again(case, soon) == [] and len(case.dossier().reminders) == 1
    with case.store.begin() as unit:
        decisions.amend(unit, case.manager, verification.id, "", soon, specialties=[], level=None, checked_claims=[licence.id], packs=PACKS)
    assert _again(case, soon) == [Settle] and case.dossier().reminders == ()
    assert _again(case, soon + 60 * DAY) == []


def test_a_manager_renews(case: Case) -> None:
    """The date moves, reminders are settled, the history tells; not about oneself, not into the past, not after the end."""
    verification = _verified(case)
    newer = {"law": pack(version=4, policy=LICENSED["law"].policy.model_dump(mode="json"))}
    assert _again(case, LATER, newer) == [Remind]
    assert case.dossier().reminders[0].cause == "version"
    with case.store.begin() as unit:
        with pytest.raises(BadInput):
            decisions.renew(unit, case.manager, verification.id, NOW.date(), "", LATER)
        with pytest.raises(Forbidden):
            decisions.renew(unit, case.person, verification.id, dt.date(2028, 1, 1), "", LATER)
        renewed = decisions.renew(unit, case.manager, verification.id, dt.date(2028, 1, 1), "Read again.", LATER)
    assert renewed.in_force(dt.datetime(2028, 1, 1, 12, tzinfo=dt.timezone.utc))
    assert case.dossier().reminders == () and case.dossier().history[-1].reason == "Looked at again; until 2028-01-01.\nRead again."
    assert _again(case, LATER, newer) == []
    _recompute(case, LATER)
    assert _inside(case, dt.datetime(2027, 6, 1, tzinfo=dt.timezone.utc)) == [True]


def test_work_settles_dormancy(case: Case) -> None:
    """100 days without an annotation in the domain: reminded. One annotation: settled."""
    _verified(case)
    idle = LATER + 100 * DAY
    assert _again(case, idle - DAY) == []
    assert _again(case, idle) == [Remind]
    _work(case, idle + DAY, project=99)
    assert _again(case, idle + DAY) == []
    _work(case, idle + 2 * DAY, project=3)
    assert _again(case, idle + 2 * DAY) == [Settle]


def _work(case: Case, at: dt.datetime, *, project: int) -> None:
    def write(unit: UnitOfWork) -> None:
        unit.session.add(WorkEventRow(
            outbox_id=f"{project}.{at.isoformat()}", kind="annotation_created", ls_user_id=7, ls_project_id=project, ls_annotation_id=1, at_utc=at,
        ))

    with case.store.begin() as unit:
        write(unit)


def test_a_date_that_passed_is_written_down(case: Case) -> None:
    """Announced a month before, expired on the day, also where the pack is gone; the date stays."""
    verification = _verified(case)
    _work(case, dt.datetime(2026, 12, 1, tzinfo=dt.timezone.utc), project=3)
    assert _again(case, dt.datetime(2026, 12, 5, tzinfo=dt.timezone.utc)) == [Remind]
    end = dt.datetime(2027, 1, 2, tzinfo=dt.timezone.utc)
    assert _again(case, end, {}) == [Expire]
    assert (case.verification().status, case.verification().valid_until_utc) == ("expired", verification.valid_until_utc)


def test_a_suspended_verification_is_left_alone(case: Case) -> None:
    """Nobody is reminded of what they cannot do; resumed, they have the whole grace period again."""
    verification = _verified(case, expires_on="2026-05-01")
    soon = dt.datetime(2026, 4, 20, tzinfo=dt.timezone.utc)
    assert _again(case, soon) == [Remind]
    with case.store.begin() as unit:
        decisions.suspend(unit, case.manager, verification.id, "Complaint.", soon)
    late = soon + 40 * DAY
    assert _again(case, late) == [] and case.dossier().reminders == ()
    with case.store.begin() as unit:
        decisions.resume(unit, case.manager, verification.id, "Settled.", late)
    assert _again(case, late) == [Remind] and case.dossier().reminders[0].until_utc == late + 30 * DAY
