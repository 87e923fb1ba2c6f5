"""A manager's reports: health, impact and consents, each as a page, and as CSV where it is a table."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.review_pages import candidate_in_review, send_decision
from tests.support.builders.vetting_samples import NOW
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Browser, Portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal beside a Label Studio that does not answer."""
    return Portal(
        sqlite_store, LS_EXPERT_LABEL_STUDIO_URL="http://127.0.0.1:9", LS_EXPERT_ML_URL="http://127.0.0.1:9",
        LS_EXPERT_DATABASE_URL=sqlite_store.engine.url.render_as_string(hide_password=False), LS_EXPERT_FAIRNESS_QUESTIONS="yes",
    )


def _rows(browser: Browser, path: str) -> list[list[str]]:
    response = browser.get(path)
    assert response.mimetype == "text/csv" and "attachment" in response.headers["Content-Disposition"] and "no-store" in response.headers["Cache-Control"]
    return list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))


@pytest.mark.parametrize("path", [
    "/admin", "/admin/weeks.csv", "/admin/health", "/admin/consents", "/admin/consents.csv", "/admin/impact-report", "/admin/impact-report.csv",
    "/admin/people/people.csv", "/admin/people/1/projects.csv", "/admin/review/queue.csv", "/admin/review/screening-questions.csv",
    "/admin/review/against-policy.csv",
])
def test_only_managers_see_them(portal: Portal, path: str) -> None:
    """A candidate is refused, a stranger has to sign in, a manager sees it."""
    assert portal.browser(CANDIDATE).get(path).status_code == 403
    assert portal.browser().get(path).status_code == 303
    assert portal.browser(MANAGER).get(path).status_code == 200


def test_health_runs_its_checks_only_when_asked(portal: Portal) -> None:
    """The same words and cures as the command; what is down is a FAIL, not an error."""
    manager = portal.browser(MANAGER)
    page = manager.page("/admin/health")
    assert "Not running" in page and "FAIL" not in page
    found = manager.send("/admin/health")
    assert found.status_code == 200 and "FAIL" in found.text and "no Label Studio answers" in found.text.lower().replace("label studio", "Label Studio")
    assert portal.browser(CANDIDATE).send("/admin/health").status_code == 403


def test_consents_tell_who_agreed_to_which_text_and_who_withdrew(portal: Portal) -> None:
    """The latest word of each person on each purpose; nothing that they told us."""
    candidate, manager = portal.browser(CANDIDATE), portal.browser(MANAGER)
    candidate.send("/consent/matching", agreed="yes", version="1")
    candidate.send("/consent/profile_suggestions", agreed="yes", version="1")
    portal.now = NOW + dt.timedelta(minutes=5)
    candidate.send("/consent/profile_suggestions/withdraw")
    with portal.store.begin() as unit:
        (boss,) = [one for one in unit.people.all() if one.ls_user_id == MANAGER]
        unit.consents.add(boss.id, "matching", "0", NOW)
    page = manager.page("/admin/consents")
    assert page.count("Agreed to an earlier text") >= 2 and "Withdrawn" in page
    assert "Ada Quill" in page and "Ada Quill" not in manager.page("/admin/consents?q=boss")
    rows = _rows(manager, "/admin/consents.csv")
    (ada,) = [row for row in rows if row[0] == "Ada Quill"]
    assert [row[0] for row in _rows(manager, "/admin/consents.csv?q=quill")] == ["Name", "Ada Quill"]
    assert ada[2:8] == ["Agreed", "1", f"{NOW:%Y-%m-%d %H:%M:%S}", "Withdrawn", "1", f"{portal.now:%Y-%m-%d %H:%M:%S}"]


def test_the_impact_report_is_the_commands(portal: Portal) -> None:
    """Small groups are left out of the page and of the file; an unknown domain is none."""
    with portal.store.begin() as unit:
        for number in range(12):
            person = unit.people.save(100 + number, f"p{number}@example.org", f"Person {number}", "expert", NOW)
            verification = unit.verifications.add(person.id, "law", "in_review", NOW)
            is_woman = number < 6
            to = "verified" if not is_woman or number < 2 else "declined"
            unit.verifications.change(verification.id, to, actor_person_id=None, reason="", now=NOW)
            unit.fairness.set_answers(person.id, {"gender": "woman" if is_woman else "man", "age": "under_30" if number < 2 else "30_44"}, NOW)
    manager = portal.browser(MANAGER)
    page = manager.page("/admin/impact-report?domain=law")
    assert "12 first decisions" in page and "2 of 6" in page and "Below four fifths" in page and "Too few" in page and "Nobody answered" in page
    rows = _rows(manager, "/admin/impact-report.csv")
    assert ["all", "Gender", "Woman", "6", "2", str(2 / 6), str(2 / 6), "yes"] in rows and ["all", "Age", "Under 30", "", "", "", "", ""] in rows
    assert manager.get("/admin/impact-report?domain=nothing").status_code == 404


