"""A project's own questions: who is asked, what a manager decides, and that it counts for that project alone."""

from __future__ import annotations

import pytest

from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.values import AddOnQuestion
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Browser, Portal

ASKED = (AddOnQuestion("Leases", "Who repairs the roof?"), AddOnQuestion("Loans", "Which covenant bites <first>?"))
HERE, ELSEWHERE, PLAIN = 3, 4, 5


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """Ada and Ben are verified; two projects ask something of their own, one does not."""
    portal = Portal(sqlite_store)
    portal.member(CANDIDATE, "Ada Quill", domain="law")
    portal.asks(HERE, "Leases of 2026", Requirement("law", add_on=ASKED))
    portal.asks(ELSEWHERE, "Loan files", Requirement("law", add_on=ASKED[:1]))
    portal.asks(PLAIN, "Clause types", Requirement("law"))
    return portal


@pytest.fixture
def browser(portal: Portal) -> Browser:
    """The expert's, who has consented."""
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    return browser


def _open(portal: Portal, who: int = CANDIDATE) -> set[int]:
    return {one.ls_project_id for one in portal.routing.projects_of(who)}


def _answered(browser: Browser, ls_project_id: int = HERE) -> None:
    for number in range(2 if ls_project_id == HERE else 1):
        assert browser.send(f"/projects/{ls_project_id}/questions", number=str(number), text=f"Answer {number}: the tenant.").status_code == 303


def test_the_project_opens_when_a_manager_finds_that_it_fits(portal: Portal, browser: Browser) -> None:
    """One question after the other; then a manager; then this project, and not the other that asks, too."""
    assert _open(portal) == {PLAIN}
    home = browser.page("/")
    assert "Projects with screening questions" in home and "Answer its questions" in home and "Leases of 2026" in home
    page = browser.page(f"/projects/{HERE}/questions")
    assert "Who repairs the roof?" in page and "Which covenant" not in page
    browser.send(f"/projects/{HERE}/questions", number="0", text="The landlord, unless it says otherwise.")
    page = browser.page(f"/projects/{HERE}/questions")
    assert "Which covenant bites &lt;first&gt;?" in page and "The landlord" in page and "Continue its questions" in browser.page("/")
    browser.send(f"/projects/{HERE}/questions", number="1", text="The one on leverage.")
    assert "Your answers are sent" in browser.page(f"/projects/{HERE}/questions") and _open(portal) == {PLAIN}
    manager = portal.browser(MANAGER)
    assert "Screening questions of projects" in manager.page("/admin/review") and "The one on leverage." in manager.page("/admin/answers/1")
    assert manager.send("/admin/answers/1", outcome="fits").status_code == 303
    assert _open(portal) == {PLAIN, HERE}
    assert "Your answers fit" in browser.page(f"/projects/{HERE}/questions") and "Screening questions of projects" not in manager.page("/admin/review")
    assert manager.send("/admin/answers/1", outcome="does_not", reason="Seen again: no.").status_code == 303
    assert _open(portal) == {PLAIN}, "it can be taken back"


def test_a_refusal_has_a_reason_and_says_nothing_about_the_domain(portal: Portal, browser: Browser) -> None:
    """Without one nothing is decided; the person reads it; answered once, it cannot be answered again unless it is asked for."""
    _answered(browser)
    manager = portal.browser(MANAGER)
    for fields in ({"outcome": "does_not"}, {"outcome": "does_not", "reason": " "}, {"outcome": "maybe", "reason": "x"}, {}):
        assert manager.send("/admin/answers/1", **fields).status_code == 400
    manager.send("/admin/answers/1", outcome="does_not", reason="No word on the lease itself.")
    page = browser.page(f"/projects/{HERE}/questions")
    assert "No word on the lease itself." in page and "stay as they are" in page and "<textarea" not in page
    assert browser.send(f"/projects/{HERE}/questions", number="0", text="Again!").status_code == 409
    assert manager.send("/admin/answers/1", outcome="fits").status_code == 409, "decided; new answers are needed"
    assert _open(portal) == {PLAIN}
    with portal.store.read() as unit:
        assert [one.status for one in unit.verifications.of(1)] == ["verified"]


def test_asked_again_it_begins_anew(portal: Portal, browser: Browser) -> None:
    """With the reason above the first question; what was answered before stays on record."""
    _answered(browser)
    portal.browser(MANAGER).send("/admin/answers/1", outcome="again", reason="Please name the clause.")
    page = browser.page(f"/projects/{HERE}/questions")
    assert "Please name the clause." in page and "Who repairs the roof?" in page and "<textarea" in page
    _answered(browser)
    with portal.store.read() as unit:
        assert [one.outcome for one in unit.add_ons.of(1)] == ["again", None]


def test_only_who_matches_otherwise_is_asked(portal: Portal, browser: Browser) -> None:
    """Others learn nothing of the project; answers of others are nobody's business; a manager does not decide on their own."""
    other = portal.browser(OTHER)
    other.send("/consent/matching", agreed="yes", version="1")
    assert other.get(f"/projects/{HERE}/questions").status_code == other.send(f"/projects/{HERE}/questions", number="0", text="x").status_code == 404
    assert "Leases of 2026" not in other.page("/")
    assert browser.get(f"/projects/{PLAIN}/questions").status_code == browser.get("/projects/99/questions").status_code == 404
    _answered(browser)
    assert browser.get("/admin/answers/1").status_code == browser.send("/admin/answers/1", outcome="fits").status_code == 403
    portal.routing.set_role(CANDIDATE, "manager")
    browser.sign_in(CANDIDATE, role="manager")  # another role ends the session
    assert browser.get("/admin/answers/1").status_code == browser.send("/admin/answers/1", outcome="fits").status_code == 409


def test_bad_answers(portal: Portal, browser: Browser) -> None:
    """Nothing, too much, a number that is none: a sentence, and what was answered stays. Sent twice, it counts once."""
    address = f"/projects/{HERE}/questions"
    for fields, status in (
        ({"number": "0", "text": " "}, 400), ({"number": "0", "text": "x" * 100_000}, 413), ({"number": "1", "text": "x"}, 400), ({"text": "x"}, 400),
        ({"number": "٠", "text": "x"}, 400), ({"number": "0", "text": "a\x00"}, 400),
    ):
        assert browser.send(address, **fields).status_code == status, fields
    for _ in range(2):
        assert browser.send(address, number="0", text="The landlord.").status_code == 303
    assert browser.send(address, number="0", text="The tenant.").status_code == 409
    with portal.store.read() as unit:
        assert [one.answers for one in unit.add_ons.of(1)] == [("The landlord.",)]


def test_questions_that_changed_leave_what_was_begun(portal: Portal, browser: Browser) -> None:
    """Who is in the middle goes on with the questions of the day they began; a project deleted and its number given anew knows nothing."""
    browser.send(f"/projects/{HERE}/questions", number="0", text="The landlord.")
    portal.asks(HERE, "Leases of 2026", Requirement("law", add_on=(AddOnQuestion("Wills", "Who inherits?"),)))
    assert "Which covenant" in browser.page(f"/projects/{HERE}/questions")
    browser.send(f"/projects/{HERE}/questions", number="1", text="Leverage.")
    portal.browser(MANAGER).send("/admin/answers/1", outcome="fits")
    assert HERE in _open(portal)
    with portal.store.begin() as unit:
        unit.projects.gone(HERE, portal.now)
    portal.asks(HERE, "Another one", Requirement("law", add_on=ASKED))
    assert HERE not in _open(portal)
