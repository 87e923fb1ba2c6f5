"""Label Studio's own pages in a real browser: what experts may not do is not offered to them, and managers keep all of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import ARTIFACTS
from tests.e2e.system import Running

SIZES = ((1440, 900), pytest.param((1280, 720), marks=pytest.mark.release("the same pages, narrower")))
WITHIN_MS = 30_000
SignIn = Callable[[str], Page]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def sign_in(request: pytest.FixtureRequest, browser: Browser, running: Running) -> Iterator[SignIn]:
    """Gives the page of one of the demo's people, signed in to Label Studio and left where that leads."""
    width, height = request.param
    contexts = []

    def enter(name: str) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(WITHIN_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{running.studio}/user/login/")
        page.fill("input[name=email]", f"{name}@demo.example")
        page.fill("input[name=password]", running.password)
        page.press("input[name=password]", "Enter")
        page.locator(".main-menu-trigger").wait_for()
        page.wait_for_load_state("networkidle")
        return page

    yield enter
    for context in contexts:
        context.close()


def _picture(page: Page, name: str) -> None:
    folder = ARTIFACTS / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}-{page.evaluate('innerWidth')}.png")


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_load_state("networkidle")


def _offered_in_list(page: Page) -> list[Locator]:
    return [page.get_by_role("button", name="Create", exact=False), page.get_by_role("button", name="Project options")]


def _offered_in_menu(page: Page) -> list[Locator]:
    return [page.get_by_role("link", name=name, exact=True) for name in ("Home", "Organization")]


def _offered_in_project(page: Page) -> list[Locator]:
    return [
        page.get_by_role("link", name="Settings"), page.get_by_role("button", name="import button"),
        page.get_by_role("button", name="export button"), page.get_by_role("button", name="Tasks Actions"),
    ]


def _project_of(page: Page) -> str:
    found = re.search(r"/projects/\d+", str(page.get_by_text("Medicine · Referral triage").locator("xpath=ancestor::a").get_attribute("href")))
    assert found is not None
    return found.group()


def test_an_expert_is_offered_only_what_they_may_do(running: Running, sign_in: SignIn) -> None:
    """Sign-in leads to the project list; nothing there, in the menu or in a project leads to a refusal."""
    page = sign_in("medicine")
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("response", lambda answer: broken.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    assert re.search(r"/projects/?(\?|$)", page.url)
    expect(page.get_by_text("Medicine · Referral triage")).to_be_visible()
    expect(page.get_by_role("link", name="Expert portal")).to_be_visible()
    _picture(page, "expert-list")
    for offered in _offered_in_list(page):
        expect(offered).to_have_count(0)
    project = _project_of(page)
    page.locator(".main-menu-trigger").click()
    expect(page.get_by_role("link", name="Docs", exact=True)).to_be_visible()
    page.wait_for_timeout(500)  # it slides in
    _picture(page, "expert-menu")
    for offered in _offered_in_menu(page):
        expect(offered).to_have_count(0)
    _open(page, f"{running.studio}{project}/data")
    expect(page.get_by_text("Label All Tasks")).to_be_visible()
    expect(page.get_by_text("Which department", exact=False).or_(page.locator("[class*=table__cell]").first).first).to_be_visible()
    _picture(page, "expert-data-manager")
    for offered in _offered_in_project(page):
        expect(offered).to_have_count(0)
    _open(page, f"{running.studio}{project}/data?labeling=1")
    expect(page.get_by_role("button", name=re.compile("submit", re.IGNORECASE)).first).to_be_visible()
    _picture(page, "expert-labelling")
    assert broken == []


def test_an_empty_list_says_what_to_do_next(sign_in: SignIn) -> None:
    """A newcomer reads how to get projects, not that they should create one."""
    page = sign_in("newcomer")
    way = page.get_by_role("link", name="Open the expert portal")
    expect(way).to_be_visible()
    expect(page.get_by_text("Create one", exact=False)).not_to_be_visible()
    expect(page.get_by_role("button", name="Create", exact=False)).to_have_count(0)
    _picture(page, "newcomer-list")
    box, size = way.bounding_box(), page.viewport_size
    assert box is not None and size is not None
    assert abs(box["x"] + box["width"] / 2 - size["width"] / 2) < 20, "the way on stands in the middle of the empty page"
    assert box["y"] + box["height"] < size["height"]


def test_a_manager_keeps_everything(running: Running, sign_in: SignIn) -> None:
    """The admin's home page, list, menu and projects offer what they always did, and the portal besides."""
    page = sign_in("admin")
    assert page.url.rstrip("/") == running.studio
    expect(page.get_by_role("button", name="Invite Members")).to_be_visible()
    _open(page, f"{running.studio}/projects/")
    way = page.get_by_role("link", name="Expert portal")
    way.focus()  # it leads to a manager's first page, in the colours that are shown
    expect(way).to_have_attribute("href", re.compile(r"/sign-in\?next=/admin&theme=light$"))
    _picture(page, "manager-list")
    page.evaluate("document.documentElement.setAttribute('data-color-scheme', 'dark')")
    way.dispatch_event("pointerdown")
    expect(way).to_have_attribute("href", re.compile(r"&theme=dark$"))
    _picture(page, "manager-list-dark")
    page.evaluate("document.documentElement.setAttribute('data-color-scheme', 'light')")
    project = _project_of(page)
    for offered in _offered_in_list(page):
        expect(offered.first).to_be_visible()
    page.locator(".main-menu-trigger").click()
    for offered in _offered_in_menu(page):
        expect(offered.first).to_be_visible()
    page.wait_for_timeout(500)
    _picture(page, "manager-menu")
    _open(page, f"{running.studio}{project}/data")
    _picture(page, "manager-data-manager")
    # The expert may have been here first, and their page has made the tab that everybody shares.
    expect(page.get_by_text("Annotated by")).to_be_visible()
    expect(page.get_by_text("Annotation results")).to_have_count(0)
    for offered in _offered_in_project(page):
        expect(offered).to_be_visible()
