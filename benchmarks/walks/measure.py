"""Takes the five walks in one checkout, and prints their tallies as JSON. Run by path, with that checkout on ``PYTHONPATH``.

The portal is the checkout's own, on a database of its own, with the sign-in that its tests have in place of Label Studio; a window of 1440 by 900.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import walks
from hand import Hand
from playwright.sync_api import Browser, Page, sync_playwright

SIZE = {"width": 1440, "height": 900}
WITHIN_MS = 90_000  # a busy machine changes no count
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
EXPERT = 20


def _first(*names: str) -> Any:
    """The first of these modules that the checkout has."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise ModuleNotFoundError(" or ".join(names))


clients = _first("tests.support.clients.portal", "tests.portal")
samples = _first("tests.support.builders.vetting_samples", "tests.vetting_samples")
storage = _first("ls_expert_plugin.storage.unit_of_work", "ls_expert_plugin.storage.store")
packs = _first("ls_expert_plugin.domains.loader", "ls_expert_plugin.domains.packs")
errors = _first("ls_expert_plugin.errors")
migrations = _first("ls_expert_plugin.storage.migrate")
Requirement = _first("ls_expert_plugin.routing.values").Requirement


class Words:
    """A model that words every question the same, and gives no structure."""

    name = "stand-in"

    def stream(self, prompt: object) -> Iterator[str]:
        """One piece."""
        yield "Which deadline was it, and what did you do about it?"

    def structured(self, prompt: object, schema: object) -> object:
        """Nothing of use."""
        raise errors.ModelAnswerInvalid("It gives no structure.")


@contextmanager
def opened(folder: Path, name: str) -> Iterator[tuple[Any, Callable[[Browser, int, str], Page]]]:
    """A portal on a socket, and what opens a page of it, signed in."""
    url = f"sqlite:///{folder / name}.sqlite3"
    migrations.migrate(url)
    store = getattr(storage, "Database", None) or storage.Store
    who, address = {"is": clients.CANDIDATE}, {"portal": ""}
    with clients.served(clients.label_studio_door(lambda state: f"{address['portal']}/enter?token={portal.handoff(who['is'], state)}")) as door:
        portal = clients.Portal(store(url), model=Words(), packs=packs.load_packs(None), LS_EXPERT_LABEL_STUDIO_URL=door)
        with clients.served(portal.app) as address["portal"]:

            def page_of(browser: Browser, ls_user_id: int, path: str) -> Page:
                who["is"] = ls_user_id
                page = browser.new_context(viewport=SIZE, accept_downloads=True, locale="en-US", timezone_id="UTC").new_page()
                page.set_default_timeout(WITHIN_MS)
                page.goto(address["portal"] + path)
                page.wait_for_load_state("load")
                return page

            yield portal, page_of


def _candidate(portal: Any) -> None:
    """One candidate who waits for review, with a licence and work."""
    candidate = portal.browser(clients.CANDIDATE)
    candidate.hold_interview(samples.LONG_ENOUGH, "law")
    candidate.send("/profile/licence/new", **{**samples.LICENCE, "kind": "us_bar"})
    candidate.send("/profile/work/new", **samples.WORK)
    portal.work()


def _projects(portal: Any) -> None:
    for number in range(1, 61):
        portal.asks(number, f"Leases {number}" if number <= 40 else f"Triage {number}", None)


def _people(portal: Any) -> None:
    _projects(portal)
    portal.asks(7, "Leases 7", Requirement("law", minimum_level=4))
    portal.member(EXPERT, "Cora Vale", domain="law", level=3)
    for number in range(39):
        portal.member(EXPERT + 1 + number, f"Somebody {number}")


# Each walk: what there is before, who takes it, and where they begin.
WALKS: dict[str, tuple[Callable[[Hand], None], Callable[[Any], None], int, str]] = {
    "newcomer to submitted interview": (walks.newcomer, lambda portal: None, clients.CANDIDATE, "/"),
    "review of one candidate": (walks.review, _candidate, clients.MANAGER, "/admin/review"),
    "routing 40 projects": (walks.forty_projects, _projects, clients.MANAGER, "/admin/projects"),
    "finding why somebody lacks access": (walks.why_no_access, _people, clients.MANAGER, "/"),
    "exporting one's data": (walks.export, _candidate, clients.CANDIDATE, "/"),
}


def main(pictures: str | None) -> None:
    """Print ``{walk: tally}``; a walk that finds no way says why in place of it."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="benchmark-walks-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(filter(None, map(shutil.which, CHROMIUM)), None), args=QUIET)
        for number, (name, (walk, prepare, who, start)) in enumerate(WALKS.items()):
            with opened(Path(folder), f"walk{number}") as (portal, page_of):
                prepare(portal)
                hand = Hand(page_of(browser, who, start))
                try:
                    walk(hand)
                    found[name] = {**hand.tally.as_json(), "way": " ".join(hand.way)}
                except Exception as problem:  # noqa: BLE001  # the other walks are taken all the same
                    found[name] = {"problem": f"{type(problem).__name__}: {str(problem)[:400]}", "way": " ".join(hand.way)}
                if pictures:
                    hand.page.screenshot(path=os.path.join(pictures, f"{number}.png"), full_page=True)
                hand.page.context.close()
        browser.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
