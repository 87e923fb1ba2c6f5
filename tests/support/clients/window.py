"""The portal in a real browser: on a socket, with its language model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.clients.portal import CANDIDATE, Portal, label_studio_door, served
from tests.support.fakes.openai_server import says

WORDED = "You mention a limitation period. Two clients fall out; what now?"


class KeepsNothing:
    """A call log that forgets."""

    def record(self, call: object) -> None:
        pass


class Window:
    """The portal on a socket, its language model, and one page of a browser that is signed in."""

    def __init__(self, portal: Portal, url: str, model: Any, who: dict[str, int], browser: Browser) -> None:
        self.portal, self.url, self.model, self.who, self._browser = portal, url, model, who, browser
        self.complaints: list[str] = []

    def page(self, path: str, ls_user_id: int = CANDIDATE, **options: Any) -> Page:
        """A page in a browser of its own, reached through Label Studio."""
        self.who["is"] = ls_user_id
        page = self._browser.new_context(**options).new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: self.complaints.append(str(problem)))
        page.goto(self.url + path)
        expect(page).to_have_url(self.url + path)
        return page


@contextmanager
def opened(store: Database, server: Any, browser: Browser) -> Iterator[Window]:
    """The portal on a socket, with a language model that words every question as ``WORDED``, and a Label Studio to sign in through."""
    model = OpenAICompatibleModel("worder", api_key="none", base_url=server.base_url, timeout_s=5, log=KeepsNothing())
    server.reply_with(lambda request: says(WORDED))
    who = {"is": CANDIDATE}
    addresses: dict[str, str] = {}
    door = label_studio_door(lambda state: f"{addresses['portal']}/enter?token={portal.handoff(who['is'], state)}")
    with served(door) as door_url:
        portal = Portal(store, model=model, LS_EXPERT_LABEL_STUDIO_URL=door_url)
        with served(portal.app) as url:
            addresses["portal"] = url
            yield Window(portal, url, server, who, browser)
            for context in browser.contexts:
                context.close()
