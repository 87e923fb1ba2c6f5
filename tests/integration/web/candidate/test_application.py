"""An application: what is read before it, its steps and dates on the home page, and how it is withdrawn."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.values import Status
from tests.support.builders.vetting_samples import LONG_ENOUGH, NOW, WORK, pack
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Browser, Portal

ITEMS = [
    {"id": f"i{n}", "specialty": "contracts", "stem": f"Stem number {n}?", "right": f"key {n}", "wrong": [f"x {n}", f"y {n}", f"z {n}"],
     "rationale": f"Because of {n}.", "source": f"Book {n}", "difficulty": round(-2 + 4 * n / 59, 2)}
    for n in range(60)
]
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal with one domain, which has no knowledge test."""
    return Portal(sqlite_store)


def _in_review(portal: Portal) -> Browser:
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/work/new", **WORK)
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    return browser


def _steps(page: str) -> list[tuple[str, str]]:
    """(title and state, what stands below) of each step of the first application."""
    found = re.findall(r'<li class="step [a-z]+".*?</li>', page.partition('<ol class="stepper')[2].partition("</ol>")[0], re.S)
    lines = [[" ".join(re.sub("<[^>]+>", "", part).split()) for part in re.findall(r"<p.*?</p>", one, re.S)] for one in found]
    return [(one[0], one[1]) for one in lines]


def test_before_applying_i_read_what_it_takes_and_what_is_kept(sqlite_store: Database) -> None:
    """Steps with their time, licences and tests that the policy asks for, how long what is kept, who reads it, and that it binds me to nothing."""
    higher = [{"competency": "conflicts", "level": 4}]
    policy = {"minimum_levels": higher, "required_credentials": ["bar"], "test_required": True, "valid_days": 730, "reviewers": 2}
    portal = Portal(sqlite_store, packs={"law": pack(items=ITEMS, policy=policy), "tax": pack(id="tax", title="Tax")})
    browser = portal.browser(CANDIDATE)
    page = browser.page("/domains/law")
    for words in (
        "up to 45 minutes", "10 to 40 questions", "You have to pass it.", "which a reviewer verifies: Bar admission.", "The knowledge test, passed.",
        "level 3 of 5 in Civil procedure; level 4 of 5 in ",
        "730 days after your last application", "managers of this Label Studio who review experts", "No obligation", "Two reviewers", "2 years", ">Apply<",
    ):
        assert words in page, words
    assert [title for title, _ in _steps(page)] == [f"{one}: to come" for one in ("Consent", "Profile", "Interview", "Knowledge test", "Review")]
    tax = browser.page("/domains/tax")
    assert "Knowledge test" not in tax and "No licence is required." in tax, "what a pack does not have is not spoken of"
    browser.send("/domains/law/interest")
    again = browser.page("/domains/law")
    assert "You have already applied in Law." in again and ">Apply<" not in again
    assert browser.get("/domains/alchemy").status_code == 404


def test_the_card_shows_each_step_with_its_date_or_its_time(portal: Portal) -> None:
    """What is done has its day, what comes has how long it takes, and one is the next."""
    browser = portal.browser(CANDIDATE)
    browser.send("/domains/law/interest")
    assert _steps(browser.page("/")) == [
        ("Consent: next", "about 2 minutes"), ("Profile: to come", "about 10 minutes"),
        ("Interview: to come", "up to 45 minutes"), ("Review: to come", "nothing for you to do"),
    ]
    browser.send("/consent/matching", agreed="yes", version="1")
    portal.now += dt.timedelta(days=1)
    browser = portal.browser(CANDIDATE)
    browser.send("/profile/work/new", **WORK)
    assert _steps(browser.page("/"))[:3] == [("Consent: done", "1 March 2026"), ("Profile: done", "2 March 2026"), ("Interview: next", "up to 45 minutes")]
    portal.now += dt.timedelta(days=1)
    browser = portal.browser(CANDIDATE)
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    page = browser.page("/")
    assert _steps(page)[2:] == [("Interview: done", "3 March 2026"), ("Review: in progress", "with the reviewers")] and "Submitted on 3 March 2026." in page


def _decided(portal: Portal, number: int, status: Status, hours: int) -> None:
    """Somebody else's application, decided after so many hours."""
    with portal.store.begin() as unit:
        person = members.joined(unit, 100 + number, f"p{number}@example.org", "", "expert", NOW)
        manager = members.joined(unit, MANAGER, "boss@example.org", "", "manager", NOW)
        added = unit.verifications.add(person.id, "law", "interested", NOW)
        unit.verifications.change(added.id, "in_review", actor_person_id=None, reason="", now=NOW)
        unit.verifications.change(added.id, status, actor_person_id=manager.id, reason="", now=NOW + hours * HOUR)