def test_people_as_csv_are_those_that_were_searched(portal: Portal) -> None:
    """With status, end and level in each domain; a name that begins like a formula stays a name."""
    portal.member(20, "=Cora Vale", domain="law", level=3, specialties=["commercial_contracts"])
    portal.browser(CANDIDATE)
    manager = portal.browser(MANAGER)
    rows = _rows(manager, "/admin/people/people.csv")
    assert rows[0][:5] == ["Name", "E-mail", "Role", "Domain", "Status"] and len(rows) == 4
    (cora,) = _rows(manager, "/admin/people/people.csv?standing=verified")[1:]
    assert cora[0] == "'=Cora Vale" and cora[3:5] == ["law", "Verified"] and cora[6:] == ["3", "commercial_contracts"]


def test_people_are_narrowed_down_and_their_file_with_them(portal: Portal) -> None:
    """Domain, level and end stand in the address; the file has the verifications that match; links keep the filter."""
    portal.member(20, "Cora Vale", domain="law", level=3, specialties=["contracts"])
    portal.member(21, "Dan Weir", domain="law", level=1)
    manager = portal.browser(MANAGER)
    page = manager.page("/admin/people?domain=law&specialty=law:contracts&level=2")
    assert "Cora Vale" in page and "Dan Weir" not in page and '<option value="law:contracts" selected>' in page
    assert '<details class="more-filters" open>' in page
    assert 'href="/admin/people/people.csv?domain=law&amp;specialty=law:contracts&amp;level=2"' in page
    assert [row[0] for row in _rows(manager, "/admin/people/people.csv?domain=law&level=2")[1:]] == ["Cora Vale"]
    assert "Nobody matches." in manager.page("/admin/people?expires=30")
    portal.now += dt.timedelta(days=180)
    assert "Cora Vale" in portal.browser(MANAGER).page("/admin/people?expires=30")


def test_the_queue_as_csv_is_the_tab_that_was_searched(portal: Portal) -> None:
    """Who waits, since when, and who has taken it; against the policy with what for; a person's projects."""
    candidate_in_review(portal, OTHER)
    candidate_in_review(portal)
    portal.asks(3, "Clauses", Requirement("law"))
    manager = portal.browser(MANAGER)
    manager.send("/admin/review/2/assign")
    rows = _rows(manager, "/admin/review/queue.csv?tab=new")
    assert rows[0][:4] == ["Waits for", "Name", "E-mail", "Domain"]
    assert [(row[0], row[1], row[4], row[7]) for row in rows[1:]] == [
        ("New", "Ben Ochre", "In review", ""), ("New", "Ada Quill", "In review", "boss@example.org"),
    ]
    assert len(_rows(manager, "/admin/review/queue.csv?tab=new&q=quill")) == 2 and len(_rows(manager, "/admin/review/queue.csv?tab=appeals")) == 1
    assert 'href="/admin/review/queue.csv?tab=new&amp;sort=waiting&amp;mine=1"' in manager.page("/admin/review?mine=1")
    send_decision(manager, "verify", 2, valid_until="2026-12-31", note="Read beside the other.")
    assert _rows(manager, "/admin/review/against-policy.csv")[1][:3] == ["law", "1", "1"]
    with portal.store.read() as unit:
        (ada,) = [one for one in unit.people.all() if one.ls_user_id == CANDIDATE]
    assert _rows(manager, f"/admin/people/{ada.id}/projects.csv")[1][:2] == ["3", "Clauses"]


def test_the_portal_is_shown_in_the_colours_of_label_studio(portal: Portal) -> None:
    """As the link from there says, until the next one; anything else follows the reader's own setting."""
    for handed, shown in (("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ('"><b>', "")):
        browser = portal.browser()
        browser.client.get("/sign-in", query_string={"theme": handed})
        browser.sign_in(CANDIDATE)
        assert f'<html lang="en"{shown}>' in browser.page("/")
