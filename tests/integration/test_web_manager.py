"""The manager's pages: the queue, the dossier, decisions, people and projects."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from ls_expert_plugin.storage.store import Store
from ls_expert_plugin.vetting.values import Evidence
from tests.portal import CANDIDATE, CREATOR, MANAGER, OTHER, Browser, Portal
from tests.vetting_samples import EDUCATION, LICENCE, LONG_ENOUGH, WORK

ADMIN_PAGES = ["/admin/review", "/admin/review/1", "/admin/people", "/admin/projects"]


@pytest.fixture
def portal(sqlite_store: Store) -> Portal:
    """The portal, with a project in the domain."""
    portal = Portal(sqlite_store)
    portal.project(3, "Clauses", "law")
    return portal


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """The manager's browser."""
    return portal.browser(MANAGER)


def _in_review(portal: Portal, ls_user_id: int = CANDIDATE) -> Browser:
    """A candidate with a full profile whose interview has been searched."""
    browser = portal.browser(ls_user_id)
    browser.send("/consent/matching", agreed="yes", version="1")
    for kind, fields in (("education", EDUCATION), ("licence", LICENCE), ("work", WORK)):
        browser.send(f"/profile/{kind}/new", **fields)
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    return browser


def _revision(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    return found[1]


def _decide(manager: Browser, decision: str, verification_id: int = 1, **fields: str) -> str:
    path = f"/admin/review/{verification_id}"
    response = manager.send(f"{path}/{decision}", revision=_revision(manager.page(path)), **fields)
    assert (response.status_code, response.headers.get("Location")) == (303, path), response.text
    return manager.page(path)


@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_experts_see_no_page_of_managers(portal: Portal, path: str) -> None:
    """A friendly page says that it is not for me."""
    _in_review(portal)
    response = portal.browser(OTHER).get(path)
    assert response.status_code == 403 and "This page is for managers" in response.text
    assert "Ada Quill" not in response.text and "/admin/" not in response.text


def test_experts_decide_nothing(portal: Portal, manager: Browser) -> None:
    """The forms' addresses are closed too, about others and about oneself."""
    candidate = _in_review(portal)
    revision = _revision(manager.page("/admin/review/1"))
    for decision in ("verify", "decline", "revoke"):
        response = candidate.send(f"/admin/review/1/{decision}", revision=revision, valid_until="2026-12-31", reason="x")
        assert response.status_code == 403
    assert candidate.send("/admin/projects/3", domain="law").status_code == 403
    assert "In review" in manager.page("/admin/review/1")


def test_the_queue_has_the_longest_waiting_first(portal: Portal, manager: Browser) -> None:
    """Empty at first; then who waits, since when, in order."""
    assert "Nobody is waiting." in manager.page("/admin/review")
    _in_review(portal, OTHER)
    portal.now += dt.timedelta(hours=3)
    _in_review(portal, CANDIDATE)
    portal.now += dt.timedelta(hours=2)
    fresh = portal.browser(MANAGER)
    page = fresh.page("/admin/review")
    assert page.index("Ben Ochre") < page.index("Ada Quill") and "2 people wait" in page and "since today" in page
    portal.now += dt.timedelta(days=3)
    assert "for 3 days" in portal.browser(MANAGER).page("/admin/review")


def test_the_dossier_shows_everything_the_decision_rests_on(portal: Portal, manager: Browser) -> None:
    """Profile with its status, registers to look in, consent, findings, what was not found, transcript, history."""
    _in_review(portal)
    page = manager.page("/admin/review/1")
    for words in ("LL.M., Law", "12345", "Associate", "claimed, not checked", 'href="https://register.example/"', "given 1 March 2026",
                  "Civil procedure", "terms: limitation period", "Nothing found.", "Thank you. A person reviews what you wrote.",
                  "Interview done", "by Ada Quill", 'min="2026-03-02"', 'value="2027-03-01"'):
        assert words in page, words


def _overlapping(portal: Portal) -> None:
    """An interview in which two quotes share words."""
    interview_id = portal.browser(CANDIDATE).hold_interview(LONG_ENOUGH)
    with portal.store.begin() as unit:
        interview, assessment = unit.interviews.get(interview_id), unit.interviews.assessment_of(interview_id)
        assert interview is not None and assessment is not None
        turn = interview.turns[1]
        evidence = [
            Evidence("procedure", turn.id, start, end, turn.text[start:end], "terms") for start, end in ((0, 40), (20, 60))
        ]
        unit.interviews.finish_assessment(
            assessment.id, state="done", method="terms", pack_version=3, prompt_version="", note="", evidence=evidence, now=portal.now
        )


@pytest.mark.parametrize("prepare", [_in_review, _overlapping])
def test_each_quote_leads_to_its_words(portal: Portal, manager: Browser, prepare: Callable[[Portal], object]) -> None:
    """Following a quote lands on exactly these words in the transcript, also where quotes share words."""
    prepare(portal)
    page = manager.page("/admin/review/1")
    quotes = dict(re.findall(r'<a href="#q(\d+)" data-quote="\d+">“(.*?)”</a>', page))
    assert len(quotes) >= 2
    for number, quote in quotes.items():
        assert page.count(f'id="q{number}"') == 1
        marked = "".join(
            re.sub(r"<span[^>]*></span>", "", words)
            for numbers, words in re.findall(r'<mark data-quotes="([\d ]+)">(.*?)</mark>', page) if number in numbers.split()
        )
        assert marked == quote


def test_verifying_opens_projects_and_says_whether_label_studio_knows(portal: Portal, manager: Browser) -> None:
    """The date counts, the candidate sees it, and so does Label Studio."""
    candidate = _in_review(portal)
    page = _decide(manager, "verify", valid_until="2026-12-31", note="Checked the register by phone.")
    assert "Label Studio knows already" in page and "31 December 2026" in page and "Checked the register by phone." in page
    assert portal.routing.told == [CANDIDATE]
    assert "Clauses" in candidate.page("/")


def test_a_decision_while_label_studio_is_down_says_so(portal: Portal, manager: Browser) -> None:
    """The decision holds; that access there has not changed yet is said plainly."""
    _in_review(portal)
    portal.routing.answers = False
    page = _decide(manager, "verify", valid_until="2026-12-31")
    assert "Label Studio did not answer" in page and "Verified" in page


@pytest.mark.parametrize("date", ["", "2026-03-01", "2020-01-01", "2999-01-01", "31.12.2026", "0000-00-00", "9999999-01-01"])
def test_a_date_that_cannot_be_meant_is_refused(portal: Portal, manager: Browser, date: str) -> None:
    """Today, the past, the far future and nonsense come back with a sentence, and the note is kept."""
    _in_review(portal)
    revision = _revision(manager.page("/admin/review/1"))
    response = manager.send("/admin/review/1/verify", revision=revision, valid_until=date, note="my note")
    assert response.status_code == 400 and 'id="verify-wrong"' in response.text and "my note</textarea>" in response.text
    assert "In review" in manager.page("/admin/review/1")


def test_declining_needs_a_reason_that_the_candidate_reads(portal: Portal, manager: Browser) -> None:
    """Nobody is turned down without a word."""
    candidate = _in_review(portal)
    revision = _revision(manager.page("/admin/review/1"))
    refused = manager.send("/admin/review/1/decline", revision=revision, reason="  ")
    assert refused.status_code == 400 and "Write the reason" in refused.text and "<details class=\"second-choice\" open>" in refused.text
    _decide(manager, "decline", reason="The register has nobody of this name.")
    page = candidate.page("/")
    assert "Not verified" in page and "The register has nobody of this name." in page and "Start again" in page


def test_revoking_closes_projects_at_once(portal: Portal, manager: Browser) -> None:
    """The projects are gone from my page, with the reason."""
    candidate = _in_review(portal)
    _decide(manager, "verify", valid_until="2026-12-31")
    assert "Clauses" in candidate.page("/")
    page = _decide(manager, "revoke", reason="The licence has lapsed.")
    assert "Revoked." in page and portal.routing.told == [CANDIDATE, CANDIDATE]
    assert "Clauses" not in candidate.page("/") and "The licence has lapsed." in candidate.page("/")


def test_a_decision_about_a_page_that_is_out_of_date_is_refused(portal: Portal, manager: Browser) -> None:
    """Of two managers, or after a withdrawal, only who has read how things stand decides."""
    candidate = _in_review(portal)
    revision = _revision(manager.page("/admin/review/1"))
    candidate.send("/consent/matching/withdraw")
    response = manager.send("/admin/review/1/verify", revision=revision, valid_until="2026-12-31")
    assert response.status_code == 409 and "has changed since you opened the page" in response.text
    _in_review(portal, OTHER)
    revision = _revision(manager.page("/admin/review/2"))
    assert manager.send("/admin/review/2/verify", revision=revision, valid_until="2026-12-31").status_code == 303
    assert manager.send("/admin/review/2/decline", revision=revision, reason="no").status_code == 409
    assert manager.send("/admin/review/2/revoke", reason="no").status_code == 409


def test_managers_may_be_candidates_but_not_their_own_judges(portal: Portal, manager: Browser) -> None:
    """My own dossier has no form, and its address refuses me."""
    own = _in_review(portal, MANAGER)
    page = own.page("/admin/review/1")
    assert "This is about you" in page and 'name="valid_until"' not in page
    response = own.send("/admin/review/1/verify", revision="4", valid_until="2026-12-31")
    assert response.status_code == 403 and "Nobody decides about themselves" in response.text


def test_people_shows_where_everybody_stands(portal: Portal, manager: Browser) -> None:
    """Everybody who is there, with links to their dossiers; a verification past its date is not shown as one."""
    _in_review(portal)
    portal.browser(OTHER)
    _decide(manager, "verify", valid_until="2026-12-31")
    page = manager.page("/admin/people")
    assert 'href="/admin/review/1"' in page and "Verified" in page and "until 31 December 2026" in page
    assert "Ben Ochre" in page and "None yet" in page
    portal.now += dt.timedelta(days=400)
    assert "Expired" in portal.browser(MANAGER).page("/admin/people")


def test_a_project_gets_its_domain(portal: Portal, manager: Browser) -> None:
    """Chosen, saved, shown; none again hides it; unknown ones are refused."""
    portal.project(4, "Feedback")
    page = manager.page("/admin/projects")
    assert '<option value="law" selected>' in page and "None: managers only" in page
    assert manager.send("/admin/projects/4", domain="law").status_code == 303
    page = manager.page("/admin/projects")
    assert "experts in Law may work on it. Label Studio knows already." in page and page.count('<option value="law" selected>') == 2
    portal.routing.answers = False
    manager.send("/admin/projects/4", domain="")
    page = manager.page("/admin/projects")
    assert "no expert sees this project. Label Studio did not answer" in page and page.count('<option value="law" selected>') == 1
    assert manager.send("/admin/projects/4", domain="astrology").status_code == 400
    assert manager.send("/admin/projects/4").status_code == 400
    assert manager.send("/admin/projects/99", domain="law").status_code == 404


def test_empty_pages_say_what_to_do(sqlite_store: Store) -> None:
    """A new installation explains itself."""
    manager = Portal(sqlite_store).browser(MANAGER)
    assert "There is no project yet." in manager.page("/admin/projects")
    assert "Nobody is waiting." in manager.page("/admin/review")


def test_a_domain_that_is_gone_keeps_its_dossiers(portal: Portal) -> None:
    """Taking a pack away does not break the pages about people verified under it."""
    _in_review(portal)
    from tests.vetting_samples import pack
    without = Portal(portal.store, packs={"finance": pack(id="finance")}).browser(MANAGER)
    for path in ADMIN_PAGES:
        assert "law" in without.page(path), path


def test_a_manager_changes_somebodys_role(portal: Portal, manager: Browser) -> None:
    """One click and a confirmation; it counts here at once, and the page says what it means."""
    other = portal.browser(OTHER)
    assert other.get("/admin/people").status_code == 403
    assert "Yes, make them a manager" in manager.page("/admin/people")
    assert manager.send(f"/admin/people/{_person_id(portal, OTHER)}/role", role="manager").status_code == 303
    page = manager.page("/admin/people")
    assert "Ben Ochre is a manager now, and sees all of Label Studio." in page and "Yes, make them an expert" in page
    assert other.get("/admin/people").status_code == 200
    manager.send(f"/admin/people/{_person_id(portal, OTHER)}/role", role="expert")
    assert "Ben Ochre is an expert now" in manager.page("/admin/people") and other.get("/admin/people").status_code == 403


def test_a_role_that_cannot_be_changed_says_why(portal: Portal, manager: Browser) -> None:
    """One's own, one that does not exist, a person who is not there, the creator's; and nothing has changed."""
    portal.browser(CREATOR)
    mine, creators = _person_id(portal, MANAGER), _person_id(portal, CREATOR)
    assert f'action="/admin/people/{mine}/role"' not in manager.page("/admin/people")
    own = manager.send(f"/admin/people/{mine}/role", role="expert")
    assert own.status_code == 403 and "Nobody changes their own role" in own.text
    assert manager.send(f"/admin/people/{creators}/role", role="boss").status_code == 400
    assert manager.send("/admin/people/987/role", role="expert").status_code == 404
    manager.send(f"/admin/people/{creators}/role", role="expert")
    assert "Creators stay managers." in manager.page("/admin/people")
    assert portal.browser(CANDIDATE).send(f"/admin/people/{creators}/role", role="expert").status_code == 403
    assert "manager now" not in manager.page("/admin/people") and portal.browser(CREATOR).get("/admin/people").status_code == 200


def test_a_role_stays_when_label_studio_does_not_answer(portal: Portal, manager: Browser) -> None:
    """The page says so, and the person is what they were, there and here."""
    portal.browser(OTHER)
    portal.routing.answers = False
    manager.send(f"/admin/people/{_person_id(portal, OTHER)}/role", role="manager")
    assert "Label Studio did not answer, so Ben Ochre is expert as before." in manager.page("/admin/people")
    assert portal.browser(OTHER).get("/admin/people").status_code == 403


def _person_id(portal: Portal, ls_user_id: int) -> int:
    with portal.store.read() as unit:
        person = unit.people.by_ls_user_id(ls_user_id)
    assert person is not None
    return person.id
