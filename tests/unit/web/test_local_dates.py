"""Dates in sentences that a program wrote: in the reader's form and zone; all else, mark-up too, stays text."""

from __future__ import annotations

import re

import pytest
from babel import Locale

from ls_expert_plugin.web.local_dates import local_sentence
from ls_expert_plugin.web.reader_locale import Reader, zone_of

IN_NEW_YORK = Reader(Locale.parse("en_US"), zone_of("America/New_York"))


@pytest.mark.parametrize(("stored", "read"), [
    ("noticed 2026-03-01 09:00 UTC.", "noticed March 1, 2026, 4:00 AM EST."),
    ("noticed 1 March 2026, 02:30 UTC", "noticed February 28, 2026, 9:30 PM EST"),
    ("Bar admission: ended on 2026-01-31.", "Bar admission: ended on January 31, 2026."),
    ("Your licence ends on 1 April 2026.", "Your licence ends on April 1, 2026."),
    ("no day: 2026-13-40, 31 February 2026, 2026-01-01-a", "no day: 2026-13-40, 31 February 2026, 2026-01-01-a"),
    ("<b>1 May 2026</b>", "&lt;b&gt;May 1, 2026&lt;/b&gt;"),
])
def test_dates_are_read_in_the_readers_form_and_zone(stored: str, read: str) -> None:
    """A day has no zone and stays that day; a moment may fall on another."""
    assert re.sub(r"</?time[^>]*>", "", str(local_sentence(stored, IN_NEW_YORK))) == read


def test_programs_read_what_was_stored() -> None:
    """The moment in UTC stands in the element."""
    assert '<time datetime="2026-03-01T09:00:00+00:00">' in local_sentence("2026-03-01 09:00 UTC", IN_NEW_YORK)