def test_the_usual_wait_is_told_from_five_decisions_on(portal: Portal) -> None:
    """The median of how long others waited; of four nothing is said."""
    browser = _in_review(portal)
    for number, hours in enumerate((1, 70, 72, 500)):
        _decided(portal, number, "verified", hours)
    assert "usually takes" not in browser.page("/")
    _decided(portal, 5, "declined", 71)
    assert "A decision usually takes about 3 days." in browser.page("/") and "usually takes about 3 days" in browser.page("/domains/law")


def test_a_verification_tells_when_it_was_submitted_and_decided(portal: Portal) -> None:
    """Beside until when it lasts."""
    _in_review(portal)
    portal.now += dt.timedelta(days=4)
    manager = portal.browser(MANAGER)
    revision = re.search(r'name="revision" value="(\d+)"', manager.page("/admin/review/1"))
    assert revision is not None
    assert manager.send("/admin/review/1/verify", valid_until="2026-12-31", revision=revision[1], level="3", note="Seen.").status_code == 303
    assert "Submitted on 1 March 2026. Decided on 5 March 2026. Verified until 31 December 2026." in portal.browser(CANDIDATE).page("/")


def test_an_application_is_withdrawn_after_a_look_at_what_happens(portal: Portal) -> None:
    """A page says what ends and what stays; then the status is Withdrawn, the reviewers' queue is empty, and I may apply again."""
    mine, manager = _in_review(portal), portal.browser(MANAGER)
    assert "Withdraw application" in mine.page("/") and "Ada Quill" in manager.page("/admin/review")
    page = mine.page("/domains/law/withdraw")
    for words in ("Reviewers no longer see your application", "Its status becomes Withdrawn", "You can apply again", "730 days after your last application"):
        assert words in page, words
    assert "In review" in mine.page("/"), "looking changes nothing"
    assert mine.send("/domains/law/withdraw").headers["Location"] == "/"
    page = mine.page("/")
    assert "Your application in Law is withdrawn." in page and ">Withdrawn</span>" in page and "Withdraw application" not in page
    assert "Ada Quill" not in manager.page("/admin/review") and "Application withdrawn." in manager.page("/admin/review/1")
    assert mine.send("/domains/law/withdraw").status_code == 409
    mine.send("/domains/law/interest")
    assert _steps(mine.page("/"))[2] == ("Interview: next", "up to 45 minutes"), "the earlier interview does not count for the new application"


def test_withdrawing_ends_a_running_interview(portal: Portal) -> None:
    """It is said before, and then it takes no answer."""
    mine = portal.browser(CANDIDATE)
    interview = mine.begin_interview()
    assert "Your interview ends." in mine.page("/domains/law/withdraw")
    mine.send("/domains/law/withdraw")
    assert mine.call(f"/api/interviews/{interview}/answers", {"in_reply_to": 0, "text": "more"}).status_code == 409


def test_nobody_withdraws_what_is_decided_or_anothers(portal: Portal) -> None:
    """A verification is no application any more; without one of one's own the page says to apply."""
    portal.member(CANDIDATE, "Ada Quill", domain="law")
    mine, other = portal.browser(CANDIDATE), portal.browser(OTHER)
    assert "There is no open application to withdraw" in mine.page("/domains/law/withdraw")
    refused = mine.send("/domains/law/withdraw")
    assert refused.status_code == 409 and "The status is Verified" in refused.text and "Verified" in mine.page("/")
    assert other.send("/domains/law/withdraw").status_code == 404 and other.get("/domains/law/withdraw").status_code == 404


def test_help_says_what_each_step_is_and_whom_to_ask(sqlite_store: Database) -> None:
    """Linked from the foot of every page; with a contact where one is set."""
    browser = Portal(sqlite_store).browser(CANDIDATE)
    assert 'href="/help">Help</a>' in browser.page("/")
    page = browser.page("/help")
    for words in ("Consent", "Interview", "Review", "Who reads my answers?", "730 days", "Ask whoever invited you"):
        assert words in page, words
    assert "mailto:" not in page
    named = Portal(sqlite_store, LS_EXPERT_CONTACT="experts@example.org").browser(CANDIDATE)
    assert 'href="mailto:experts@example.org"' in named.page("/help") and 'href="mailto:experts@example.org"' in named.page("/")
