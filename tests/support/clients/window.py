"""The portal in a real browser: on a socket, with its language model."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.clients.portal import CANDIDATE, Portal

WORDED = "You mention a limitation period. Two clients fall out; what now?"


class KeepsNothing:
    """A call log that forgets."""

    def record(self, call: object) -> None:
        pass


class Window:
    """The portal on a socket, its language model, and one page of a browser that is signed in."""

    def __init__(self, portal: Portal, url: str, model: Any, who: dict[str, int], browser: Browser) -> None:
        self.portal, self.url, self.model, self._who, self._browser = portal, url, model, who, browser
        self.complaints: list[str] = []

    def page(self, path: str, ls_user_id: int = CANDIDATE, **options: Any) -> Page:
        """A page in a browser of its own, reached through Label Studio."""
        self._who["is"] = ls_user_id
        page = self._browser.new_context(**options).new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: self.complaints.append(str(problem)))
        page.goto(self.url + path)
        expect(page).to_have_url(self.url + path)
        return page
