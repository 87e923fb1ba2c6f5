"""Signing in through Label Studio, what it refuses, and what every answer carries."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from ls_expert_plugin.storage.tables import PortalSessionRow
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from tests.support.clients.portal import CANDIDATE, LABEL_STUDIO, MANAGER, OTHER, Browser, Portal, state_of


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal with nobody in it."""
    return Portal(sqlite_store)


def _state(browser: Browser, wanted: str = "/") -> str:
    return state_of(browser.client.get("/sign-in", query_string={"next": wanted}).headers["Location"])


def _enter(browser: Browser, token: str) -> int:
    response = browser.client.get("/enter", query_string={"token": token})
    if response.status_code == 403:
        assert "This sign-in link is no longer valid" in response.text and f'href="{LABEL_STUDIO}/expert/"' in response.text
    return response.status_code


def test_one_click_signs_in_and_leads_to_where_one_was_going(portal: Portal) -> None:
    """A page that needs me sends me through Label Studio and back to itself, and knows my name."""
    browser = portal.browser()
    first = browser.get("/profile?from=mail")
    assert first.status_code == 303
    there = browser.get(first.headers["Location"]).headers["Location"]
    assert there.startswith(f"{LABEL_STUDIO}/expert/?state=")
    back = browser.client.get("/enter", query_string={"token": portal.handoff(CANDIDATE, state_of(there))})
    assert (back.status_code, back.headers["Location"]) == (303, "/profile?from=mail")
    assert "Ada Quill" in browser.page("/profile?from=mail")


def test_a_sign_in_link_works_once(portal: Portal) -> None:
    """A hand-off that was seen by somebody else, or replayed, opens nothing."""
    browser = portal.browser()
    token = portal.handoff(CANDIDATE, _state(browser))
    assert _enter(browser, token) == 303
    assert _enter(browser, token) == 403
    again = portal.browser()
    assert _enter(again, token) == 403
    assert again.get("/").status_code == 303


def test_a_used_link_is_refused_even_where_its_state_is_still_known(portal: Portal) -> None:
    """The single use does not hang on the session alone: a copy of the cookie from before is refused, too."""
    browser, copy = portal.browser(), portal.browser()
    state = _state(browser)
    cookie = browser.client.get_cookie("ls_expert_session")
    assert cookie is not None
    copy.client.set_cookie("ls_expert_session", cookie.value)
    token = portal.handoff(CANDIDATE, state)
    assert (_enter(browser, token), _enter(copy, token)) == (303, 403)
    with portal.store.begin() as unit:
        members.gone(unit, CANDIDATE, portal.now)
    assert _enter(copy, token) == 403
    with portal.store.begin() as unit:
        assert unit.people.by_ls_user_id(CANDIDATE) is None, "a refused link brings nobody back"


def test_a_link_signed_before_a_role_was_taken_away_does_not_bring_it_back(portal: Portal) -> None:
    """Label Studio has told us of the new role in between: who comes by the old link has that one."""
    browser = portal.browser()
    token = portal.handoff(MANAGER, _state(browser), role="manager")
    portal.now += dt.timedelta(seconds=20)
    with portal.store.begin() as unit:
        members.joined(unit, MANAGER, "boss@example.org", "Boss", "expert", portal.now)
    portal.now += dt.timedelta(seconds=20)
    assert _enter(browser, token) == 303
    with portal.store.read() as unit:
        person = unit.people.by_ls_user_id(MANAGER)
    assert person is not None and (person.role, person.name) == ("expert", "Boss")
    assert browser.get("/admin/people").status_code == 403


@pytest.mark.parametrize("age_s", [61, 3600, -30])
def test_a_sign_in_link_is_good_for_a_minute(portal: Portal, age_s: int) -> None:
    """An old link, or one from the future, is refused."""
    browser = portal.browser()
    token = portal.handoff(CANDIDATE, _state(browser), now=portal.now - dt.timedelta(seconds=age_s))
    assert _enter(browser, token) == 403


