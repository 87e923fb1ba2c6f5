"""Every page of the portal against axe-core's rules for WCAG 2.1 A and AA: wide and narrow, light and dark; and by keyboard alone.

The pages are those of the application's own list of addresses, so a new page is looked at, or somebody says here why it is not.
"""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.portal_pages import EXPERT, one_of_everything, pages_of
from tests.support.builders.vetting_samples import LONG_ENOUGH
from tests.support.clients.portal import CANDIDATE, MANAGER, Portal, served
from tests.support.clients.signed_in import layout_faults, signed_in

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}
LOOKS = (({"width": 1440, "height": 900}, "light"), ({"width": 390, "height": 844}, "dark"))


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """One of everything."""
    return one_of_everything(sqlite_store)


def test_every_page_keeps_the_rules(portal: Portal, browser: Browser) -> None:
    """Labels, names, headings, landmarks, contrast, and nothing wider than the window."""
    mine, managers = pages_of(portal)
    experts = ["/", "/projects/6/questions", "/more-projects"]
    wrong: list[str] = []
    with served(portal.app) as url:
        for viewport, scheme in LOOKS:
            for who, paths in ((CANDIDATE, mine), (MANAGER, managers), (EXPERT, experts)):
                context = signed_in(portal, browser, url, who, viewport=viewport, color_scheme=scheme)
                page = context.new_page()
                for path in paths:
                    response = page.goto(url + path)
                    assert response is not None and (response.status == 200 or path == "/projects/5/questions"), path
                    for details in page.locator("details").all():
                        details.evaluate("one => { one.open = true }")
                    wrong += [f"{path} at {viewport['width']}, {scheme}: {one}" for one in _violations(page)]
                    wrong += [f"{path} at {viewport['width']}: {one}" for one in layout_faults(page)]
                context.close()
    assert not wrong, "\n" + "\n".join(wrong)


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']} ({one['help']}) at {', '.join(str(node['target'][0]) for node in one['nodes'][:4])}" for one in found]


def test_the_interview_by_keyboard_alone(portal: Portal, browser: Browser) -> None:
    """Write, send, wait, and write again without a mouse; where the focus is can be seen; what is new stands in a live region."""
    with served(portal.app) as url:
        context = signed_in(portal, browser, url, CANDIDATE)
        page = context.new_page()
        page.goto(f"{url}/interview/1")
        log = page.get_by_role("log")
        assert log.get_attribute("aria-live") == "polite"
        before = log.locator("li").count()
        box = page.get_by_label("Your answer")
        for _ in range(40):
            page.keyboard.press("Tab")
            if box.evaluate("one => one === document.activeElement"):
                break
        expect(box).to_be_focused()
        page.keyboard.type(LONG_ENOUGH)
        page.keyboard.press("Tab")
        send = page.get_by_role("button", name="Send")
        expect(send).to_be_focused()
        assert send.evaluate("one => getComputedStyle(one).outlineStyle") != "none", "nobody sees where the focus is"
        page.keyboard.press("Enter")
        expect(log.locator("li")).to_have_count(before + 2)
        expect(box).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Pause")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=re.compile("Request a human interviewer"))).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("You requested a human interviewer")).to_be_visible()
        context.close()
