"""Rows of the CSV files in a ZIP, in a process of its own: ``python archive_rows.py 201 < file``.

Prints one JSON object, {"files": [[name, rows or null]]} or {"problem": a sentence, "too_large": …}; null for what is no CSV in UTF-8. Of each file
no more rows are read than the number given (the header and empty lines beside), so that two kilobytes cannot be made into a million rows.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import zipfile
import zlib

MAX_FILE_BYTES = 2_000_000
MAX_TOTAL_BYTES = 10_000_000
MAX_FILES = 200
# Lines of one file that are looked at, the empty ones among them.
MAX_LINES = 5_000
# Other people's names and words; never opened.
OF_OTHERS = ("connections.csv", "messages.csv")
NOT_WHOLE = "This is not a whole ZIP file. Choose the file as LinkedIn sent it."


class ArchiveRefused(Exception):
    """The file cannot be used; the message is a sentence for whoever chose it."""

    def __init__(self, sentence: str, *, too_large: bool = False) -> None:
        super().__init__(sentence)
        self.too_large = too_large


def files(raw: bytes, max_rows: int) -> list[tuple[str, list[list[str]] | None]]:
    """Each CSV file with its header and at most ``max_rows`` rows that are not empty. Raises ``ArchiveRefused``."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if len(members) > MAX_FILES:
                raise ArchiveRefused(f"The ZIP file holds more than {MAX_FILES} files. Choose the export as LinkedIn sent it.", too_large=True)
            for member in members:
                _check(member)
            found, total_bytes = [], 0
            for member in members:
                name = member.filename.rsplit("/", 1)[-1]
                if not name.casefold().endswith(".csv") or name.casefold() in OF_OTHERS:
                    continue
                with archive.open(member) as file:  # the size written in the ZIP is not believed: reading stops by itself
                    data = file.read(MAX_FILE_BYTES + 1)
                total_bytes += len(data)
                if len(data) > MAX_FILE_BYTES or total_bytes > MAX_TOTAL_BYTES:
                    raise ArchiveRefused("The files in the ZIP are too large for a profile. Choose the export as LinkedIn sent it.", too_large=True)
                found.append((name, _rows(data, max_rows)))
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise ArchiveRefused(NOT_WHOLE) from None


def _check(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x1:
        raise ArchiveRefused("The ZIP file is encrypted. Choose the file as LinkedIn sent it.")
    if member.filename.startswith("/") or ".." in re.split(r"[/\\]", member.filename):
        raise ArchiveRefused("The ZIP file holds paths that lead out of it. Choose the file as LinkedIn sent it.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveRefused("The ZIP file is packed in an unusual way. Choose the file as LinkedIn sent it.")


def _rows(data: bytes, max_rows: int) -> list[list[str]] | None:
    """The header, and rows up to the bound. None: no CSV file in UTF-8."""
    try:
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        rows = [next(lines, [])]
        for number, row in enumerate(lines):
            if number >= MAX_LINES or len(rows) > max_rows:
                break
            if any(text.strip() for text in row):
                rows.append(row)
        return rows
    except (UnicodeDecodeError, csv.Error):
        return None


def main(max_rows: int) -> int:
    """Read standard input, print what it holds."""
    said: dict[str, object]
    try:
        said = {"files": files(sys.stdin.buffer.read(), max_rows)}
    except ArchiveRefused as problem:
        said = {"problem": str(problem), "too_large": problem.too_large}
    sys.stdout.write(json.dumps(said))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1])))
