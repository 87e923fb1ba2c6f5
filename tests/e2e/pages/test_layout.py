"""Each page in each state on a phone: nothing wider than the window, cut off, or covering it; with axe in all looks before a release."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.portal_pages import STATES
from tests.support.clients.portal import served
from tests.support.clients.signed_in import layout_faults, show, signed_in
from tests.support.servers.service_database import sqlite_with_tables


@pytest.mark.parametrize("state", [name for name in STATES if name != "one"])
def test_pages_fit_a_phone_in_every_state(state: str, tmp_path: Path, browser: Browser) -> None:
    """No sideways scroll, no text cut off, no bar higher than 80 px. One of everything is looked at with the rules of accessibility."""
    store = Database(sqlite_with_tables(tmp_path / "service.sqlite3"))
    portal = STATES[state].build(store)
    shown = STATES[state].pages(portal)
    wrong: list[str] = []
    with served(portal.app) as url:
        for who in dict.fromkeys(one.who for one in shown):
            context = signed_in(portal, browser, url, who, viewport={"width": 390, "height": 844})
            page = context.new_page()
            for one in shown:
                if one.who == who:
                    status = show(page, url, one)
                    wrong += [f"{one.path}: {fault}" for fault in layout_faults(page)]
                    assert status < 500 and (state in ("empty", "error") or status == 200), (one.path, status)
            context.close()
    store.close()
    assert not wrong, "\n" + "\n".join(wrong)
