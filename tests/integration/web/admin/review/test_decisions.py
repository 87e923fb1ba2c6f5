"""The manager's pages of the review: the queue, the dossier and decisions; who may open any page of managers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.values import Evidence
from tests.support.builders.review_pages import candidate_in_review, revision_of, send_decision
from tests.support.builders.vetting_samples import LICENCE, LONG_ENOUGH
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Browser, Portal

ADMIN_PAGES = ["/admin/review", "/admin/review/1", "/admin/people", "/admin/people/1", "/admin/projects", "/admin/projects/3"]


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal, with a project in the domain."""
    portal = Portal(sqlite_store)
    portal.project(3, "Clauses", "law")
    return portal


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """The manager's browser."""
    return portal.browser(MANAGER)


@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_experts_see_no_page_of_managers(portal: Portal, path: str) -> None:
    """A friendly page says that it is not for me."""
    candidate_in_review(portal)
    response = portal.browser(OTHER).get(path)
    assert response.status_code == 403 and "This page is for managers" in response.text
    assert "Ada Quill" not in response.text and "/admin/" not in response.text


def test_experts_decide_nothing(portal: Portal, manager: Browser) -> None:
    """The forms' addresses are closed too, about others and about oneself."""
    candidate = candidate_in_review(portal)
    revision = revision_of(manager.page("/admin/review/1"))
    for decision in ("verify", "decline", "revoke", "amend", "suspend", "resume"):
        response = candidate.send(f"/admin/review/1/{decision}", revision=revision, valid_until="2026-12-31", reason="x")
        assert response.status_code == 403
    assert candidate.send("/admin/projects/3", domain="law").status_code == 403
    assert "In review" in manager.page("/admin/review/1")


def test_the_queue_has_the_longest_waiting_first(portal: Portal, manager: Browser) -> None:
    """Empty at first; then who waits, since when, in order."""
    assert "Nobody is waiting." in manager.page("/admin/review")
    candidate_in_review(portal, OTHER)
    portal.now += dt.timedelta(hours=3)
    candidate_in_review(portal, CANDIDATE)
    portal.now += dt.timedelta(hours=2)
    fresh = portal.browser(MANAGER)
    page = fresh.page("/admin/review")
    assert page.index("Ben Ochre") < page.index("Ada Quill") and "2 people wait" in page and ">today<" in page
    portal.now += dt.timedelta(days=3)
    assert "for 3 days" in portal.browser(MANAGER).page("/admin/review")


def test_the_dossier_shows_everything_the_decision_rests_on(portal: Portal, manager: Browser) -> None:
    """Profile with its status, registers to look in, consent, findings, what was not found, transcript, history."""
    candidate_in_review(portal)
    page = manager.page("/admin/review/1")
    for words in ("LL.M., Law", "12345", "Associate", "Self-reported", 'href="https://register.example/"', "given 1 March 2026",
                  "Civil procedure", "Matched term: limitation period", "No matching passages.", "Thank you. A person reviews what you wrote.",
                  "In review", "by Ada Quill", 'min="2026-03-02"', 'value="2028-02-29"'):
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


@pytest.mark.parametrize("prepare", [candidate_in_review, _overlapping])
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
    candidate = candidate_in_review(portal)
    page = send_decision(manager, "verify", valid_until="2026-12-31", note="Checked the register by phone.")
    assert "Synced with Label Studio" in page and "31 December 2026" in page and "Checked the register by phone." in page
    assert portal.routing.told == [CANDIDATE]
    assert "Clauses" in candidate.page("/")


def test_a_decision_while_label_studio_is_down_says_so(portal: Portal, manager: Browser) -> None:
    """The decision holds; that access there has not changed yet is said plainly."""
    candidate_in_review(portal)
    portal.routing.answers = False
    page = send_decision(manager, "verify", valid_until="2026-12-31")
    assert "Label Studio did not answer" in page and "Verified" in page


@pytest.mark.parametrize("date", ["", "2026-03-01", "2020-01-01", "2999-01-01", "31.12.2026", "0000-00-00", "9999999-01-01"])
def test_a_date_that_cannot_be_meant_is_refused(portal: Portal, manager: Browser, date: str) -> None:
    """Today, the past, the far future and nonsense come back with a sentence, and the note is kept."""
    candidate_in_review(portal)
    revision = revision_of(manager.page("/admin/review/1"))
    response = manager.send("/admin/review/1/verify", revision=revision, valid_until=date, note="my note")
    assert response.status_code == 400 and 'id="verify-wrong"' in response.text and "my note</textarea>" in response.text
    assert "In review" in manager.page("/admin/review/1")


def test_declining_needs_a_reason_that_the_candidate_reads(portal: Portal, manager: Browser) -> None:
    """Nobody is turned down without a word."""
    candidate = candidate_in_review(portal)
    revision = revision_of(manager.page("/admin/review/1"))
    refused = manager.send("/admin/review/1/decline", revision=revision, reason="  ")
    assert refused.status_code == 400 and "Write the reason" in refused.text and 'id="decide-decline" open>' in refused.text
    assert "<title>Error: " in refused.text and 'id="decline-wrong" tabindex="-1" data-error' in refused.text
    send_decision(manager, "decline", reason="The register has nobody of this name.")
    page = candidate.page("/")
    assert "Declined" in page and "The register has nobody of this name." in page and "Apply again" in page


