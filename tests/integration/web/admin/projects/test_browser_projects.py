"""Requirements of projects in a real browser: preview, save, undo, many at once, with and without script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import pack
from tests.support.clients.portal import MANAGER
from tests.support.clients.window import Window, opened


@pytest.fixture
def window(sqlite_store: Database, openai_server: Any, browser: Browser) -> Iterator[Window]:
    """Everything running, with a language model."""
    with opened(sqlite_store, openai_server, browser) as window:
        yield window


def _changing_a_project(page: Page) -> None:
    page.get_by_label("Title or number").fill("clau")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Clauses", exact=True).click()
    page.get_by_label("Lowest level").select_option("3")
    page.get_by_label("Only people on a list, if they match").check()
    page.get_by_label("Name or e-mail").fill("vale")


def _saving_and_undoing(page: Page) -> None:
    page.get_by_label("Cora Vale").check()
    page.get_by_role("button", name="Preview changes").click()
    expect(page.get_by_role("heading", name="1 person loses access")).to_be_visible()
    expect(page.get_by_role("link", name="Dan Moss")).to_be_visible()
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_label("Lowest level")).to_have_value("3")
    expect(page.get_by_label("Cora Vale")).to_be_checked()
    page.get_by_role("button", name="Preview changes").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Synced with Label Studio.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="1 person gains access")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Saved")).to_be_visible()


def _with_experts(window: Window) -> None:
    window.portal.asks(3, "Clauses", Requirement("law"))
    window.portal.asks(4, "Feedback", None)
    window.portal.member(20, "Cora Vale", domain="law", level=4)
    window.portal.member(21, "Dan Moss", domain="law", level=2)


def test_a_project_is_changed_looked_at_saved_and_undone(window: Window) -> None:
    """Search, form, list of people (Enter searches), preview, back, save, undo; without a breach of the content security policy."""
    _with_experts(window)
    page = window.page("/admin/projects", MANAGER)
    _changing_a_project(page)
    page.get_by_label("Name or e-mail").press("Enter")
    expect(page.get_by_text("Tick whom to add to the list.")).to_be_in_viewport()
    _saving_and_undoing(page)
    assert window.complaints == []


def test_a_project_is_changed_without_script(window: Window) -> None:
    """The same with scripts switched off, but for Enter."""
    _with_experts(window)
    page = window.page("/admin/projects", MANAGER, java_script_enabled=False)
    _changing_a_project(page)
    page.locator("#find-people").click()
    _saving_and_undoing(page)
    assert window.complaints == []


def test_enter_in_the_form_shows_what_it_would_do(window: Window) -> None:
    """And does not press the button that happens to come first."""
    _with_experts(window)
    page = window.page("/admin/projects/3", MANAGER)
    page.get_by_label("Maximum experts").fill("1")
    page.get_by_label("Maximum experts").press("Enter")
    expect(page.get_by_role("heading", name="Review changes")).to_be_visible()


def test_the_form_shows_what_belongs_to_the_chosen_domain(window: Window) -> None:
    """Specialties of that domain alone; without a domain nothing else of what an expert must meet; a list only where there is one."""
    window.portal.packs["tax"] = pack(id="tax", title="Tax", specialties=[{"id": "vat", "title": "Value added tax"}])
    _with_experts(window)
    page = window.page("/admin/projects/3", MANAGER)
    expect(page.get_by_label("Contracts")).to_be_visible()
    expect(page.get_by_label("Value added tax")).to_be_hidden()
    page.get_by_label("Contracts").check()
    page.get_by_label("Domain", exact=True).select_option("tax")
    expect(page.get_by_label("Value added tax")).to_be_visible()
    expect(page.get_by_label("Contracts")).to_be_hidden()
    expect(page.get_by_label("Name or e-mail")).to_be_hidden()
    page.get_by_role("button", name="Preview changes").click()
    expect(page.get_by_role("heading", name="2 people lose access")).to_be_visible()
    page.get_by_role("button", name="Back to the form").click()
    page.get_by_label("Domain", exact=True).select_option("")
    expect(page.get_by_label("Lowest level")).to_be_hidden()
    expect(page.get_by_label("Task field")).to_be_visible()


def test_projects_are_chosen_and_changed_together(window: Window) -> None:
    """All of the page with one box; of the form only what is ticked opens."""
    _with_experts(window)
    page = window.page("/admin/projects", MANAGER)
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_label("Select Feedback")).to_be_checked()
    page.get_by_label("Title or number").fill("clauses")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("button", name="Edit selected")).to_contain_text("(2)")
    page.get_by_role("button", name="Edit selected").click()
    expect(page.get_by_role("heading", name="Change 2 projects")).to_be_visible()
    expect(page.get_by_label("Domain", exact=True)).to_be_hidden()
    page.locator("#part-domain").get_by_label("Change this").check()
    page.get_by_label("Domain", exact=True).select_option("law")
    expect(page.locator("[data-qualify-words]")).to_contain_text("2 people gain access")
    page.get_by_role("button", name="Preview changes").click()
    expect(page.get_by_text("1 of the chosen projects stays as it is")).to_be_visible()
    expect(page.get_by_role("heading", name="2 people gain access")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Synced with Label Studio.")).to_be_visible()
    assert window.complaints == []