def test_forged_and_foreign_links_are_refused(portal: Portal) -> None:
    """Only Label Studio can send somebody, and only into the browser that asked."""
    browser = portal.browser()
    state = _state(browser)
    assert _enter(browser, "") == 403
    assert _enter(browser, "not.a.token") == 403
    assert _enter(browser, portal.handoff(CANDIDATE, state, secret="another secret of twenty-four")) == 403
    assert _enter(browser, portal.handoff(CANDIDATE, "a-state-of-another-browser")) == 403
    assert _enter(portal.browser(), portal.handoff(CANDIDATE, state)) == 403
    assert browser.get("/").status_code == 303, "nobody is signed in by a refused link"


def test_two_tabs_may_sign_in_at_once(portal: Portal) -> None:
    """Tabs that a browser opens together do not lock each other out."""
    browser = portal.browser()
    one, two = _state(browser, "/profile"), _state(browser, "/consent")
    assert _enter(browser, portal.handoff(CANDIDATE, one)) == 303
    assert _enter(browser, portal.handoff(CANDIDATE, two)) == 303


def test_signing_in_again_changes_who_is_here(portal: Portal) -> None:
    """Whoever is signed in to Label Studio now is who the portal sees, and nothing of the one before stays."""
    browser = portal.browser(CANDIDATE)
    browser.send("/domains/law/interest")
    browser.sign_in(OTHER)
    page = browser.page("/")
    assert "Ben Ochre" in page and "Ada Quill" not in page and "noted" not in page


def test_whoever_leaves_label_studio_is_signed_out(portal: Portal) -> None:
    """A person who is gone cannot go on with an old session."""
    browser = portal.browser(CANDIDATE)
    assert browser.get("/").status_code == 200
    with portal.store.begin() as unit:
        members.gone(unit, CANDIDATE, portal.now)
    assert browser.get("/").status_code == 303


def test_a_lost_role_is_lost_at_once(portal: Portal) -> None:
    """A manager who no longer is one sees no dossier, and signs in again as what they are."""
    browser = portal.browser(MANAGER)
    assert browser.get("/admin/review").status_code == 200
    with portal.store.begin() as unit:
        members.joined(unit, MANAGER, "boss@example.org", "", "expert", portal.now)
    assert browser.get("/admin/review").status_code == 303


def test_a_session_lasts_eight_hours(portal: Portal) -> None:
    """However busy one is, after eight hours one signs in again."""
    browser = portal.browser(CANDIDATE)
    for _ in range(8):
        portal.now += dt.timedelta(hours=1)
        assert browser.get("/").status_code == 200
    portal.now += dt.timedelta(seconds=1)
    assert browser.get("/").status_code == 303


def test_a_session_ends_when_nothing_is_done(portal: Portal, sqlite_store: Database) -> None:
    """After two hours, or what the setting says; both limits are settings."""
    browser = portal.browser(CANDIDATE)
    portal.now += dt.timedelta(hours=2, seconds=1)
    assert browser.get("/").status_code == 303
    short = Portal(sqlite_store, LS_EXPERT_SESSION_HOURS="1", LS_EXPERT_SESSION_IDLE_MINUTES="10")
    browser = short.browser(CANDIDATE)
    for _ in range(7):
        short.now += dt.timedelta(minutes=8, seconds=30)
        assert browser.get("/").status_code == 200
    short.now += dt.timedelta(minutes=1)
    assert browser.get("/").status_code == 303


def test_signing_out_ends_every_session_of_mine(portal: Portal) -> None:
    """Another browser, and a copy of the cookie from before, are signed out too; other people are not."""
    browser, elsewhere, copy, other = portal.browser(CANDIDATE), portal.browser(CANDIDATE), portal.browser(), portal.browser(OTHER)
    cookie = browser.client.get_cookie("ls_expert_session")
    assert cookie is not None
    copy.client.set_cookie("ls_expert_session", cookie.value)
    assert copy.get("/my-data.json").status_code == 200
    browser.send("/sign-out")
    copy.client.set_cookie("ls_expert_session", cookie.value)
    assert copy.get("/my-data.json").status_code == elsewhere.get("/my-data.json").status_code == 303
    assert other.get("/my-data.json").status_code == 200
    with portal.store.read() as unit:
        kept = unit.session.scalars(select(PortalSessionRow.id)).all()
    assert len(kept) == 1 and all(token not in str(cookie.value) for token in kept)


