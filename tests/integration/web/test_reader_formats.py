"""Times on pages: in the reader's format and zone, as their browser tells both."""

from __future__ import annotations

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.clients.portal import CANDIDATE, Portal


@pytest.mark.parametrize(("language", "zone", "shown"), [
    ("", "", "1 March 2026, 09:00 UTC"), ("de-DE,en;q=0.5", "Europe/Berlin", "1 March 2026, 10:00 CET"),
    ("en-US", "America%2FNew_York", "March 1, 2026, 4:00 AM EST"), ("en-GB", "Nowhere/At_All", "1 March 2026, 09:00 UTC"),
])
def test_a_page_shows_times_as_its_reader_writes_them(sqlite_store: Database, language: str, zone: str, shown: str) -> None:
    """By the browser's language and the zone in its cookie; what programs read stays the same."""
    browser = Portal(sqlite_store).browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    if zone:
        browser.client.set_cookie("ls_expert_zone", zone)
    page = browser.client.get("/consent", headers={"Accept-Language": language}).text
    assert f'You agreed on <time datetime="2026-03-01T09:00:00+00:00">{shown}</time>.' in page