def test_revoking_closes_projects_at_once(portal: Portal, manager: Browser) -> None:
    """The projects are gone from my page, with the reason."""
    candidate = candidate_in_review(portal)
    send_decision(manager, "verify", valid_until="2026-12-31")
    assert "Clauses" in candidate.page("/")
    page = send_decision(manager, "revoke", reason="The licence has lapsed.")
    assert "Revoked." in page and portal.routing.told == [CANDIDATE, CANDIDATE]
    assert "Clauses" not in candidate.page("/") and "The licence has lapsed." in candidate.page("/")


def test_a_decision_about_a_page_that_is_out_of_date_is_refused(portal: Portal, manager: Browser) -> None:
    """Of two managers, or after a withdrawal, only who has read how things stand decides."""
    candidate = candidate_in_review(portal)
    revision = revision_of(manager.page("/admin/review/1"))
    candidate.send("/consent/matching/withdraw")
    response = manager.send("/admin/review/1/verify", revision=revision, valid_until="2026-12-31")
    assert response.status_code == 409 and "has changed since you opened the page" in response.text
    candidate_in_review(portal, OTHER)
    revision = revision_of(manager.page("/admin/review/2"))
    assert manager.send("/admin/review/2/verify", revision=revision, valid_until="2026-12-31", note="Read beside the other.").status_code == 303
    assert manager.send("/admin/review/2/decline", revision=revision, reason="no").status_code == 409
    assert manager.send("/admin/review/2/revoke", reason="no").status_code == 409


def test_managers_may_be_candidates_but_not_their_own_judges(portal: Portal, manager: Browser) -> None:
    """My own dossier has no form, and its address refuses me."""
    own = candidate_in_review(portal, MANAGER)
    page = own.page("/admin/review/1")
    assert "This is about you" in page and 'name="valid_until"' not in page
    response = own.send("/admin/review/1/verify", revision="4", valid_until="2026-12-31")
    assert response.status_code == 403 and "Nobody decides about themselves" in response.text


def test_empty_pages_say_what_to_do(sqlite_store: Database) -> None:
    """A new installation explains itself."""
    manager = Portal(sqlite_store).browser(MANAGER)
    assert "There is no project yet." in manager.page("/admin/projects")
    assert "Nobody is waiting." in manager.page("/admin/review")


def test_a_domain_that_is_gone_keeps_its_dossiers(portal: Portal) -> None:
    """Taking a pack away does not break the pages about people verified under it."""
    candidate_in_review(portal)
    from tests.support.builders.vetting_samples import pack
    without = Portal(portal.store, packs={"finance": pack(id="finance")}).browser(MANAGER)
    for path in ADMIN_PAGES:
        assert "law" in without.page(path), path


def _marks(page: str) -> list[str]:
    """The entry of each licence check, and of each box "I checked this and it is right", in the order of the page."""
    return list(dict.fromkeys(re.findall(r'name="(?:entry|checked_claims)" value="([^"]+)"', page)))


def _with_language(portal: Portal) -> Browser:
    candidate = portal.browser(CANDIDATE)
    candidate.send("/consent/matching", agreed="yes", version="1")
    candidate.send("/profile/language/new", code="de", proficiency="fluent")
    return candidate_in_review(portal)


def test_the_decision_says_specialties_level_and_what_was_looked_up(portal: Portal, manager: Browser) -> None:
    """They are chosen with the verification, shown afterwards, and open the projects that ask for them."""
    portal.asks(4, "Leases", Requirement("law", specialties=("contracts",), minimum_level=3, languages=("de",), credential_kinds=("bar",)))
    candidate = _with_language(portal)
    page = manager.page("/admin/review/1")
    assert page.count("I checked this and it is right") == page.count("Save licence check") == 1
    assert len(_marks(page)) == 2, "licence and language, not education and work"
    page = send_decision(manager, "verify", valid_until="2026-12-31", specialties=["contracts"], level="3", checked_claims=_marks(page))
    assert "<dd>Contracts</dd>" in page and "<dd>3</dd>" in page and page.count(">Verified by reviewer</span>") == 2
    assert "Leases" in candidate.page("/") and (CANDIDATE, 4) in portal.extension.memberships


