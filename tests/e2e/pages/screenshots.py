"""``make screenshots``: a contact sheet of every page in each state, wide and narrow, light and dark.

    python -m tests.e2e.pages.screenshots [--to FOLDER] [--only WORDS]
    python -m tests.e2e.pages.screenshots --documentation

``--only`` takes the pages whose name holds the words, for example ``admin-review`` or ``many``. Prints where ``index.html`` lies. ``--documentation``
(``make pictures``) takes the pictures of README.md instead.
"""

from __future__ import annotations

import argparse
import html
import logging
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from ls_expert_plugin.storage.unit_of_work import Database
from tests.conftest import QUIET_CHROMIUM
from tests.e2e.pages.documentation import take_pictures
from tests.support.builders.portal_pages import STATES, Shown
from tests.support.clients.portal import CANDIDATE, MANAGER, served
from tests.support.clients.signed_in import show, signed_in
from tests.support.servers.service_database import sqlite_with_tables

LOOKS: tuple[tuple[ViewportSize, str], ...] = tuple(
    (ViewportSize(width=width, height=height), scheme) for width, height in ((1440, 900), (390, 844)) for scheme in ("light", "dark")
)
_STYLE = "body{font:14px system-ui;margin:2rem}div{display:flex;gap:1rem;align-items:start;overflow-x:auto}img{border:1px solid #999;height:480px}"


def main(arguments: list[str]) -> int:
    """Take the pictures; the exit code."""
    parser = argparse.ArgumentParser(prog="make screenshots", description="A contact sheet of every page.")
    parser.add_argument("--to", type=Path, default=Path("tests/artifacts/screenshots"), help="folder to write to (default: %(default)s)")
    parser.add_argument("--only", default="", help="only pages whose name holds this")
    parser.add_argument("--documentation", action="store_true", help="take the pictures of README.md into docs/images")
    asked = parser.parse_args(arguments)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("No Chromium on this machine (Debian: apt install chromium).", file=sys.stderr)
        return 1
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    asked.to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*QUIET_CHROMIUM, "--no-sandbox"])
        if asked.documentation:
            take_pictures(browser, Path(folder))
            browser.close()
            return 0
        names = [name for state in STATES for name in _take(browser, state, Path(folder), asked.to, asked.only)]
        browser.close()
    (asked.to / "index.html").write_text(_sheet(names), encoding="utf-8")
    print(f"{len(names)} pages, {len(LOOKS)} pictures each: {asked.to / 'index.html'}")
    return 0


def _take(browser: Browser, state: str, folder: Path, to: Path, only: str) -> Iterator[str]:
    """The names of the pages of a state, as their pictures are taken."""
    store = Database(sqlite_with_tables(folder / f"{state}.sqlite3"))
    portal = STATES[state].build(store)
    wanted = [(name, shown) for shown in STATES[state].pages(portal) if only in (name := _name(state, shown))]
    if wanted:
        print(f"{state}: {len(wanted)} pages …", flush=True)
    with served(portal.app) as url:
        for who in dict.fromkeys(shown.who for _, shown in wanted):
            for viewport, scheme in LOOKS:
                context = signed_in(portal, browser, url, who, viewport=viewport, color_scheme=scheme)
                page = context.new_page()
                for name, shown in wanted:
                    if shown.who == who:
                        show(page, url, shown)
                        page.screenshot(path=to / f"{name}-{viewport['width']}-{scheme}.png", full_page=True)
                context.close()
    store.close()
    yield from (name for name, _ in wanted)


def _name(state: str, shown: Shown) -> str:
    who = {CANDIDATE: "candidate", MANAGER: "manager"}.get(shown.who, "expert")
    return f"{state}-{who}-{re.sub(r'[/?=&]', '-', shown.path.strip('/')) or 'home'}"


def _sheet(names: list[str]) -> str:
    rows = "".join(
        f"<h2>{html.escape(name)}</h2><div>" + "".join(
            f'<a href="{name}-{viewport["width"]}-{scheme}.png"><img loading="lazy" src="{name}-{viewport["width"]}-{scheme}.png" '
            f'alt="{html.escape(name)} at {viewport["width"]} px, {scheme}"></a>' for viewport, scheme in LOOKS
        ) + "</div>" for name in names
    )
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>Pages</title><style>{_STYLE}</style><h1>Pages</h1>{rows}</html>"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
