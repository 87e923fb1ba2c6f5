"""The pictures of README.md: a physician of the demo as candidate, and as a manager's review; without a language model. ``make pictures`` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ViewportSize

from ls_expert_plugin.demo.seed_experts import DOSSIERS
from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.clients.portal import CANDIDATE, MANAGER, Portal, events, served
from tests.support.clients.signed_in import signed_in
from tests.support.servers.service_database import sqlite_with_tables

IMAGES = Path("docs/images")
DOMAIN = "medicine"
SIZE = ViewportSize(width=1200, height=860)


@dataclass(frozen=True)
class Picture:
    """A page, whose, and the text of the heading that is scrolled to; "" for the top. What is folded there is opened."""

    name: str
    who: int
    address: str
    heading: str = ""


# Beside the demo's, so that nobody says the same twice.
MORE_ANSWERS = (
    "A trial in a journal had excluded patients over 75, so I did not apply its result to a woman of 84; I told her what is known and what is not.",
    "Sepsis on a ward at night: I gave oxygen and fluids, took cultures, gave the antibiotic within the hour, and called intensive care early.",
    "I explained the risks of the procedure in plain words, asked him to tell me in his own, and wrote down that he wanted a day to think it over.",
    "Before discharge I went through each tablet with her daughter, stopped two that had no reason any more, and wrote to the family doctor.",
)
PICTURES = (Picture("candidate", CANDIDATE, f"/domains/{DOMAIN}/result", "Interview"), Picture("review", MANAGER, "/admin/review/1"))


def take_pictures(browser: Browser, folder: Path) -> None:
    """Write each into docs/images as WebP: what a page shows first, in light colours. ``folder``: for a database and the way there."""
    store = Database(sqlite_with_tables(folder / "documentation.sqlite3"))
    portal = _portal(store)
    with served(portal.app) as url:
        for picture in PICTURES:
            context = signed_in(portal, browser, url, picture.who, viewport=SIZE, color_scheme="light")
            page = context.new_page()
            page.goto(url + picture.address)
            if picture.heading:
                heading = page.get_by_role("heading", name=picture.heading, exact=True).first
                heading.evaluate("heading => heading.closest('details')?.setAttribute('open', '')")
                heading.evaluate("heading => scrollTo(0, heading.getBoundingClientRect().top - 100)")
            page.screenshot(path=folder / f"{picture.name}.png")
            context.close()
            with Image.open(folder / f"{picture.name}.png") as taken:
                taken.save(IMAGES / f"{picture.name}.webp", quality=82, method=6)
            print(f"{IMAGES / picture.name}.webp: {(IMAGES / f'{picture.name}.webp').stat().st_size // 1000} kB")
    store.close()


def _portal(store: Database) -> Portal:
    """A candidate with a profile and an interview that is over, in review."""
    portal, dossier = Portal(store, packs=load_packs(None)), DOSSIERS[DOMAIN]
    candidate = portal.browser(CANDIDATE)
    interview, position, answers = candidate.begin_interview(DOMAIN), 0, cycle((*dossier.answers, *MORE_ANSWERS))
    for kind, fields in dossier.claims:
        candidate.send(f"/profile/{kind}/new", **{name: str(value or "") for name, value in fields.items()})
    for _ in range(30):
        assert candidate.call(f"/api/interviews/{interview}/answers", {"in_reply_to": position, "text": next(answers)}).status_code == 200
        kind, said = events(candidate.call(f"/api/interviews/{interview}/next"))[-1]
        if kind == "end":
            break
        position = said["position"]
    portal.work()
    return portal
