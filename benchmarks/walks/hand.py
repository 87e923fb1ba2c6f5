"""A practised user's hand in a real browser: each action is done with Playwright, and tallied as operators of the keystroke-level model."""

from __future__ import annotations

import math
from urllib.parse import urlsplit

from keystroke_model import Tally
from playwright.sync_api import Locator, Page

MOST_TABS = 2  # further away, a hand goes to the mouse
# Whether a click leads to another page: a link that is no anchor and no download, or a button that sends a form.
LEADS_ON = """element => {
    const link = element.closest("a[href]"), button = element.closest("button");
    return link ? !link.hasAttribute("download") && !link.getAttribute("href").startsWith("#") : Boolean(button && button.form && button.type === "submit");
}"""


class Hand:
    """One mouse and one keyboard on one page. The hand begins on the mouse, and stays where it was last."""

    def __init__(self, page: Page) -> None:
        self.page, self.tally, self._on_keys = page, Tally(), False
        self.way: list[str] = []
        page.on("domcontentloaded", self._loaded)

    def click(self, target: Locator) -> None:
        """M, P and K; and where it leads to another page, until that is there."""
        self._point(target)
        if target.evaluate(LEADS_ON):
            with self.page.expect_navigation():
                target.click()
        else:
            target.click()

    def tick(self, target: Locator) -> None:
        """A checkbox or radio button: as a click. One that is ticked already takes nothing."""
        if not target.is_checked():
            self._point(target)
            target.check()

    def choose(self, target: Locator, value: str) -> None:
        """An option of a list: P and K to open it, and again for the option. One that is chosen already takes nothing."""
        if target.input_value() != value:
            self._point(target)
            self.tally.points += 1
            self.tally.clicks += 1
            target.select_option(value)

    def write(self, target: Locator, text: str, *, is_own: bool = False) -> None:
        """Text into a field: to it by Tab where the hand is on the keys and the field is near, else by mouse. ``is_own``: the text is not counted."""
        if not _has_focus(target) and not self._tabbed_to(target):
            self._point(target)
            target.focus()
        else:
            self.tally.preparations += 1
        self._to_keys()
        target.fill(text)
        self.tally.keys += 0 if is_own else len(text)
        self.tally.texts += is_own

    def press(self, keys: str) -> None:
        """One stroke, such as ``Enter`` or ``Control+Enter``: K for each key of it."""
        self._to_keys()
        self.tally.keys += len(keys.split("+"))
        self.page.keyboard.press(keys)

    def _point(self, target: Locator) -> None:
        """M, P and K at something, after scrolling to it."""
        target.wait_for(state="visible")
        self._scroll(target)
        if self._on_keys:
            self._on_keys = False
            self.tally.homings += 1
        self.tally.preparations += 1
        self.tally.points += 1
        self.tally.clicks += 1

    def _scroll(self, target: Locator) -> None:
        box, size = target.bounding_box(), self.page.viewport_size
        if box is None or size is None:
            return
        beyond = max(box["y"] + box["height"] - size["height"], -box["y"], 0)
        self.tally.screens += math.ceil(beyond / (0.9 * size["height"]))
        if beyond:
            target.scroll_into_view_if_needed()

    def _tabbed_to(self, target: Locator) -> bool:
        if not self._on_keys:
            return False
        for number in range(1, MOST_TABS + 1):
            self.page.keyboard.press("Tab")
            if _has_focus(target):
                self.tally.keys += number
                return True
        return False

    def _to_keys(self) -> None:
        if not self._on_keys:
            self._on_keys = True
            self.tally.homings += 1

    def _loaded(self, page: Page) -> None:
        self.tally.pages += 1
        self.way.append(urlsplit(page.url).path)


def _has_focus(target: Locator) -> bool:
    return bool(target.evaluate("element => element === document.activeElement"))