def test_whoever_is_removed_is_signed_out_within_a_minute(portal: Portal) -> None:
    """Although no event has come: Label Studio is asked again when what it last said is a minute old. They do not come back with an old link."""
    manager, candidate = portal.browser(MANAGER), portal.browser(CANDIDATE)
    waiting = portal.browser()
    early = portal.handoff(MANAGER, _state(waiting))
    portal.extension.removed.add(MANAGER)
    portal.now += dt.timedelta(seconds=59)
    assert manager.get("/admin/people").status_code == 200
    portal.now += dt.timedelta(seconds=1)
    assert manager.get("/admin/people").status_code == 303 and candidate.get("/").status_code == 200
    assert _enter(waiting, early) == 403, "signed before they were removed"
    with portal.store.read() as unit:
        assert unit.people.by_ls_user_id(MANAGER) is None


def test_a_role_that_label_studio_changed_ends_the_session(portal: Portal) -> None:
    """Within a minute, without an event."""
    browser = portal.browser(MANAGER)
    portal.extension.roles[MANAGER] = "expert"
    portal.now += dt.timedelta(minutes=1)
    assert browser.get("/admin/people").status_code == 303
    with portal.store.read() as unit:
        person = unit.people.by_ls_user_id(MANAGER)
    assert person is not None and not person.is_manager


def test_while_label_studio_is_down_the_portal_goes_on(portal: Portal) -> None:
    """What Label Studio last said counts until it answers again."""
    browser = portal.browser(CANDIDATE)
    portal.extension.answers = False
    portal.extension.removed.add(CANDIDATE)
    portal.now += dt.timedelta(minutes=20)
    assert browser.get("/").status_code == 200
    portal.extension.answers = True
    assert browser.get("/").status_code == 200, "not asked anew at each request while it is down"
    portal.now += dt.timedelta(seconds=10)
    assert browser.get("/").status_code == 303


def test_signing_out(portal: Portal) -> None:
    """Afterwards nothing is open, and the page does not lead straight back in."""
    browser = portal.browser(CANDIDATE)
    left = browser.send("/sign-out")
    assert left.headers["Location"] == "/signed-out"
    assert browser.get("/signed-out").status_code == 200
    assert browser.get("/").status_code == 303


def test_programs_are_told_instead_of_redirected(portal: Portal) -> None:
    """A script gets a 401 in the one shape of errors."""
    response = portal.browser().call("/api/interviews/1/answers", {"in_reply_to": 0, "text": "x"})
    assert response.status_code == 401
    assert response.json == {"error": {
        "code": "not_signed_in", "message": "You are not signed in, or no longer. Sign in again to go on.",
    }}


@pytest.mark.parametrize("path", [
    "/", "/profile", "/profile/education/new", "/profile/entries/1", "/consent", "/consent/matching/withdraw", "/interview/1",
    "/admin/review", "/admin/review/1", "/admin/people", "/admin/projects",
])
def test_every_page_asks_who_is_there(portal: Portal, path: str) -> None:
    """No page shows anything to a stranger."""
    response = portal.browser().get(path)
    assert response.status_code == 303
    assert urlsplit(response.headers["Location"]).path == "/sign-in"


def test_every_form_asks_who_is_there(portal: Portal) -> None:
    """No address that changes something works for a stranger, nor without the form's token."""
    paths = {
        str(rule).replace("<any(education, licence, work, skill, language):kind>", "work").replace("<domain>", "law").replace("<purpose_id>", "matching")
        for rule in portal.app.url_map.iter_rules() if "POST" in (rule.methods or set()) and rule.endpoint != "hooks.label_studio"
    }
    import re
    paths = {re.sub(r"<int\(max=2147483647\):\w+>", "1", path) for path in paths}
    assert len(paths) >= 22 and not any("<" in path for path in paths)
    stranger, candidate = portal.browser(), portal.browser(CANDIDATE)
    for path in paths - {"/sign-out"}:
        response = stranger.send(path)
        assert response.status_code == 401, path
        assert path.startswith("/api/") or ("Your session has expired" in response.text and 'href="/sign-in' in response.text), path
    for path in paths:
        assert candidate.client.post(path).status_code == 400, path


