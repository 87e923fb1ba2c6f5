"""The candidate's pages: interest, consent, profile, and what is shown of them."""

from __future__ import annotations

import re

import pytest

from ls_expert_plugin.ls_client.values import OutboxEvent
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import EDUCATION, LICENCE, LONG_ENOUGH, WORK, pack
from tests.support.clients.portal import CANDIDATE, LABEL_STUDIO, OTHER, Browser, Portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal with nobody in it."""
    return Portal(sqlite_store)


@pytest.fixture
def browser(portal: Portal) -> Browser:
    """The candidate's browser."""
    return portal.browser(CANDIDATE)


def _consented(browser: Browser) -> Browser:
    assert browser.send("/consent/matching", agreed="yes", version="1").status_code == 303
    return browser


def _primary(page: str) -> list[str]:
    """What the primary buttons of a page are called."""
    main = page.partition("<main")[2]
    return [re.sub("<[^>]+>", "", words).strip() for words in re.findall(r'<(?:a|button) class="button"[^>]*>(.*?)</(?:a|button)>', main, re.S)]


def test_the_first_page_leads_step_by_step(portal: Portal, browser: Browser) -> None:
    """At each moment there is one primary button, and it is the next step."""
    assert _primary(browser.page("/")) == ["See what it takes in Law"] and _primary(browser.page("/domains/law")) == ["Apply in Law"]
    assert browser.send("/domains/law/interest").headers["Location"] == "/consent"
    assert _primary(browser.page("/")) == ["Read the consent"]
    assert browser.send("/consent/matching", agreed="yes", version="1").headers["Location"] == "/profile"
    assert _primary(browser.page("/")) == ["Fill in your profile"]
    browser.send("/profile/work/new", **WORK)
    assert 'href="/domains/law/interview"' in browser.page("/")
    assert "Start the interview" in browser.page("/domains/law/interview")
    started = browser.send("/domains/law/interview").headers["Location"]
    assert f'href="{started}"' in browser.page("/") and _primary(browser.page("/")) == ["Continue interview in Law"]
    assert browser.send("/domains/law/interview").headers["Location"] == started, "begun twice, it is one interview"
    assert browser.get("/domains/law/interview").headers["Location"] == started


def test_interest_twice_is_one_interest(portal: Portal, browser: Browser) -> None:
    """A double click changes nothing."""
    browser.send("/domains/law/interest")
    browser.send("/domains/law/interest")
    with portal.store.begin() as unit:
        person = unit.people.by_ls_user_id(CANDIDATE)
        assert person is not None and len(unit.verifications.of(person.id)) == 1


def test_my_projects_lead_into_label_studio(portal: Portal, browser: Browser) -> None:
    """Once verified I see my projects, and only mine, with their addresses."""
    portal.project(3, "Clauses", "law")
    portal.project(4, "Other things")
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    manager = portal.browser(1)
    assert manager.send("/admin/review/1/verify", valid_until="2026-12-31", revision="4").status_code == 303
    page = browser.page("/")
    assert f'href="{LABEL_STUDIO}/projects/3/data?labeling=1"' in page and "Verified until 31 December 2026." in page
    assert "Other things" not in page


def test_consent_names_purpose_and_retention_and_wants_a_tick(portal: Portal, browser: Browser) -> None:
    """I read what for and how long before I can agree, and an unticked box is no consent."""
    page = browser.page("/consent")
    assert f"{portal.settings.retention_days} days" in page and "Matching you with projects" in page
    refused = browser.send("/consent/matching", version="1")
    assert refused.status_code == 400 and "Tick the box if you agree" in refused.text
    assert "Give consent" in browser.page("/consent")
    _consented(browser)
    page = browser.page("/consent")
    assert "You agreed on 1 March 2026, 09:00 UTC." in page and page.count("Give consent") == 1, "the other purpose is still open"


def test_a_text_that_has_changed_is_not_agreed_to(browser: Browser) -> None:
    """Consent counts for the text that was on the page."""
    response = browser.send("/consent/matching", agreed="yes", version="0")
    assert response.status_code == 409 and "The consent text has changed" in response.text


