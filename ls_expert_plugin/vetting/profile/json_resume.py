"""A résumé in the format JSON Resume as entries to propose for a profile. Nothing is saved here.

Read are work, education, certificates, skills and languages; name, address, telephone and all else are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from ls_expert_plugin.errors import BadInput, TooLarge
from ls_expert_plugin.vetting.profile.proposed_entries import CODES, MAX_ENTRIES, Proposals, Proposed, end_date, proficiency

MAX_BYTES = 1_000_000

Entry = Mapping[str, object]


def read_resume(raw: bytes) -> Proposals:
    """The entries of a résumé. Raises ``BadInput`` (also ``TooLarge``) with a sentence; then nothing of it is used."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"The file is larger than {MAX_BYTES // 1_000_000} MB. Choose a résumé without pictures.")
    try:
        resume = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # also what is no UTF-8
        resume = None
    if not isinstance(resume, dict):
        raise BadInput("This is not a JSON Resume. Choose a JSON file in UTF-8 with parts such as work and education.")
    proposed: list[Proposed] = []
    left_out: list[str] = []
    for part, read in PARTS.items():
        entries = resume.get(part) or []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            left_out.append(f"{part}: not used; it is no list of entries.")
            continue
        proposed.extend(read(entry) for entry in entries)
    if len(proposed) > MAX_ENTRIES:
        raise TooLarge(f"The résumé has more than {MAX_ENTRIES} entries. Enter those that matter by hand.")
    return Proposals(tuple(proposed), tuple(left_out))


def _text(entry: Entry, name: str) -> str:
    """A number counts as its digits; what is no text is left for the person."""
    value = entry.get(name)
    return str(value).strip() if isinstance(value, str) or type(value) is int else ""


def _work(entry: Entry) -> Proposed:
    fields = {
        "employer": _text(entry, "name"), "title": _text(entry, "position"), "description": _text(entry, "summary"),
        "start": _cut(_text(entry, "startDate"), 7), "end": end_date(_cut(_text(entry, "endDate"), 7)),
    }
    return Proposed("work", fields, f"{fields['title']}, {fields['employer']}")


def _education(entry: Entry) -> Proposed:
    fields = {
        "school": _text(entry, "institution"), "degree": _text(entry, "studyType"), "field": _text(entry, "area"),
        "start_year": _cut(_text(entry, "startDate"), 4), "end_year": _cut(_text(entry, "endDate"), 4),
    }
    return Proposed("education", fields, f"{fields['degree']}, {fields['school']}")


def _certificate(entry: Entry) -> Proposed:
    """The format knows no number, jurisdiction or expiry: the person fills them in."""
    fields = {"kind": "", "number": "", "jurisdiction": "", "issued_on": _text(entry, "date"), "expires_on": ""}
    return Proposed("licence", fields, f"{_text(entry, 'name')}, {_text(entry, 'issuer')}")


def _language(entry: Entry) -> Proposed:
    """Fluency is free text in this format: what cannot be understood stays as written."""
    name = _text(entry, "language")
    return Proposed("language", {"code": CODES.get(name.casefold(), name), "proficiency": proficiency(_text(entry, "fluency"))}, name)


def _skill(entry: Entry) -> Proposed:
    """What a skill is made of (``keywords``) becomes its note."""
    keywords = entry.get("keywords")
    note = ", ".join(one for one in keywords if isinstance(one, str)) if isinstance(keywords, list) else ""
    return Proposed("skill", {"name": _text(entry, "name"), "years": "", "note": note}, _text(entry, "name"))


def _cut(text: str, length: int) -> str:
    """The first ``length`` characters of an ISO date that has as many; anything else as it is."""
    return text[:length] if re.fullmatch(r"\d{4}(-\d\d){0,2}", text) else text


PARTS: Mapping[str, Callable[[Entry], Proposed]] = {
    "work": _work, "education": _education, "certificates": _certificate, "skills": _skill, "languages": _language,
}
