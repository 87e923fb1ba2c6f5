"""Dates, times and numbers as a reader writes them, in English words."""

from __future__ import annotations

import datetime as dt

import pytest
from babel import Locale

from ls_expert_plugin.web.reader_locale import Reader, identifier, zone_of

WHEN = dt.datetime(2026, 3, 5, 23, 5, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(("asked", "found"), [
    ("en-US,en;q=0.9", "en_US"), ("de-DE,de;q=0.9,en-US;q=0.8", "en_DE"), ("de", "en_DE"), ("fr-FR", "en_FR"), ("en-IN", "en_IN"), ("zh-Hans-CN", "en_GB"),
    ("en", "en_US"), ("", "en_GB"), ("*", "en_GB"), ("../../etc", "en_GB"), ("x" * 300, "en_GB"),
])
def test_the_region_of_the_first_language_counts(asked: str, found: str) -> None:
    """A German gets German formats though the browser also sends en-US; what cannot be read gets day before month."""
    assert identifier(asked) == found
    Locale.parse(found)


@pytest.mark.parametrize(("locale", "zone", "moment", "number"), [
    ("en_GB", None, "5 March 2026, 23:05 UTC", "12,345"), ("en_DE", "Europe/Berlin", "6 March 2026, 00:05 CET", "12.345"),
    ("en_US", "America/New_York", "March 5, 2026, 6:05 PM EST", "12,345"), ("en_IN", "Asia/Kolkata", "6 March 2026, 4:35 AM IST", "12,345"),
    ("en_GB", "Asia/Dubai", "6 March 2026, 03:05 UTC+04:00", "12,345"),
])
def test_a_moment_is_in_my_zone_and_says_which(locale: str, zone: str | None, moment: str, number: str) -> None:
    """Order, clock and separators are those of the region; the date is the one at my place."""
    reader = Reader(Locale.parse(locale), zone_of(zone))
    assert reader.moment(WHEN) == moment and reader.number(12345) == number
    assert reader.month(dt.date(2015, 9, 1)) == "September 2015" and reader.day(dt.date(2026, 3, 5)).endswith("2026")
    assert reader.number(0.875, 2).strip("0") in (".88", ",88")


@pytest.mark.parametrize("name", ["", None, "Mars/Olympus", "../../etc/passwd", "Europe", "/etc/localtime", "Europe/Berlin\x00"])
def test_a_zone_that_is_none_is_utc(name: str | None) -> None:
    """The cookie is the browser's word."""
    assert zone_of(name) is dt.timezone.utc
