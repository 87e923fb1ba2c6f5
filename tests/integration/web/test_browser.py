"""The portal in a real browser: what only a browser can show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.prelabels import figures
from tests.support.builders.vetting_samples import LICENCE, LONG_ENOUGH
from tests.support.clients.portal import CANDIDATE, MANAGER
from tests.support.clients.window import WORDED, Window, opened
from tests.support.fakes.openai_server import says, streams


@pytest.fixture
def window(sqlite_store: Database, openai_server: Any, browser: Browser) -> Iterator[Window]:
    """Everything running, with a language model."""
    with opened(sqlite_store, openai_server, browser) as window:
        yield window


def _begun(window: Window) -> int:
    return window.portal.browser(CANDIDATE).begin_interview()


def test_the_whole_interview_in_the_page(window: Window) -> None:
    """Answer with Ctrl+Enter, see that the question is being written, and it when it has passed, see how far I am, come to the end; no script error, no breach
    of the content security policy."""
    interview_id = _begun(window)
    window.model.script(streams(["You mention a limitation period. ", "Two clients fall out; ", "what now?"], delay_s=0.3))
    page = window.page(f"/interview/{interview_id}")
    box = page.get_by_label("Your answer")
    box.fill("First line")
    box.press("Enter")
    box.press_sequentially(LONG_ENOUGH)
    box.press("Control+Enter")
    turns = page.locator("[data-turns] > li")
    expect(page.locator(".coming")).to_contain_text("The next question is being written.")
    expect(page.locator("[data-status]")).to_have_text("The next question is being written.")
    assert "limitation period" not in page.locator(".coming").inner_text(), "nothing is shown before the whole has passed"
    expect(turns).to_have_count(3)
    expect(page.locator(".coming")).to_be_hidden()
    expect(turns.nth(1)).to_contain_text("First line\nLast year")
    expect(turns.nth(2)).to_contain_text(WORDED)
    expect(page.get_by_text("Question 2 of at most 6")).to_be_visible()
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    for _ in range(6):
        if page.get_by_text("Interview complete").is_visible():
            break
        count = turns.count()
        box.fill(LONG_ENOUGH)
        page.get_by_role("button", name="Send").click()
        expect(turns).to_have_count(count + 2)
        expect(page.locator(".coming")).to_be_hidden()
    expect(page.get_by_text("Interview complete")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    expect(page.locator("summary", has_text="Request a human interviewer")).to_be_hidden()
    expect(page.get_by_text("Thank you. A person reviews what you wrote.")).to_be_visible()
    assert window.portal.jobs == [("assess", {"interview_id": interview_id})]
    assert window.complaints == []


def test_a_person_asks_and_the_question_appears(window: Window) -> None:
    """I ask for a person; nothing is asked by itself, the page stays calm, and what the manager asks in another window appears in mine."""
    interview_id = _begun(window)
    page = window.page(f"/interview/{interview_id}")
    page.locator("summary", has_text="Request a human interviewer").click()
    page.get_by_role("button", name="Request a human interviewer").click()
    page.get_by_label("Your answer").fill(LONG_ENOUGH)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The next question appears here")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_be_hidden()
    page.evaluate("window.same = true")
    manager = window.page(f"/admin/interviews/{interview_id}", MANAGER)
    assert page.evaluate("window.same") is True, "the page loads itself again and again"
    manager.get_by_label("Your question").fill("Whom did you tell about it?")
    manager.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Whom did you tell about it?")).to_be_visible()
    page.get_by_label("Your answer").fill("I told the client.")
    page.get_by_role("button", name="Send").click()
    expect(manager.get_by_text("I told the client.")).to_be_visible()
    assert window.complaints == []


def test_typed_text_survives_a_reload_until_it_is_sent(window: Window) -> None:
    """A crash of the browser costs me nothing; what was sent does not come back."""
    interview_id = _begun(window)
    page = window.page(f"/interview/{interview_id}")
    page.get_by_label("Your answer").fill("Half an answer")
    expect(page.get_by_text("Saved as a draft")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("Half an answer")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-turns] > li")).to_have_count(3)
    expect(page.get_by_label("Your answer")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("")


def test_signing_out_takes_unsent_text_along(window: Window) -> None:
    """On a shared computer nothing of mine stays behind."""
    interview_id = _begun(window)
    page = window.page(f"/interview/{interview_id}")
    page.get_by_label("Your answer").fill("Half an answer")
    page.locator("summary", has_text="Signed in as Ada Quill").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out of the portal")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


def test_mistakes_are_said_beside_the_box_and_the_text_stays(window: Window) -> None:
    """Empty, too long, answered in another tab: a sentence at the box, my text in it."""
    interview_id = _begun(window)
    page, other = window.page(f"/interview/{interview_id}"), window.page(f"/interview/{interview_id}")
    box, error = page.get_by_label("Your answer"), page.locator("[data-error]")
    page.get_by_role("button", name="Send").click()
    expect(error).to_have_text("Enter your answer.")
    box.fill("word " * 1300)
    expect(page.get_by_text("6,499 of 6,000 characters")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(error).to_contain_text("6000 are the limit")
    expect(box).to_have_attribute("aria-invalid", "true")
    other.get_by_label("Your answer").fill(LONG_ENOUGH)
    other.get_by_role("button", name="Send").click()
    expect(other.locator("[data-turns] > li")).to_have_count(3)
    box.fill("Mine was different")
    page.get_by_role("button", name="Send").click()
    expect(error).to_contain_text("answered in another tab. Your text is still in the box.")
    expect(box).to_have_value("Mine was different")


def test_a_session_that_ended_leads_back_with_the_text(window: Window) -> None:
    """After eight hours I sign in again with one click, and find my text."""
    interview_id = _begun(window)
    page = window.page(f"/interview/{interview_id}")
    page.get_by_label("Your answer").fill("Typed before lunch")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send").click()
    # The form's token has gone with the session; either way the page says what to do and keeps the text.
    expect(page.locator("[data-error] a")).to_be_visible()
    page.locator("[data-error] a").click()
    expect(page.get_by_label("Your answer")).to_have_value("Typed before lunch")


def test_a_question_that_did_not_come_is_asked_for_again(window: Window) -> None:
    """When the connection breaks after my answer, a reload brings the question, once."""
    interview_id = _begun(window)
    window.portal.browser(CANDIDATE).call(f"/api/interviews/{interview_id}/answers", {"in_reply_to": 0, "text": LONG_ENOUGH})
    page = window.page(f"/interview/{interview_id}")
    expect(page.locator("[data-turns] > li")).to_have_count(3)
    page.reload()
    expect(page.locator("[data-turns] > li")).to_have_count(3)


def test_without_script_everything_goes_on(window: Window) -> None:
    """Interest, consent, profile and interview with scripts switched off."""
    page = window.page("/", java_script_enabled=False)
    page.get_by_role("link", name="See what it takes in Law").click()
    page.get_by_role("button", name="Apply in Law").click()
    page.get_by_label("I have read this and agree to it.").first.check()
    page.get_by_role("button", name="Give consent").first.click()
    page.get_by_label("Employer").fill("Quill & Partners")
    page.get_by_label("Job title").fill("Associate")
    page.get_by_label("Start date").fill("2014-06")
    expect(page.get_by_label("I currently work here")).to_be_checked()
    page.get_by_label("Start date").press("Enter")
    page.get_by_role("link", name="Continue to the interview in Law").first.click()
    page.get_by_role("button", name="Start the interview").click()
    page.get_by_label("Your answer").fill(LONG_ENOUGH)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-turns] > li")).to_have_count(3)


def test_a_quote_lights_up_its_words(window: Window) -> None:
    """The manager follows a quote and sees it in the transcript."""
    window.portal.browser(CANDIDATE).hold_interview(LONG_ENOUGH)
    window.portal.work()
    page = window.page("/admin/review/1", MANAGER)
    link = page.locator("[data-quote]").first
    quote = link.inner_text().strip("“”")
    link.click()
    expect(page.locator("mark.now")).to_have_text(quote)
    expect(page.locator("mark.now")).to_be_in_viewport()
    assert window.complaints == []


# What stands beyond the right edge of the window.
_BEYOND = """Array.from(document.querySelectorAll("body *")).filter(one => one.getBoundingClientRect().right > innerWidth)
  .map(one => one.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize("width", [360, 390, 1440])
def test_no_page_is_wider_than_the_screen(window: Window, width: int) -> None:
    """Nobody scrolls sideways, on a phone either."""
    window.portal.project(3, "A project with quite a long title, as teams write them when they mean well", "law")
    browser = window.portal.browser(CANDIDATE)
    browser.hold_interview(LONG_ENOUGH)
    window.portal.work()
    page = window.page("/admin", MANAGER, viewport={"width": width, "height": 800})
    browser = window.portal.browser(MANAGER)
    browser.send("/consent/matching", agreed="yes", version="1")
    with window.portal.store.read() as unit:
        candidate = unit.people.by_ls_user_id(CANDIDATE)
    assert candidate is not None
    for path in ("/", "/consent", "/profile", "/profile/import", "/profile/education/new", "/profile/licence/new", "/profile/work/new", "/profile/language/new",
                 "/more-projects", "/admin/review", "/admin/review/1", "/admin/people", f"/admin/people/{candidate.id}?q=a", "/admin/projects",
                 "/admin/projects/3", "/admin/projects/3/people?q=a", f"/admin/projects/3/people/{candidate.id}", "/nothing-here"):
        page.goto(window.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, page.evaluate(_BEYOND))
    own = window.page("/domains/law/result", viewport={"width": width, "height": 800})
    for summary in own.locator("summary").filter(visible=True).filter(has_text="not right").all():
        summary.click()
    assert own.evaluate("document.documentElement.scrollWidth") <= width, "what was found"
    page.goto(f"{window.url}/admin/projects")
    page.get_by_role("button", name="Edit all 1").click()
    for part in page.locator(".change-this input").all():
        part.check()
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the form for many"
    page.get_by_label("Maximum experts").fill("2")
    page.get_by_role("button", name="Preview changes").click()
    expect(page.get_by_role("heading", name="Review changes")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the preview"


def test_a_licence_is_checked_with_the_decision_and_the_person_verified(window: Window) -> None:
    """One form for both, which is open where ticks are all that is missing."""
    candidate = window.portal.browser(CANDIDATE)
    candidate.send("/consent/matching", agreed="yes", version="1")
    candidate.send("/profile/licence/new", **LICENCE)
    candidate.hold_interview(LONG_ENOUGH)
    window.portal.work()
    page = window.page("/admin/review/1", MANAGER)
    page.get_by_label("I looked up Bar admission").check()
    page.get_by_label("Contracts").check()
    page.get_by_role("radio", name="4").check()
    page.get_by_role("button", name="Verify", exact=True).click()
    expect(page.get_by_text("Verified. Synced with Label Studio.")).to_be_visible()
    expect(page.get_by_text("Verified by reviewer", exact=True)).to_be_visible()
    assert window.complaints == []


def test_an_answer_begun_here_is_finished_on_another_device(window: Window) -> None:
    """The page keeps what is typed a moment later; another browser has it; the newer of the two texts wins."""
    interview_id = _begun(window)
    page = window.page(f"/interview/{interview_id}")
    with page.expect_response("**/draft") as kept:
        page.get_by_label("Your answer").fill("Begun on the train")
    assert kept.value.json() == {"kept": True}
    other = window.page(f"/interview/{interview_id}")
    expect(other.get_by_label("Your answer")).to_have_value("Begun on the train")
    with other.expect_response("**/draft"):
        other.get_by_label("Your answer").fill("Begun on the train, gone on at the desk")
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("Begun on the train, gone on at the desk")
    assert window.complaints == []


def test_the_first_question_in_ones_language(window: Window) -> None:
    """I choose a language and a specialty, and the page asks for the first question by itself."""
    browser = window.portal.browser(CANDIDATE)
    browser.send("/domains/law/interest")
    browser.send("/consent/matching", agreed="yes", version="1")
    page = window.page("/domains/law/interview")
    page.get_by_label("Contracts").check()
    page.get_by_label("Language of the interview").select_option(label="French")
    window.model.script(says("Quel délai avez-vous fait respecter ?"))
    page.get_by_role("button", name="Start the interview").click()
    expect(page.locator("[data-turns] > li")).to_have_text(["InterviewerQuel délai avez-vous fait respecter ?"])
    expect(page.get_by_label("Your answer")).to_be_visible()
    assert window.complaints == []


def test_runs_and_figures_are_followed_without_a_reload(window: Window) -> None:
    """Both parts of the page change by themselves while the worker is at it, and stay as they are after."""
    window.portal.project(3, "Clauses", "law")
    store = window.portal.store
    with store.begin() as unit:
        manager = unit.people.save(MANAGER, "boss@example.org", "Bo Ss", "manager", window.portal.now)
        run = unit.prelabel_runs.begin(3, manager.id, False, window.portal.now)
        unit.prelabel_figures.ask(3, 0, window.portal.now)
    page = window.page("/admin/projects/3/prelabels", MANAGER)
    expect(page.locator("#run .badge")).to_have_text("Running")
    expect(page.locator("#figures .badge")).to_have_text("Calculating")
    with store.begin() as unit:
        taken = unit.prelabel_runs.take(run.id, window.portal.now)
        assert taken is not None
        unit.prelabel_runs.tell(taken, window.portal.now, tasks=10, made=4, empty=0, failed=0)
    expect(page.locator("#run [role=status]")).to_contain_text("4 of at most 10 tasks")
    with store.begin() as unit:
        unit.prelabel_runs.end(taken, "done", "", window.portal.now)
        unit.prelabel_figures.put(3, figures(PredictorSpec("some-model", "prelabel.v2")), window.portal.now)
    expect(page.locator("#run .badge")).to_have_text("Done")
    expect(page.locator("#figures .badge")).to_have_count(0)
    expect(page.get_by_role("link", name="Switch …")).to_be_visible()
    assert not window.complaints


def test_the_result_is_unfolded_by_keyboard_and_printed_open(window: Window) -> None:
    """A folded section opens with Enter; on paper everything is there, and the page is folded again afterwards."""
    window.portal.browser(CANDIDATE).hold_interview(LONG_ENOUGH)
    window.portal.work()
    page = window.page("/domains/law/result")
    found = page.locator("#found .found")
    expect(found).to_be_hidden()
    page.emulate_media(media="print")
    expect(found).to_be_visible()
    page.emulate_media(media="screen")
    expect(found).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(found).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(found).to_be_hidden()
    page.locator("#found > summary").focus()
    page.keyboard.press("Enter")
    expect(found).to_be_visible()


def test_a_phone_says_beside_the_button_that_labelling_needs_more_room(window: Window) -> None:
    """Before they find out; a wide window has no such note."""
    window.portal.project(3, "Clauses", "law")
    window.portal.member(CANDIDATE, "Ada Quill", domain="law")
    narrow = window.page("/", viewport={"width": 390, "height": 844})
    expect(narrow.get_by_text("Labelling needs a wide screen")).to_be_visible()
    expect(window.page("/").get_by_text("Labelling needs a wide screen")).to_be_hidden()
