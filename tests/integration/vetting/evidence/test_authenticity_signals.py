"""Signs that an answer may not be the candidate's own: told with what they rest on, looked at by a person, and nothing else."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.assessment import run
from ls_expert_plugin.vetting.evidence.authenticity_signals import ObservedAnswer, Similar, in_words, nearly_the_same
from ls_expert_plugin.vetting.evidence.grounds import CompetencyLevel, Grounds, InterviewResult, LicenceGround
from ls_expert_plugin.vetting.review.policy.evaluation import evaluate_policy
from tests.support.builders.vetting_samples import EDUCATION, LONG_ENOUGH, NOW, graded_pack, turn
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Browser, Portal

TURNS = (turn(0, "Which case?"), turn(1, LONG_ENOUGH), turn(2, "And?"), turn(3, "It depends."))


@pytest.mark.parametrize(("seen", "says"), [
    (ObservedAnswer(101, 220, 1, 0, 0, 300), "Answer 1: the browser says that 220 characters were pasted; the answer has 215."),
    (ObservedAnswer(101, 0, 0, 0, 0, 5), "Answer 1: 41 words came 5 s after the question."),
    (ObservedAnswer(101, 0, 0, 4, 90, 300), "Answer 1: the browser says that the page was left 4 times, for 90 s together."),
    (ObservedAnswer(101, 60, 1, 2, 500, 60), ""), (ObservedAnswer(103, 0, 0, 0, 0, 1), ""), (ObservedAnswer(999, 5000, 9, 9, 999, 1), ""),
])
def test_what_was_seen_is_told_in_plain_words(seen: ObservedAnswer, says: str) -> None:
    """With the numbers; a pasted line, a look aside and a short quick answer are no sign."""
    told = in_words(TURNS, [seen], ())
    assert (told[0] if told else "") == says.replace("215", str(len(LONG_ENOUGH))).replace("41 words", f"{len(LONG_ENOUGH.split())} words")


def test_an_answer_that_repeats_another_is_found() -> None:
    """Word for word, with other punctuation, or with a sentence added; two people who tell of the same thing do not repeat each other."""
    own = turn(1, LONG_ENOUGH)
    longer = f"Well. {LONG_ENOUGH} And so it went on for a long time."
    (same, more) = nearly_the_same(own, [(7, LONG_ENOUGH.upper().replace(",", ";")), (8, longer), (9, "It depends.")])
    assert {same.other_turn_id, more.other_turn_id} == {7, 8} and same.share == 1.0
    other = (
        "Two years ago I had a quarrel about a delivery. I looked at the limitation period before anything else, checked for conflicts, and "
        "explained to my client what it might cost and how it could end."
    )
    assert nearly_the_same(own, [(7, other)]) == () and nearly_the_same(turn(1, "It depends."), [(7, "It depends.")]) == ()
    assert in_words(TURNS, (), [Similar(101, 7, 0.9)]) == (
        "Answer 1: 90% of its runs of five words stand in another candidate’s answer to the same question.",
    )


def test_one_text_for_two_of_ones_own_questions_is_seen() -> None:
    """With the number of the answer that it repeats; a short one repeats nothing."""
    twice = (*TURNS, turn(4, "And the next?"), turn(5, f"Well, {LONG_ENOUGH.lower()}"), turn(6, "And?"), turn(7, "It depends."))
    assert in_words(twice, (), ()) == ("Answer 3: 100% of its runs of five words stand in answer 1 already.",)


def test_a_sign_leads_to_a_person_and_to_nothing_else() -> None:
    """With everything else there, it keeps the policy from verifying by itself; it makes no line missing, and refuses nobody."""
    pack = graded_pack(policy={"auto_verify": True, "minimum_level": 3, "required_credentials": ["bar"], "credential_status": "claimed"})
    scored = tuple(CompetencyLevel(one.id, 4) for one in pack.competencies)

    def grounds(*flags: str) -> Grounds:
        interview = InterviewResult(pack.version, frozenset(one.id for one in pack.competencies), scored, flags)
        return Grounds(interview=interview, credentials=(LicenceGround(1, "bar", "claimed"),))

    assert evaluate_policy(pack, grounds(), NOW.date()).verifies
    weighed = evaluate_policy(pack, grounds("Answer 1: 900 words came 5 s after the question."), NOW.date())
    assert not weighed.verifies and {one.state for one in weighed.checks} == {"met", "look"}


def _interview(portal: Portal, who: int) -> Browser:
    browser = portal.browser(who)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/education/new", **EDUCATION)
    browser.send("/domains/law/interest")
    browser.send("/domains/law/interview")
    return browser


def test_the_reviewer_sees_how_answers_came_and_both_that_are_alike(sqlite_store: Database) -> None:
    """What the page reported, and the other candidate's words beside; a report that cannot be true is refused, none at all is fine."""
    portal = Portal(sqlite_store)
    first = _interview(portal, OTHER)
    first.hold_interview(LONG_ENOUGH)
    portal.work()
    browser = _interview(portal, CANDIDATE)
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.page("/"))
    assert token is not None
    portal.now += dt.timedelta(seconds=4)

    def answer(seen: object) -> int:
        return browser.client.post(
            "/api/interviews/2/answers", json={"in_reply_to": 0, "text": LONG_ENOUGH, "seen": seen}, headers={"X-CSRFToken": token[1]}
        ).status_code

    for wrong in ({"pastes": -1}, {"pastes": "x"}, {"verdict": "honest"}, [], {"away_s": 10**9}):
        assert answer(wrong) == 400
    assert answer({"pasted_chars": 400, "pastes": 1, "away_times": 0, "away_s": 0}) == 200
    for _ in range(8):
        browser.send("/interview/2/next")
        at = re.search(r'name="in_reply_to" value="(\d+)"', browser.page("/interview/2"))
        if at is None:
            break
        browser.send("/interview/2/answers", in_reply_to=at[1], text="It depends on many things.")
    portal.work()
    with portal.store.read() as unit:
        assert [one.answer_s for one in unit.signals.seen(2)] == [4]
    page = portal.browser(MANAGER).page("/admin/review/2")
    assert "400 characters were pasted" in page and "100% of its runs of five words" in page and "Beside the answer of Ben Ochre" in page
    assert "Ben Ochre" not in browser.page("/domains/law/result")
    with portal.store.begin() as unit:
        unit.erasures.remove(1, OTHER)  # the other one is erased: so is the pair
        assert unit.signals.similar(2) == ()


def test_many_answers_are_compared_and_only_with_the_same_question(sqlite_store: Database) -> None:
    """Another question, another domain and oneself are not looked at."""
    portal = Portal(sqlite_store)
    first = _interview(portal, OTHER)
    first.hold_interview(LONG_ENOUGH)
    with portal.store.read() as unit:
        held = unit.interviews.get(1)
    assert held is not None
    assert run._alike(portal.store, held) == []