def test_withdrawing_says_what_happens_and_then_does_it(portal: Portal, browser: Browser) -> None:
    """A page explains first; then consent, interview and verification are over, and Label Studio is told."""
    interview_id = browser.begin_interview()
    page = browser.page("/consent/matching/withdraw")
    assert "a running interview ends" in page and "annotations you have submitted stay" in page
    assert browser.send("/consent/matching/withdraw").status_code == 303
    assert portal.routing.told == [CANDIDATE]
    assert "closed to you" in browser.page("/consent")
    assert "Withdrawn" in browser.page("/") and "Interview complete" in browser.page(f"/interview/{interview_id}")
    answer = browser.call(f"/api/interviews/{interview_id}/answers", {"in_reply_to": 0, "text": "more"})
    assert answer.status_code == 409


def test_withdrawing_while_label_studio_is_down_says_so(portal: Portal, browser: Browser) -> None:
    """Nobody is told that a door is shut while it may still be open."""
    portal.project(3, "Clauses", "law")
    portal.member(CANDIDATE, "Ada Quill", domain="law")
    _consented(browser)
    portal.routing.answers = False
    browser.send("/consent/matching/withdraw")
    assert "Label Studio did not answer" in browser.page("/consent")
    assert "Clauses" not in browser.page("/")


def test_the_profile_waits_for_consent(browser: Browser) -> None:
    """Before I agree nothing can be entered, and the page says what comes first."""
    page = browser.page("/profile")
    assert "Read the consent" in page and "/profile/education/new" not in page
    assert browser.get("/profile/education/new").status_code == 403
    assert browser.send("/profile/education/new", **EDUCATION).status_code == 403


@pytest.mark.parametrize(("kind", "fields", "shown"), [
    ("education", EDUCATION, "LL.M., Law"), ("licence", LICENCE, "Bar number: <span class=\"number\">12345</span>"),
    ("work", WORK, "June 2014 – now"),
])
def test_an_entry_is_added_changed_and_removed(portal: Portal, browser: Browser, kind: str, fields: dict[str, str], shown: str) -> None:
    """Each kind of entry can be added, is shown as not checked, can be changed, and removed."""
    _consented(browser)
    assert browser.page(f"/profile/{kind}/new")
    assert browser.send(f"/profile/{kind}/new", **fields).status_code == 303
    page = browser.page("/profile")
    assert shown in page and "Self-reported" in page and "verified" not in page.lower()
    form = browser.page("/profile/entries/1")
    for value in fields.values():
        assert value.replace("&", "&amp;") in form
    text = "employer" if kind == "work" else "jurisdiction" if kind == "licence" else "school"
    assert browser.send("/profile/entries/1", **{**fields, text: "Somewhere else"}).status_code == 303
    assert "Somewhere else" in browser.page("/profile")
    assert browser.send("/profile/entries/1/remove").status_code == 303
    assert "Somewhere else" not in browser.page("/profile")


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(browser: Browser) -> None:
    """A form with mistakes comes back with my text and a sentence at each field."""
    _consented(browser)
    response = browser.send("/profile/education/new", **{**EDUCATION, "school": "", "start_year": "2012", "end_year": "2008"})
    assert response.status_code == 400 and '<a href="#school">Enter your school' in response.text and "<title>Error: " in response.text
    assert 'id="school-wrong">Enter your school or university.' in response.text and 'id="end_year-wrong">The end lies before the start.' in response.text
    assert 'aria-invalid="true"' in response.text and 'value="LL.M."' in response.text
    added = browser.send("/profile/education/new", **EDUCATION)
    assert added.status_code == 303
    changed = browser.send("/profile/entries/1", **{**EDUCATION, "degree": ""})
    assert changed.status_code == 400 and 'id="degree-wrong"' in changed.text


