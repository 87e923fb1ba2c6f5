"""The candidate's page about what was found, and the reviewer's side of what they say there."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.recheck import job as recheck_job
from tests.support.builders.vetting_samples import EDUCATION, LICENCE, LONG_ENOUGH, pack
from tests.support.clients.portal import CANDIDATE, CREATOR, MANAGER, OTHER, Browser, Portal

RESULT, REVIEW = "/domains/law/result", "/admin/review/1"
DAY = dt.timedelta(days=1)


def _portal(store: Database, **policy: Any) -> Portal:
    portal = Portal(store, packs={"law": pack(policy=policy)})
    portal.project(3, "Clauses", "law")
    return portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal, with a project in the domain, whose pack asks for a licence and names one thing to look at."""
    return _portal(sqlite_store, required_credentials=["bar"], look_at=["Compare the names."])


def _in_review(portal: Portal, **licence: str) -> Browser:
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/education/new", **EDUCATION)
    browser.send("/profile/licence/new", **{**LICENCE, **licence})
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    return browser


def _decide(manager: Browser, decision: str, **fields: Any) -> str:
    found = re.search(r'name="revision" value="(\d+)"', manager.page(REVIEW))
    assert found is not None, "there is no form"
    response = manager.send(f"{REVIEW}/{decision}", revision=found[1], **fields)
    assert response.status_code == 303, response.text
    return manager.page(REVIEW)


def _verify(portal: Portal, manager: Browser, **fields: Any) -> str:
    return _decide(manager, "verify", valid_until="2027-03-01", looked_at="Compare the names.", **fields)


