"""Taking entries from a file into a profile: what was ticked, all of it or nothing. See ``proposed_entries.py`` for what a file proposes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting.consent import need_matching
from ls_expert_plugin.vetting.profile import json_resume, linkedin
from ls_expert_plugin.vetting.profile.forms import FormInvalid, checked
from ls_expert_plugin.vetting.profile.proposed_entries import MAX_ENTRIES, Proposals
from ls_expert_plugin.vetting.values import Claim, ClaimKind, Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

LINKEDIN, JSON_RESUME, RESUME = "linkedin", "json_resume", "resume"
SOURCES = (LINKEDIN, JSON_RESUME, RESUME)
# What makes two entries of a kind the same one, however the rest is written.
_SAME: Mapping[ClaimKind, tuple[str, ...]] = {
    "work": ("employer", "title"), "education": ("school", "degree"), "licence": ("number",), "skill": ("name",),
    "language": ("code",),
}


@dataclass(frozen=True)
class Taken:
    """An entry that somebody ticked, with what they made of its fields. ``number`` is its place on the page."""

    number: int
    kind: ClaimKind
    fields: Mapping[str, str]


class EntriesInvalid(BadInput):
    """Some entries cannot be saved. ``entries``: number → field → a sentence that says what to do about it."""

    def __init__(self, entries: Mapping[int, Mapping[str, str]]) -> None:
        super().__init__(f"{len(entries)} of the entries need another look. Nothing is saved.")
        self.entries = dict(entries)


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
    same = [_plain(fields.get(name)) for name in _SAME[kind]]
    return any(same) and any(claim.kind == kind and same == [_plain(claim.details.get(name)) for name in _SAME[kind]] for claim in claims)


def take(unit: UnitOfWork, person: Person, source: str, entries: Sequence[Taken], now: dt.datetime) -> int:
    """Save them all, or none; how many. Each is "claimed", as one typed in by hand. Raises ``Forbidden``, ``EntriesInvalid`` and ``BadInput``."""
    need_matching(unit, person)
    if source not in SOURCES or len(entries) > MAX_ENTRIES:
        raise BadInput("This page is outdated. Choose the file again.")
    details, wrong = {}, {}
    for entry in entries:
        try:
            details[entry.number] = checked(entry.kind, entry.fields, now)
        except FormInvalid as problem:
            wrong[entry.number] = problem.fields
    if wrong:
        raise EntriesInvalid(wrong)
    for entry in entries:
        unit.claims.add(person.id, entry.kind, details[entry.number], status="claimed", source=source, now=now)
    return len(entries)


def _plain(value: object) -> str:
    return " ".join(str(value or "").casefold().split())