def test_a_licence_form_explains_the_kinds(browser: Browser) -> None:
    """The kinds come from the domains, each with what it is."""
    page = _consented(browser).page("/profile/licence/new")
    assert '<option value="bar" data-number-label="Bar number">Bar admission</option>' in page and "The number on your certificate." in page
    assert 'for="number">Licence number</label>' in page and "Another licence, or one from another country" in page
    browser.send("/profile/licence/new", **LICENCE)
    assert 'for="number">Bar number</label>' in browser.page("/profile/entries/1")


def test_a_licence_of_another_country_is_named_and_an_expired_one_is_warned_of(browser: Browser) -> None:
    """It is saved as I call it; that it has expired, and that it is there twice, is said and keeps nobody from saving."""
    _consented(browser)
    fields = {**LICENCE, "kind": "other", "title": "Approbation als Ärztin", "expires_on": "2020-01-01"}
    assert browser.send("/profile/licence/new", **{**fields, "title": ""}).status_code == 400
    assert browser.send("/profile/licence/new", **fields).status_code == browser.send("/profile/licence/new", **fields).status_code == 303
    page = browser.page("/profile")
    assert page.count('<p class="entry-title">Approbation als Ärztin</p>') == 2
    assert 'class="warned">This licence has expired' in page and 'class="warned">Your profile has another entry like this one' in page


def test_nobody_sees_or_touches_another_persons_entries(portal: Portal, browser: Browser) -> None:
    """Guessing a number opens nothing."""
    _consented(browser).send("/profile/work/new", **WORK)
    other = _consented(portal.browser(OTHER))
    assert other.get("/profile/entries/1").status_code == 404
    assert other.send("/profile/entries/1", **WORK).status_code == 404
    assert other.send("/profile/entries/1/remove").status_code == 404
    assert "Quill &amp; Partners" in browser.page("/profile") and "Quill" not in other.page("/profile")


def test_markup_that_people_type_stays_text(portal: Portal, browser: Browser) -> None:
    """What a candidate types is shown as typed, to them and to the manager, and runs nowhere."""
    _consented(browser).send("/profile/work/new", **{**WORK, "employer": "<script>alert(1)</script>"})
    browser.hold_interview(LONG_ENOUGH + " <img src=x onerror=alert(2)>")
    portal.work()
    for page in (browser.page("/profile"), browser.page("/interview/1"), portal.browser(1).page("/admin/review/1")):
        assert "<script>alert" not in page and "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in browser.page("/profile")


def test_an_interview_needs_interest_and_consent(browser: Browser) -> None:
    """The steps cannot be skipped by address."""
    assert browser.send("/domains/law/interview").status_code == 404
    browser.send("/domains/law/interest")
    response = browser.send("/domains/law/interview")
    assert response.status_code == 403 and "give your consent first" in response.text


def test_languages_stand_in_the_profile(portal: Portal, browser: Browser) -> None:
    """Chosen by name, with how well I know them; what is not on the list is refused, and the rest kept."""
    _consented(browser)
    form = browser.page("/profile/language/new")
    assert '<option value="de">German</option>' in form and "Professional working proficiency" in form
    assert form.index(">Afrikaans<") < form.index(">German<") < form.index(">Zulu<")
    refused = browser.send("/profile/language/new", code="xx", proficiency="fluent")
    assert refused.status_code == 400 and 'id="code-wrong"' in refused.text and '<option value="fluent" selected>' in refused.text
    assert browser.send("/profile/language/new", code="de", proficiency="fluent").status_code == 303
    page = browser.page("/profile")
    assert "German" in page and "Full professional proficiency" in page and "Self-reported" in page
    assert '<option value="de" selected>' in browser.page("/profile/entries/1")


def _checked_licence(portal: Portal, browser: Browser) -> None:
    """A licence that a manager has looked up, and a project that asks for one."""
    portal.asks(3, "Clauses", Requirement("law", credential_kinds=("bar",)))
    portal.member(CANDIDATE, "Ada Quill", domain="law")
    _consented(browser)
    browser.send("/profile/licence/new", **LICENCE)
    with portal.store.begin() as unit:
        person = unit.people.by_ls_user_id(CANDIDATE)
        assert person is not None
        unit.claims.mark_checked(person.id, [claim.id for claim in unit.claims.of(person.id)], person.id, portal.now)
    portal.routing.refresh(CANDIDATE)
    assert "Clauses" in browser.page("/") and ">Verified by reviewer</span>" in browser.page("/profile")


