"""Jinja filters: how times, statuses, requirements and other values read on a page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flask import Flask
from markupsafe import Markup

from ls_expert_plugin.routing.access.eligibility import Rule
from ls_expert_plugin.routing.explanation import descriptions
from ls_expert_plugin.routing.requirements.editing import ProjectChange
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.lifecycle.status_catalogue import StatusText, Tone, entry_label, entry_tone, text_of
from ls_expert_plugin.vetting.profile.forms import PROFICIENCIES
from ls_expert_plugin.vetting.values import Evidence, Status
from ls_expert_plugin.web.admin.projects.requirement_diff import Alike, alike
from ls_expert_plugin.web.local_dates import local_sentence
from ls_expert_plugin.web.reader_locale import reader
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

RULES: dict[Rule, str] = {
    "role": "Role", "requirement": "Requirement", "domain": "Domain", "specialties": "Specialties", "level": "Level", "languages": "Languages",
    "credentials": "Licence", "invited": "List", "add_on": "Questions", "places": "Place",
}
# What browsers read in an input of this type.
_READABLE = {"date": r"\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d", "number": r"\d{1,4}"}


def register(app: Flask) -> None:
    """Give the filters to the templates of ``app``."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for show in (
        day, moment, month, decimal, status_words, status_tone, status_text, paragraphs, thousands, sentence, language, proficiency, specialty_titles, asks_for,
        asks_for_in_table, reason_words, entry_label, entry_tone, local_dates,
        rule_title, input_type, alike_changes, descriptions.needed, descriptions.found, evidence_source,
    ):
        app.jinja_env.filters[show.__name__] = show


def day(when: dt.datetime | dt.date | str) -> Markup:
    """"5 March 2026", as the reader writes dates; text is read as an ISO date."""
    when = dt.date.fromisoformat(when) if isinstance(when, str) else when
    return _time(when, reader().day(when))


def moment(when: dt.datetime) -> Markup:
    """A time as the reader writes it, in their zone, as "5 March 2026, 15:05 CET"."""
    return _time(when, reader().moment(when))


def local_dates(text: str) -> Markup:
    """A sentence that a program wrote, with its dates and times as the reader writes them."""
    return local_sentence(text, reader())


def month(when: str) -> Markup:
    """A month, such as "2015-09", as "September 2015"."""
    return Markup('<time datetime="{}">{}</time>').format(when, reader().month(dt.date.fromisoformat(when + "-01")))  # noqa: S704  # both are escaped


def status_words(status: Status | str) -> str:
    """A status as people read it, from the catalogue."""
    return text_of(status).label


def status_tone(status: Status | str) -> Tone:
    """The colour that a status is shown in."""
    return text_of(status).tone


def status_text(status: Status | str) -> StatusText:
    """All words of a status: what it means, and the next step of either side."""
    return text_of(status)


def paragraphs(text: str) -> list[str]:
    """Text whose paragraphs are separated by empty lines."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def thousands(number: int) -> str:
    """A number with the reader's separators: 12345 as "12,345"."""
    return reader().number(number)


def decimal(number: float, places: int) -> str:
    """A number with as many decimals, as the reader writes it."""
    return reader().number(number, places)


def _time(when: dt.datetime | dt.date, words: str) -> Markup:
    """What people read, with what programs read."""
    machine = when.astimezone(dt.timezone.utc).isoformat(timespec="seconds") if isinstance(when, dt.datetime) else when.isoformat()
    return Markup('<time datetime="{}">{}</time>').format(machine, words)  # noqa: S704  # both are escaped


def sentence(text: str) -> str:
    """Words as a sentence: a capital first, a full stop last."""
    return text if not text else text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def language(code: str) -> str:
    """The English name of a language; a code that we do not know reads as itself."""
    return LANGUAGES.get(code, code)


def proficiency(word: str) -> str:
    """How well somebody knows a language."""
    return PROFICIENCIES.get(word, word)


def specialty_titles(ids: Iterable[str], pack: Pack | None) -> list[str]:
    """The titles of a domain's specialties; one that is no longer offered reads as its id."""
    titles = {one.id: one.title for one in pack.specialties} if pack else {}
    return [titles.get(one, one) for one in ids]


def asks_for(requirement: Requirement | None) -> str:
    """What a project asks for, in one sentence."""
    if requirement is None and _open_without():
        return "No requirements: every expert sees it."
    return descriptions.requirement_in_words(requirement, services().packs.get(requirement.domain) if requirement else None)


def asks_for_in_table(requirement: Requirement | None) -> str:
    """What a requirement asks for, in a table whose heading says so."""
    return sentence(asks_for(requirement).removeprefix("Requirements: ").removesuffix("."))


def reason_words(reason: str) -> str:
    """Why somebody has access, as it was noted, with the domain's title."""
    said, _, domain = reason.rpartition(" in ")
    pack = services().packs.get(domain)
    return sentence(f"{said} in {pack.title}" if pack else reason).removesuffix(".")


def evidence_source(evidence: Evidence) -> str:
    """What pointed at a passage: "Matched term: eGFR", spelt as the candidate spells it, or the model that named it."""
    said = []
    for source in evidence.found_by.split("; "):
        kind, _, names = source.partition(": ")
        if kind == "terms":
            terms = [_spelt(term, evidence.quote) for term in names.split(", ")]
            said.append(f"Matched {'term' if len(terms) == 1 else 'terms'}: {', '.join(terms)}")
        else:
            said.append(f"Named by the language model {names}" if kind == "model" else source)
    return "; ".join(said)


def _spelt(term: str, quote: str) -> str:
    found = re.search(rf"(?<!\w){re.escape(term)}(?!\w)", quote, re.IGNORECASE)
    return found[0] if found and found[0][1:] != term[1:] else term


def input_type(value: object, wanted: str) -> str:
    """The type of an input: browsers drop what they cannot read as a date or a number, so such words are shown as text."""
    readable = _READABLE.get(wanted)
    return "text" if readable and value not in (None, "") and not re.fullmatch(readable, str(value)) else wanted


def rule_title(rule: Rule) -> str:
    """The name of a rule, as explanations show it."""
    return RULES[rule]


def alike_changes(changes: Sequence[ProjectChange]) -> list[Alike]:
    """What changes, projects alike put together."""
    return alike(changes, services().packs, _open_without())


def _open_without() -> bool:
    return services().settings.projects_without_requirement == "shown"
