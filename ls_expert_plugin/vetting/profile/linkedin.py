"""A LinkedIn data export (a ZIP of CSV files) as entries to propose for a profile. Nothing is saved here.

Dates and levels that cannot be read stay as they are written, so that the form of the entry says what to do about them: an end nobody
can read must not turn into "to this day". Personal data that no profile asks for (birth date, address, maiden name) is in none of the
columns that are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ls_expert_plugin.errors import TooLarge
from ls_expert_plugin.reading import archive_rows, bounded_process
from ls_expert_plugin.vetting.profile.proposed_entries import CODES, MAX_ENTRIES, Proposals, Proposed, end_date, proficiency

MAX_ARCHIVE_BYTES = 10_000_000
BOUNDS = bounded_process.Bounds(20.0, cpu_s=10, memory_bytes=500_000_000)
_TOO_LONG = "This file takes too long to read. Ask LinkedIn for an export of the profile alone, and choose that."
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

Row = Mapping[str, str]


def read_export(raw: bytes) -> Proposals:
    """The entries of an export. Raises ``BadInput`` (also ``TooLarge``) with a sentence, and ``Busy``; then nothing of it is used."""
    proposed: list[Proposed] = []
    left_out: list[str] = []
    for name, rows in _files(raw):
        found = _entries(rows) if rows is not None else None
        if found is None:
            left_out.append(f"{name[:100]}: not used; its first line is none that a profile is read from, or it is no CSV file in UTF-8.")
            continue
        proposed.extend(found)
        if len(proposed) > MAX_ENTRIES:
            raise TooLarge(f"The export has more than {MAX_ENTRIES} entries. Enter those that matter by hand.")
    return Proposals(tuple(proposed), tuple(left_out))


def _files(raw: bytes) -> list[tuple[str, list[list[str]] | None]]:
    """Name and rows of each file, the header first; None where it is no CSV."""
    if len(raw) > MAX_ARCHIVE_BYTES:
        raise TooLarge(f"The file is larger than {MAX_ARCHIVE_BYTES // 1_000_000} MB. Ask LinkedIn for an export of the profile alone.")
    said = bounded_process.parsed(archive_rows.__file__, [str(MAX_ENTRIES + 1)], raw, BOUNDS, _TOO_LONG)
    return [(name, rows) for name, rows in said["files"]]


def _entries(rows: list[list[str]]) -> list[Proposed] | None:
    """None: a file of another kind."""
    header = [name.strip() for name in rows[0]]
    entry = _skill if header == SKILLS else next((entry for columns, entry in FILES if columns <= set(header)), None)
    if entry is None:
        return None
    return [entry({name: text.strip() for name, text in zip(header, row, strict=False)}) for row in rows[1:]]


def _work(row: Row) -> Proposed:
    fields = {
        "employer": row.get("Company Name", ""), "title": row.get("Title", ""), "description": row.get("Description", ""),
        "start": _month(row.get("Started On", "")), "end": end_date(_month(row.get("Finished On", ""))),
    }
    return Proposed("work", fields, f"{fields['title']}, {fields['employer']}")


def _education(row: Row) -> Proposed:
    fields = {
        "school": row.get("School Name", ""), "degree": row.get("Degree Name", ""), "field": "",
        "start_year": _year(row.get("Start Date", "")), "end_year": _year(row.get("End Date", "")),
    }
    return Proposed("education", fields, f"{fields['degree']}, {fields['school']}")


def _licence(row: Row) -> Proposed:
    """The kind and the jurisdiction are asked for, and so are the days: the export knows months at best."""
    fields = {"kind": "", "number": row.get("License Number", ""), "jurisdiction": "",
              "issued_on": row.get("Started On", ""), "expires_on": row.get("Finished On", "")}
    return Proposed("licence", fields, f"{row.get('Name', '')}, {row.get('Authority', '')}")


def _language(row: Row) -> Proposed:
    name, level = row.get("Name", ""), row.get("Proficiency", "")
    return Proposed("language", {"code": CODES.get(name.casefold(), name), "proficiency": proficiency(level)}, name)


def _skill(row: Row) -> Proposed:
    return Proposed("skill", {"name": row.get("Name", ""), "years": "", "note": ""}, row.get("Name", ""))


def _month(text: str) -> str:
    """``Sep 2015`` as 2015-09; anything else as it is."""
    parts = text.casefold().split()
    return f"{parts[1]}-{MONTHS.index(parts[0]) + 1:02}" if len(parts) == 2 and parts[0] in MONTHS else text


def _year(text: str) -> str:
    """``2015`` and ``Sep 2015`` as 2015; anything else as it is."""
    return _month(text)[:4] if re.fullmatch(r"\d{4}-\d\d", _month(text)) else text


# By the columns, never by the file's name: users rename files, and exports put them into folders.
FILES: tuple[tuple[frozenset[str], Callable[[Row], Proposed]], ...] = (
    (frozenset({"Company Name", "Title", "Started On", "Finished On"}), _work),
    (frozenset({"School Name", "Start Date", "End Date", "Degree Name"}), _education),
    (frozenset({"Name", "Authority", "License Number"}), _licence),
    (frozenset({"Name", "Proficiency"}), _language),
)
# A single column, which other files have too.
SKILLS = ["Name"]
