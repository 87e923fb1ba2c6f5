"""Taking entries from a file into a profile: of what was ticked, what is complete; the rest is told apart. See ``proposed_entries.py``
for what a file proposes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting.consent import need_matching
from ls_expert_plugin.vetting.profile import entry_warnings, json_resume, linkedin
from ls_expert_plugin.vetting.profile.forms import FormInvalid, checked
from ls_expert_plugin.vetting.profile.proposed_entries import MAX_ENTRIES, Proposals
from ls_expert_plugin.vetting.values import Claim, ClaimKind, Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

LINKEDIN, JSON_RESUME, RESUME = "linkedin", "json_resume", "resume"
SOURCES = (LINKEDIN, JSON_RESUME, RESUME)


@dataclass(frozen=True)
class Taken:
    """An entry that somebody ticked, with what they made of its fields. ``number`` is its place on the page."""

    number: int
    kind: ClaimKind
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Imported:
    """What became of the entries that were taken. ``saved``: how many; ``wrong``: number → field → a sentence that says what to do about it."""

    saved: int
    wrong: Mapping[int, Mapping[str, str]]


def read(raw: bytes) -> tuple[str, Proposals]:
    """Which kind of file it is, by its content, and what it proposes. Raises ``BadInput``."""
    if not raw:
        raise BadInput("Choose a file first; this one is empty.")
    source = LINKEDIN if raw[:2] == b"PK" else JSON_RESUME
    if source == JSON_RESUME and raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        raise BadInput("This is no PDF, Word, ZIP or JSON file. Choose a résumé, a LinkedIn data export or a JSON Resume.")
    proposals = linkedin.read_export(raw) if source == LINKEDIN else json_resume.read_resume(raw)
    if not proposals.proposed:
        raise BadInput("Nothing in this file belongs in a profile: no work, education, licence, skill or language was found.")
    return source, proposals


def is_there(kind: ClaimKind, fields: Mapping[str, str], claims: Iterable[Claim]) -> bool:
    """Whether the profile has this entry already."""
    return any(entry_warnings.is_same(kind, fields, claim) for claim in claims)


def problems(kind: ClaimKind, fields: Mapping[str, str], now: dt.datetime) -> Mapping[str, str]:
    """What keeps an entry from being saved: field → a sentence that says what to do about it; empty when it is complete."""
    try:
        checked(kind, fields, now)
    except FormInvalid as problem:
        return problem.fields
    return {}


def take(unit: UnitOfWork, person: Person, source: str, entries: Sequence[Taken], now: dt.datetime) -> Imported:
    """Save those that are complete. Each is "claimed", as one typed in by hand. Raises ``Forbidden`` and ``BadInput``."""
    need_matching(unit, person)
    if source not in SOURCES or len(entries) > MAX_ENTRIES:
        raise BadInput("This page is outdated. Choose the file again.")
    saved, wrong = 0, {}
    for entry in entries:
        try:
            details = checked(entry.kind, entry.fields, now)
        except FormInvalid as problem:
            wrong[entry.number] = problem.fields
            continue
        unit.claims.add(person.id, entry.kind, details, status="claimed", source=source, now=now)
        saved += 1
    return Imported(saved, wrong)
