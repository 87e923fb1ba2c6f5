"""How times, statuses and other values read on a page: Jinja filters."""

from __future__ import annotations

import datetime as dt

from flask import Flask

from ls_expert_plugin.vetting.values import Status
from ls_expert_plugin.web.standing import WORDS, Tone


def register(app: Flask) -> None:
    """Give the filters to the templates of ``app``."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for show in (day, moment, month, status_words, status_tone, paragraphs):
        app.jinja_env.filters[show.__name__] = show


def day(when: dt.datetime | dt.date | str) -> str:
    """"5 March 2026"; text is read as an ISO date."""
    when = dt.date.fromisoformat(when) if isinstance(when, str) else when
    return f"{when.day} {when:%B %Y}"


def moment(when: dt.datetime) -> str:
    """"5 March 2026, 14:05 UTC"."""
    when = when.astimezone(dt.timezone.utc)
    return f"{day(when)}, {when:%H:%M} UTC"


def month(when: str) -> str:
    """"2015-09" as "September 2015"."""
    return f"{dt.date.fromisoformat(when + '-01'):%B %Y}"


def status_words(status: Status | str) -> str:
    """A status as people read it; a status we do not know reads as itself."""
    return next((words for known, (words, _) in WORDS.items() if known == status), status)


def status_tone(status: Status | str) -> Tone:
    """The colour of a status."""
    return next((tone for known, (_, tone) in WORDS.items() if known == status), "quiet")


def paragraphs(text: str) -> list[str]:
    """Text whose paragraphs are separated by empty lines."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]
