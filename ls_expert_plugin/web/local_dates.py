"""Localization of dates inside stored sentences: "2026-03-01 09:00 UTC" and "1 March 2026" as the reader writes them, in their zone. Pure.

For sentences that a program wrote (health checks, notices, reminders); what people write stays as it is.
"""

from __future__ import annotations

import datetime as dt
import re

from markupsafe import Markup, escape

from ls_expert_plugin.web.reader_locale import Reader

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_DATE = re.compile(
    rf"\b(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<day>\d{{1,2}}) (?P<month>{'|'.join(_MONTHS)}) (?P<year>\d{{4}}))(?:,? (?P<time>\d\d:\d\d) UTC)?(?![\w-])"
)


def local_sentence(text: str, reader: Reader) -> Markup:
    """The text with each date in a ``time`` element, in the reader's form; a moment in UTC in their zone. What is no date stays."""
    said, at = Markup(), 0
    for found in _DATE.finditer(text):
        when = _when(found)
        if when is not None:
            words = reader.moment(when) if isinstance(when, dt.datetime) else reader.day(when)
            said += escape(text[at:found.start()]) + Markup('<time datetime="{}">{}</time>').format(when.isoformat(), words)
            at = found.end()
    return said + escape(text[at:])


def _when(found: re.Match[str]) -> dt.date | dt.datetime | None:
    try:
        day = dt.date.fromisoformat(found["iso"]) if found["iso"] else dt.date(int(found["year"]), _MONTHS.index(found["month"]) + 1, int(found["day"]))
        return dt.datetime.combine(day, dt.time.fromisoformat(found["time"]), dt.timezone.utc) if found["time"] else day
    except ValueError:
        return None