def test_a_licence_is_checked_and_the_decision_taken_with_one_form(portal: Portal, manager: Browser) -> None:
    """The form is unfolded where ticks are all that is missing; register and date stand in the history; a day to come verifies nobody."""
    candidate_in_review(portal)
    page = manager.page("/admin/review/1")
    assert 'id="decide-verify" open>' in page and "I looked up Bar admission 12345" in page
    (mark,) = _marks(page)
    number = mark.partition("-")[0]
    sent = {"valid_until": "2026-12-31", "checked_claims": mark, f"where-{number}": "A register"}
    refused = manager.send("/admin/review/1/verify", revision=revision_of(page), **sent, **{f"seen_on-{number}": "2026-03-02"})
    assert refused.status_code == 400 and "this day lies in the future" in refused.text and 'id="verify-wrong"' in refused.text
    assert f'value="{mark}" checked' in refused.text and 'value="2026-03-02"' in refused.text
    page = send_decision(manager, "verify", **sent, **{f"seen_on-{number}": "2026-02-27"})
    assert "Verified. Synced" in page and ">Verified by reviewer</span>" in page and "Seen on 27 February 2026: A register" in page
    assert ": Verified by reviewer</span>" in page and "human-verified" not in page


@pytest.mark.parametrize("wrong", [{"specialties": ["astrology"]}, {"level": "6"}, {"level": "0"}, {"level": "good"}, {"level": "12"}])
def test_a_judgement_that_cannot_be_meant_is_refused(portal: Portal, manager: Browser, wrong: dict[str, str | list[str]]) -> None:
    """A sentence, everything ticked and typed is kept, and nobody is verified."""
    _with_language(portal)
    page = manager.page("/admin/review/1")
    sent = {"valid_until": "2026-12-31", "note": "my note", "specialties": ["contracts"], "checked_claims": _marks(page), **wrong}
    response = manager.send("/admin/review/1/verify", revision=revision_of(page), **sent)
    assert response.status_code == 400 and 'id="verify-wrong"' in response.text and "my note</textarea>" in response.text
    assert response.text.count('form="judgement" checked') == 1
    assert "specialties" in wrong or 'value="contracts" checked' in response.text
    assert "In review" in manager.page("/admin/review/1")


def test_an_entry_that_was_changed_meanwhile_is_not_taken_for_looked_up(portal: Portal, manager: Browser) -> None:
    """What I ticked is what stood on my page; the candidate cannot swap the number behind my back."""
    candidate = _with_language(portal)
    page = manager.page("/admin/review/1")
    with portal.store.read() as unit:
        licence = next(one for one in unit.claims.of(unit.verifications.get(1).person_id) if one.kind == "licence")  # type: ignore[union-attr]
    candidate.send(f"/profile/entries/{licence.id}", **{**LICENCE, "number": "666"})
    refused = manager.send(
        "/admin/review/1/verify", revision=revision_of(page), valid_until="2026-12-31", checked_claims=_marks(page)
    )
    assert refused.status_code == 409 and "was changed since you opened the page" in refused.text
    assert "In review" in manager.page("/admin/review/1") and ">Verified by reviewer</span>" not in manager.page("/admin/review/1")


def test_specialties_and_level_are_changed_later_with_a_reason(portal: Portal, manager: Browser) -> None:
    """Projects open and close at once, the reason stands in the history, date and standing stay."""
    portal.asks(4, "Leases", Requirement("law", minimum_level=3))
    candidate = _with_language(portal)
    marks = _marks(manager.page("/admin/review/1"))
    send_decision(manager, "verify", valid_until="2026-12-31", level="4", specialties=["contracts"], checked_claims=marks)
    assert "Leases" in candidate.page("/")
    page = manager.page("/admin/review/1")
    assert 'value="contracts" checked' in page and 'name="level" value="4" checked' in page and page.count('form="judgement" checked') == 1
    refused = manager.send("/admin/review/1/amend", revision=revision_of(page), level="2", reason=" ", checked_claims=marks)
    assert refused.status_code == 400 and 'id="amend-wrong"' in refused.text and 'name="level" value="2" checked' in refused.text
    page = send_decision(manager, "amend", level="2", reason="Two tasks were wrong.", checked_claims=marks[:1])
    assert "Saved. Synced with Label Studio." in page and "Two tasks were wrong." in page and "31 December 2026" in page
    assert "<dd>None</dd>" in page and page.count(">Verified by reviewer</span>") == 1
    assert "Leases" not in candidate.page("/") and not portal.extension.memberships[CANDIDATE, 4]["active"] and "Verified" in page


def test_a_verification_is_suspended_and_resumed(portal: Portal, manager: Browser) -> None:
    """Closed at once with a reason that the person reads; opened again as it was, with its date."""
    candidate = candidate_in_review(portal)
    send_decision(manager, "verify", valid_until="2026-12-31", specialties=["contracts"], level="3")
    refused = manager.send("/admin/review/1/suspend", revision=revision_of(manager.page("/admin/review/1")), reason="")
    assert refused.status_code == 400 and 'id="suspend-wrong"' in refused.text
    page = send_decision(manager, "suspend", reason="A complaint is looked into.")
    assert "Suspended." in page and "Resume</button>" in page and "Revoke</button>" in page and "31 December 2026" in page
    assert "Clauses" not in candidate.page("/") and "A complaint is looked into." in candidate.page("/")
    assert not portal.extension.memberships[CANDIDATE, 3]["active"]
    page = send_decision(manager, "resume")
    assert "Resumed." in page and "Suspend</button>" in page and "<dd>Contracts</dd>" in page
    assert "Clauses" in candidate.page("/") and "31 December 2026" in page