def test_every_answer_is_guarded(portal: Portal) -> None:
    """Scripts, frames, caches and referrers are shut out, on pages, errors and JSON alike."""
    browser = portal.browser(CANDIDATE)
    for path in ("/", "/nothing-here", "/health", "/admin/people", "/sign-in"):
        headers = browser.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; base-uri 'none'; frame-ancestors 'none'"), path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
    style = browser.get("/static/portal.css")
    assert style.status_code == 200 and style.headers["Cache-Control"] != "no-store"
    style.close()


def test_the_session_cookie_is_guarded(sqlite_store: Database) -> None:
    """No script reads it, no other site sends it, and over https it never leaves in the clear."""
    plain = Portal(sqlite_store).browser().get("/sign-in").headers["Set-Cookie"]
    assert "ls_expert_session=" in plain and "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    secure = Portal(sqlite_store, LS_EXPERT_PUBLIC_URL="https://experts.example").browser().get("/sign-in").headers["Set-Cookie"]
    assert "Secure" in secure


def test_forms_work_over_https_without_a_referrer(sqlite_store: Database) -> None:
    """Our pages send no referrer; the check of the form's token must not ask for one."""
    portal = Portal(sqlite_store, LS_EXPERT_PUBLIC_URL="https://experts.example")
    client = portal.app.test_client()
    state = state_of(client.get("/sign-in", base_url="https://experts.example").headers["Location"])
    client.get("/enter", query_string={"token": portal.handoff(CANDIDATE, state)}, base_url="https://experts.example")
    import re
    token = re.search(r'csrf-token" content="([^"]+)"', client.get("/", base_url="https://experts.example").text)
    assert token is not None
    sent = client.post("/domains/law/interest", data={"csrf_token": token[1]}, base_url="https://experts.example")
    assert sent.status_code == 303


@pytest.mark.parametrize(("method", "path", "status", "code"), [
    ("GET", "/nothing-here", 404, "not_found"), ("POST", "/health", 405, "method_not_allowed"),
    ("GET", "/interview/99999999999999999999", 404, ""),
    ("GET", "/api/nothing-here", 404, "not_found"), ("GET", "/api/interviews/1/answers", 405, "method_not_allowed"),
    ("GET", "/profile/entries/4", 404, ""), ("GET", "/interview/4", 404, ""), ("POST", "/domains/astrology/interest", 404, ""),
])
def test_what_is_not_there_says_so(portal: Portal, method: str, path: str, status: int, code: str) -> None:
    """Wrong addresses end on a page with a way on, or in the one shape of errors."""
    browser = portal.browser(CANDIDATE)
    response = browser.get(path) if method == "GET" else browser.send(path)
    assert response.status_code == status
    if path.startswith("/api/") or path == "/health":
        assert response.json is not None
        assert set(response.json) == {"error"} and set(response.json["error"]) == {"code", "message"}
        assert response.json["error"]["code"] == code
    else:
        assert "Back to home" in response.text


def test_a_form_that_is_far_too_large_is_refused(portal: Portal) -> None:
    """Megabytes in a form end in a sentence."""
    browser = portal.browser(CANDIDATE)
    response = browser.send("/profile/work/new", description="x" * 3_000_000)
    assert response.status_code == 413 and "larger than we take" in response.text


def test_health_tells_of_the_database(portal: Portal, sqlite_store: Database) -> None:
    """Up while the database answers; 503, with a reason, when it does not."""
    assert portal.browser().get("/health").json == {"status": "ok"}
    broken = Portal(Database("sqlite:////nonexistent/directory/x.sqlite3"))
    response = broken.browser().get("/health")
    assert response.status_code == 503
    assert response.json == {"error": {"code": "database", "message": "The database does not answer. Try again in a minute."}}


def test_an_unforeseen_mistake_shows_no_traceback(portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    """The log has the details; the page has a sentence."""
    @portal.app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    response = portal.browser().get("/broken")
    assert response.status_code == 500
    assert "secret detail" not in response.text and "Traceback" not in response.text
    assert "secret detail" in caplog.text