def test_a_checked_entry_that_i_change_stops_counting_at_once(portal: Portal, browser: Browser) -> None:
    """The form warns me; the project closes, here and in Label Studio, without waiting for a sweep."""
    _checked_licence(portal, browser)
    assert "has to be checked again" in browser.page("/profile/entries/1")
    browser.send("/profile/entries/1", **{**LICENCE, "number": "99999"})
    assert "Clauses" not in browser.page("/") and not portal.extension.memberships[CANDIDATE, 3]["active"]


def test_a_checked_entry_that_i_remove_stops_counting_at_once(portal: Portal, browser: Browser) -> None:
    """The same for what is gone."""
    _checked_licence(portal, browser)
    browser.send("/profile/entries/1/remove")
    assert "Clauses" not in browser.page("/") and not portal.extension.memberships[CANDIDATE, 3]["active"]


def test_why_not_more_projects(sqlite_store: Database) -> None:
    """What is missing for how many projects of my domain; no titles, no other domain, nothing of anybody else."""
    portal = Portal(sqlite_store, packs={"law": pack(), "tax": pack(id="tax", title="Tax")})
    browser = portal.browser(CANDIDATE)
    portal.member(30, "Cora Vale", domain="law", level=5)
    portal.asks(3, "Clauses", Requirement("law"))
    portal.asks(4, "Secret leases", Requirement("law", minimum_level=3))
    portal.asks(5, "Secret returns", Requirement("tax", minimum_level=2))
    portal.asks(6, "Secret board", Requirement("law", mode="invited"), invited=[30])
    portal.asks(7, "Secret pair", Requirement("law", max_experts=1))
    assert "Projects you don’t have access to" not in browser.page("/")
    assert "You are not verified in a domain yet." in browser.page("/more-projects")
    portal.member(CANDIDATE, "Ada Quill", domain="law", level=2)
    assert "Projects you don’t have access to" in browser.page("/")
    page = browser.page("/more-projects")
    assert "2 more projects are not open to you." in page and "It requires level 3 or higher; yours is 2." in page and "All places are taken." in page
    for secret in ("Secret", "Clauses", "Tax", "tax", "Cora", "Vale", "invited", "list", "cora30"):
        assert secret not in page.split("<main")[1], secret


def test_very_many_projects_are_turned_by_pages(portal: Portal, browser: Browser) -> None:
    """Fifty at a time, beside the whole number."""
    for number in range(100, 160):
        portal.project(number, f"Batch {number}", "law")
    portal.member(CANDIDATE, "Ada Quill", domain="law")
    first, second = browser.page("/"), browser.page("/?page=2")
    assert first.count("Continue labelling") == 50 and "1–50 of 60 projects" in first
    assert second.count("Continue labelling") == 10 and "Batch 159" in second


def test_projects_come_first_with_what_is_left_and_the_last_one_to_go_on_with(portal: Portal, browser: Browser) -> None:
    """Above everything else: the project I worked on last, with its progress and the page's one primary button; a finished one is only opened."""
    for number, title in ((3, "Clauses"), (4, "Deeds"), (5, "Wills")):
        portal.project(number, title, "law")
    portal.member(CANDIDATE, "Ada Quill", domain="law")
    portal.extension.progress = {3: (0, 9), 4: (12, 1), 5: (30, 0)}
    assert _primary(browser.page("/")) == ["Start labelling"], "nothing was done: the first by title"
    with portal.store.begin() as unit:
        unit.events.keep([OutboxEvent("1", "annotation_created", CANDIDATE, 4, 1, 1, False, portal.now, None, None)])
    page = browser.page("/")
    assert page.index('id="projects"') < page.index('id="verifications"')
    assert _primary(page) == ["Continue labelling"] and f'class="button" href="{LABEL_STUDIO}/projects/4/data?labeling=1"' in page
    assert "1 task left for you · 12 done" in page and "9 tasks left for you · 0 done" in page and "All your tasks are done: 30" in page
    assert "Labelling needs a wide screen" in page and f'href="{LABEL_STUDIO}/projects/5/data">Open project' in page
    portal.routing.answers = False
    page = browser.page("/")
    assert "left for you" not in page and f'class="button" href="{LABEL_STUDIO}/projects/4/data?labeling=1"' in page, "without Label Studio's answer"


