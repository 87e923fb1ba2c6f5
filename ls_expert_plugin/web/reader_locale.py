"""Locale negotiation and time zone of whoever reads a page: dates, times and numbers as in their region, in English words.

The region is that of the first language a browser asks for (``Accept-Language``); its conventions are taken from CLDR's English locale for it: English
words with a German's order, clock and separators for ``de-DE``. The zone stands in a cookie that the page's script sets; without it times are in UTC, and
say so. docs/decisions/0090-english-words-in-the-readers-format.md says why.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, dates, localedata, numbers
from babel.core import get_global
from flask import g, has_request_context, request

ZONE_COOKIE = "ls_expert_zone"
# Where the region is not told, or CLDR has no English for it: day before month, and 24 hours.
_OTHERWISE = "en_GB"


@dataclass(frozen=True)
class Reader:
    """How one reader writes dates, and where their clock is."""

    locale: Locale
    zone: dt.tzinfo

    def day(self, when: dt.datetime | dt.date) -> str:
        """A date, such as "5 March 2026" or "March 5, 2026"; of a moment in the reader's zone."""
        return dates.format_date(when.astimezone(self.zone) if isinstance(when, dt.datetime) else when, "long", self.locale)

    def moment(self, when: dt.datetime) -> str:
        """A date and a time with its zone, such as "5 March 2026, 15:05 CET"."""
        here = when.astimezone(self.zone)
        time = dates.format_time(here, "short", tzinfo=self.zone, locale=self.locale).replace("\u202f", " ")
        return f"{self.day(here)}, {time} {_zone_name(here)}"

    def month(self, when: dt.date) -> str:
        """A month, such as "September 2015"."""
        return dates.format_skeleton("yMMMM", when, locale=self.locale)

    def number(self, number: float, places: int = 0) -> str:
        """A number with separators and as many decimals, such as "12,345" or "0.87"."""
        return numbers.format_decimal(number, "#,##0." + "0" * places if places else None, locale=self.locale)


def reader() -> Reader:
    """The reader of this request's page."""
    if not has_request_context():
        return Reader(_locale(""), dt.timezone.utc)
    if "reader" not in g:
        g.reader = Reader(_locale(request.headers.get("Accept-Language", "")), zone_of(unquote(request.cookies.get(ZONE_COOKIE, "")[:100])))
    found: Reader = g.reader
    return found


def _locale(accept_language: str) -> Locale:
    return Locale.parse(identifier(accept_language[:200]))


@lru_cache(maxsize=256)
def identifier(accept_language: str) -> str:
    """CLDR's English locale for the region of the first language asked for. Pure."""
    first = re.match(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z]{4})?(?:-([A-Za-z]{2}))?\s*(?:[,;]|$)", accept_language)
    if first is None:
        return _OTHERWISE
    region = first[2] or get_global("likely_subtags").get(first[1].lower(), "").rpartition("_")[2]
    name = f"en_{region.upper()}"
    return name if localedata.exists(name) else _OTHERWISE


def zone_of(name: str | None) -> dt.tzinfo:
    """The zone with an IANA name, such as Europe/Berlin; UTC where there is none of that name. Pure."""
    return ZoneInfo(name) if name in _zones() and name is not None else dt.timezone.utc


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone_name(when: dt.datetime) -> str:
    """CET, EST; where a zone has no letters of its own, what it is from UTC."""
    name, offset = when.tzname() or "", when.strftime("%z")
    return name if name.isalpha() else f"UTC{offset[:3]}:{offset[3:5]}"