def _mark(page: str, kind: str = "entry") -> str:
    found = re.search(rf'name="{kind}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_the_candidate_sees_what_was_found_and_on_which_words(portal: Portal) -> None:
    """Competencies with quotes, the rubric's version, what is asked for in words; nothing of the reviewers' pages."""
    mine = _in_review(portal)
    assert RESULT in mine.page("/")
    page = mine.page(RESULT)
    for words in ("Civil procedure", "Matched term: limitation period", "No matching passages.", "Rubric version 3",
                  "A reviewer reads your profile and your interview",
                  "Only a person can refuse", "verified by a reviewer: Bar admission", "LL.M., Law"):
        assert words in page, words
    assert "/admin/" not in page


def test_nobody_sees_another_persons_result(portal: Portal) -> None:
    """It is always one's own; without one, and for a domain that is not there, the page says what to do."""
    _in_review(portal)
    other = portal.browser(OTHER)
    assert other.get(RESULT).status_code == 404 and "Ada" not in other.get(RESULT).text
    assert other.get("/domains/alchemy/result").status_code == 404
    for action in ("answer", "appeal", "correction"):
        assert other.send(f"{RESULT}/{action}", text="Mine.", about="decision").status_code == 404
    assert portal.browser().get(RESULT).status_code == 303


def test_the_checklist_and_the_policy_stand_in_the_dossier(portal: Portal) -> None:
    """What is there, missing or to look at; what must be ticked is ticked, or it is said and what was entered stays."""
    _in_review(portal)
    manager = portal.browser(MANAGER)
    page = manager.page(REVIEW)
    for words in ("Requirements", "No automatic rating.", "Licence, verified by a reviewer", "Bar admission: self-reported.", "The policy in words"):
        assert words in page, words
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    refused = manager.send(f"{REVIEW}/verify", revision=found[1], valid_until="2027-03-01", level="4", checked_claims=_mark(page))
    assert refused.status_code == 400 and "Reviewer checklist: look at this, then tick it: Compare the names." in refused.text
    assert 'name="level" value="4" checked' in refused.text and "In review" in manager.page(REVIEW)
    assert "Verified until" in _verify(portal, manager, checked_claims=_mark(page))
    assert "Bar admission: verified by a reviewer." in manager.page(REVIEW)


def test_more_is_asked_in_the_dossier_and_answered_in_the_portal(portal: Portal) -> None:
    """The card and the page say what is missing; the answer stands in the dossier, and the queue has it again."""
    mine, manager = _in_review(portal), portal.browser(MANAGER)
    page = _decide(manager, "ask_more", reason="Which <court>?")
    assert "was asked for more" in page and "Nobody is waiting." in manager.page("/admin/review")
    assert "Which &lt;court&gt;?" in mine.page("/") and "Which &lt;court&gt;?" in mine.page(RESULT)
    empty = mine.send(f"{RESULT}/answer", text=" ")
    assert empty.status_code == 400 and '<a href="#text-answer">Enter your reply' in empty.text and "<title>Error: " in empty.text
    assert mine.send(f"{RESULT}/answer", text="The <district> court.").status_code == 303
    assert "Your reply is with the reviewer." in mine.page(RESULT)
    page = manager.page(REVIEW)
    assert "The &lt;district&gt; court." in page and "Verify</button>" in page
    assert mine.send(f"{RESULT}/answer", text="Again.").status_code == 409


def test_a_further_interview_answers_too(portal: Portal) -> None:
    """It is held like the first; the dossier keeps the earlier one."""
    mine, manager = _in_review(portal), portal.browser(MANAGER)
    _decide(manager, "ask_more", reason="Tell more.")
    mine.hold_interview(LONG_ENOUGH)
    portal.work()
    assert "Earlier interview, 1 March 2026" in manager.page(REVIEW) and "Verify</button>" in manager.page(REVIEW)


def test_a_reviewer_goes_on_without_the_answer(portal: Portal) -> None:
    """The decision's forms are there again."""
    _in_review(portal)
    manager = portal.browser(MANAGER)
    _decide(manager, "ask_more", reason="Tell more.")
    assert "Verify</button>" in _decide(manager, "take_up")


def test_a_correction_stands_beside_what_it_is_about_on_both_sides(portal: Portal) -> None:
    """The quote stays; the note is escaped; a decision on the page as it was before is refused."""
    mine, manager = _in_review(portal), portal.browser(MANAGER)
    before = manager.page(REVIEW)
    found = re.search(r'name="revision" value="(\d+)"', before)
    assert found is not None
    for about, text in (("competency:procedure", "It was <b>another</b> case."), ("claim:2", "The register has a typing error.")):
        assert mine.send(f"{RESULT}/correction", about=about, text=text).status_code == 303
    for page in (mine.page(RESULT), manager.page(REVIEW)):
        assert "It was &lt;b&gt;another&lt;/b&gt; case." in page and "The register has a typing error." in page and "limitation period" in page
    assert "Corrections by the candidate" in manager.page(REVIEW)
    assert manager.send(f"{REVIEW}/decline", revision=found[1], reason="Too little.").status_code == 409
    wrong = mine.send(f"{RESULT}/correction", about="competency:procedure", text="x" * 4001)
    assert wrong.status_code == 400 and '<a href="#text-interview">Shorten your report' in wrong.text and 'id="found" open' in wrong.text
    assert '<option value="competency:procedure" selected>' in wrong.text and "x" * 4001 in wrong.text, "nothing typed is lost"
    unchosen = mine.send(f"{RESULT}/correction", section="profile", text="Wrong.")
    assert unchosen.status_code == 400 and 'id="entries" open' in unchosen.text and ">Wrong.</textarea>" in unchosen.text
    assert '<a href="#about-profile">Choose what the error is about.</a>' in unchosen.text and 'id="wrong-about-profile"' in unchosen.text


def test_sections_are_folded_and_each_has_one_way_to_report_an_error(portal: Portal) -> None:
    """The decision and the next step stand open and first; what was found is below, each with a report that names its section."""
    mine = _in_review(portal)
    page = mine.page(RESULT)
    assert page.index('id="decision"') < page.index('<details class="card fold"') and page.count('<details class="card fold" id=') == 3
    assert ' open' not in re.sub(r"<summary>.*?</summary>", "", " ".join(re.findall(r"<details[^>]*>", page)))
    reports = re.findall(r"<summary>(Report an error[^<]*)</summary>", page)
    assert reports == ["Report an error in the interview", "Report an error in the profile"]
    assert '<option value="competency:procedure">Civil procedure</option>' in page and "Education: LL.M., " in page and "Licence: Bar admission, 12345" in page


def test_an_appeal_is_made_in_the_portal_and_decided_by_somebody_else(portal: Portal) -> None:
    """The reason is read, the appeal is made, whoever declined has no form; another manager has, and sees that it is an appeal."""
    mine, manager = _in_review(portal), portal.browser(MANAGER)
    _decide(manager, "decline", reason="Too few examples.")
    page = mine.page(RESULT)
    assert "Too few examples." in page and "You can appeal until 31 March 2026" in page
    assert mine.send(f"{RESULT}/appeal", text="There were two.").status_code == 303
    assert "Somebody else decides about your appeal." in mine.page(RESULT) and "There were two." in mine.page(RESULT)
    page = manager.page(REVIEW)
    assert "This appeal is against what you decided." in page and "Verify</button>" not in page
    refused = manager.send(f"{REVIEW}/decline", revision="6", reason="Still.")
    assert refused.status_code in (403, 409)
    other = portal.browser(CREATOR)
    assert "This is an appeal." in other.page(REVIEW) and "There were two." in other.page(REVIEW)
    page = other.page(REVIEW)
    assert "I looked up Bar admission 12345, and the register says the same" in page and "<strong>Licence, verified by a reviewer</strong>" in page
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    refused = other.send(f"{REVIEW}/verify", revision=found[1], valid_until="2027-03-01", looked_at="Compare the names.", level="4")
    assert refused.status_code == 400 and "Write why you go on anyway" in refused.text and 'name="level" value="4" checked' in refused.text
    assert "Verified until" in _verify(portal, other, note="Seen in person.")
    assert "Against the policy: Licence, verified by a reviewer" in mine.page(RESULT)
    assert "1 of 1" in other.page("/admin/review") and "Licence, verified by a reviewer: 1" in other.page("/admin/review")
    assert "Clauses" in mine.page("/")


def test_who_was_never_interviewed_may_appeal_too(portal: Portal) -> None:
    """Verified by other ways, then revoked: the card leads to the reason and the appeal."""
    with portal.store.begin() as unit:
        manager = members.joined(unit, MANAGER, "boss@example.org", "", "manager", portal.now)
    person = portal.member(CANDIDATE, "Ada Quill", domain="law")
    with portal.store.begin() as unit:
        consent.give(unit, person, "matching", consent.PURPOSES[0].version, portal.now)
        actions.revoke(unit, manager, 1, "Complaint.", portal.now)
    mine = portal.browser(CANDIDATE)
    assert RESULT in mine.page("/") and "Complaint." in mine.page(RESULT)
    assert mine.send(f"{RESULT}/appeal", text="Unfounded.").status_code == 303


def test_the_time_for_an_appeal_is_over_after_it(portal: Portal) -> None:
    """The form is gone, and its address says so."""
    mine = _in_review(portal)
    _decide(portal.browser(MANAGER), "decline", reason="Too few examples.")
    portal.now += 30 * DAY
    mine = portal.browser(CANDIDATE)
    assert f"{RESULT}/appeal" not in mine.page(RESULT)
    assert mine.send(f"{RESULT}/appeal", text="Late.").status_code == 409


def test_two_reviewers_see_each_others_proposals(sqlite_store: Database) -> None:
    """The second's form begins with what the first found; different verdicts are said to be."""
    portal = _portal(sqlite_store, reviewers=2)
    mine, first, second = _in_review(portal), portal.browser(MANAGER), portal.browser(CREATOR)
    page = _decide(first, "verify", valid_until="2027-03-01", specialties="contracts", level="4")
    assert "Your proposal is noted" in page and "Verify</button>" in page
    assert "Verified" not in mine.page("/") and "Verdict" not in mine.page(RESULT)
    page = second.page(REVIEW)
    assert "proposes to verify" in page and "Contracts · level 4 · until 1 March 2027" in page
    assert 'value="contracts" checked' in page and 'name="level" value="4" checked' in page
    assert "The reviewers disagree." in _decide(second, "decline", reason="Not enough.")
    assert "Verified until" in _decide(second, "verify", valid_until="2027-03-01", specialties="contracts", level="3")
    assert "Clauses" in mine.page("/")


def test_a_reminder_is_seen_by_the_person_and_by_managers_and_is_settled_by_renewing(portal: Portal) -> None:
    """On the card, in the review list and in the dossier; gone once a manager renews."""
    _in_review(portal, expires_on="2026-04-01")
    manager = portal.browser(MANAGER)
    _verify(portal, manager, checked_claims=_mark(manager.page(REVIEW)))
    portal.now += 10 * DAY
    recheck_job.recheck_all(portal.store, portal.packs, portal.now)
    mine, manager = portal.browser(CANDIDATE), portal.browser(MANAGER)
    assert "Your licence ends on 1 April 2026." in mine.page("/") and "By 10 April 2026; otherwise" in mine.page("/")
    assert "until 10 April 2026" in manager.page("/admin/review?tab=recheck")
    assert "To be looked at again by 10 April 2026" in manager.page(REVIEW)
    page = _decide(manager, "renew", valid_until="2028-01-01", note="New certificate seen.")
    assert "Verified until <strong>1 January 2028" in page and "New certificate seen." in page
    assert "Your licence ends" not in mine.page("/") and "until 10 April 2026" not in manager.page("/admin/review?tab=recheck")


def test_what_expired_is_said_with_its_reason(portal: Portal) -> None:
    """The person reads why, the project is closed, and they may start again."""
    _in_review(portal, expires_on="2026-04-01")
    manager = portal.browser(MANAGER)
    _verify(portal, manager, checked_claims=_mark(manager.page(REVIEW)))
    portal.now += 10 * DAY
    recheck_job.recheck_all(portal.store, portal.packs, portal.now)
    portal.now += 31 * DAY
    recheck_job.recheck_all(portal.store, portal.packs, portal.now)
    portal.routing.catch_up()
    mine = portal.browser(CANDIDATE)
    assert "Expired" in mine.page("/") and "Clauses" not in mine.page("/") and "Apply again" in mine.page("/")
    assert "Your licence ends on 1 April 2026." in mine.page(RESULT)