def test_ten_projects_are_searched_by_title_and_domain(portal: Portal, browser: Browser) -> None:
    """A field from ten projects on; what is found is turned by pages with the search kept, and the whole list is one click away."""
    for number in range(100, 160):
        portal.project(number, f"{'Batch' if number < 155 else 'Deed'} {number}", "law")
    portal.member(CANDIDATE, "Ada Quill", domain="law")
    assert 'type="search"' in browser.page("/")
    found = browser.page("/?q=deed+law")
    assert found.count("Continue labelling") == 5 and "Deed 159" in found and "Batch" not in found and 'value="deed law"' in found
    second = browser.page("/?q=batch&page=2")
    assert second.count("Continue labelling") == 5 and "q=batch" in second and "51–55 of 55 projects" in second
    assert "No project has “&lt;b&gt;”" in browser.page("/?q=<b>")


def test_few_projects_have_no_search_field(portal: Portal, browser: Browser) -> None:
    """Nine are seen at a glance."""
    for number in range(100, 109):
        portal.project(number, f"Batch {number}", "law")
    portal.member(CANDIDATE, "Ada Quill", domain="law")
    assert 'type="search"' not in browser.page("/")


def test_i_download_what_is_held_about_me(portal: Portal, browser: Browser) -> None:
    """A link on the consent page gives a file with my profile and nothing of another person; signed out there is none."""
    _consented(browser).send("/profile/work/new", **WORK)
    other = _consented(portal.browser(OTHER))
    assert 'href="/my-data.json"' in browser.page("/consent")
    mine, theirs = browser.get("/my-data.json"), other.get("/my-data.json")
    assert mine.headers["Content-Disposition"] == 'attachment; filename="my-data.json"' and mine.headers["Cache-Control"] == "no-store"
    assert [row["ls_user_id"] for row in mine.json["person"]] == [CANDIDATE] and len(mine.json["claim"]) == 1
    assert [row["ls_user_id"] for row in theirs.json["person"]] == [OTHER] and theirs.json["claim"] == []
    assert Browser(portal).get("/my-data.json").status_code in (302, 303, 401)


MAIL = {"LS_EXPERT_SMTP_URL": "smtp://mail.example.org", "LS_EXPERT_MAIL_FROM": "experts@example.org"}


def test_emails_are_offered_where_a_mail_server_is_set_up(sqlite_store: Database) -> None:
    """The first page leads to the consent until it is given; nothing is said of e-mails where none can be sent."""
    without = Portal(sqlite_store).browser(CANDIDATE)
    assert "e-mail" not in without.page("/") and "E-mails when" not in without.page("/consent")
    assert without.send("/consent/notifications", agreed="yes", version="1").status_code == 404
    browser = Portal(sqlite_store, **MAIL).browser(CANDIDATE)
    assert "Get an e-mail when something changes" in browser.page("/") and "E-mails when something changes" in browser.page("/consent")
    given = browser.send("/consent/notifications", agreed="yes", version="1")
    assert given.status_code == 303 and given.headers["Location"] == "/consent"
    assert "Get an e-mail" not in browser.page("/") and "E-mails when something changes" in browser.page("/consent")
    assert "E-mails when" in without.page("/consent"), "what was agreed to can be withdrawn"
    assert browser.send("/consent/notifications/withdraw").status_code == 303 and "Get an e-mail" in browser.page("/")
