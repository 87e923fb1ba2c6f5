"""The reviewers' pages in a real browser: the decision bar, focus after an error, keyboard shortcuts, a suggested question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import LONG_ENOUGH
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER
from tests.support.clients.window import Window, opened


@pytest.fixture
def window(sqlite_store: Database, openai_server: Any, browser: Browser) -> Iterator[Window]:
    """Everything running, with a language model."""
    with opened(sqlite_store, openai_server, browser) as window:
        yield window


def _in_review(window: Window) -> Page:
    for who in (CANDIDATE, OTHER):
        window.portal.browser(who).hold_interview(LONG_ENOUGH)
    window.portal.work()
    return window.page("/admin/review/1", MANAGER)


def test_the_decision_is_in_sight_and_a_refused_one_has_the_focus(window: Window) -> None:
    """The bar opens the form of its decision; what is wrong is told beside the field, in sight, with the focus, and in the title."""
    page = _in_review(window)
    choices = page.get_by_role("group", name="Decide about Ada Quill").get_by_role("link")
    assert choices.all_inner_texts() == ["Verify", "Request information", "Decline"]
    expect(choices.nth(2)).to_be_in_viewport()
    choices.nth(2).click()
    expect(page.get_by_label("Reason", exact=True)).to_be_focused()
    expect(page.locator("#decide-verify")).not_to_have_attribute("open", "")
    page.get_by_role("button", name="Decline", exact=True).click()
    expect(page.locator("#decline-wrong")).to_be_focused()
    expect(page.locator("#decline-wrong")).to_be_in_viewport()
    assert page.title().startswith("Error: ") and "Write the reason" in page.locator("#decline-wrong").inner_text()


def test_single_keys_open_forms_are_letters_in_fields_and_can_be_switched_off(window: Window) -> None:
    """e asks for information, ? lists the keys; typed into a field they are text; switched off they do nothing, also on the next page."""
    page = _in_review(window)
    page.keyboard.press("e")
    field = page.get_by_label("What is missing")
    expect(field).to_be_focused()
    page.keyboard.type("did? vj")
    expect(field).to_have_value("did? vj")
    expect(page.locator("#decide-decline")).not_to_have_attribute("open", "")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.get_by_label("Use keyboard shortcuts").uncheck()
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("d")
    expect(page.locator("#decide-decline")).not_to_have_attribute("open", "")
    assert window.complaints == []


def test_a_suggested_question_goes_into_the_field(window: Window) -> None:
    """It can be changed before it is asked."""
    browser = window.portal.browser(CANDIDATE)
    browser.begin_interview("law")
    browser.send("/interview/1/person")
    page = window.page("/admin/interviews/1", MANAGER)
    page.get_by_role("link", name="Use this question").click()
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(page.get_by_label("Your question")).to_have_value(page.locator("[data-suggested]").inner_text())
    assert window.complaints == []
