"""CSV export of a table: rows to a dated attachment that spreadsheets open as text and never as formulas.

UTF-8 with a byte order mark, because Excel reads a file without one in the reader's own code page; pandas (``utf-8-sig``), R and LibreOffice take
either. Commas, lines ended by CRLF (RFC 4180). Times are in UTC, in a form that spreadsheets take for a time: say "(UTC)" in the column's name.
Against formula injection, after OWASP's page of that name: text that begins like a formula, after any blanks, gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response

Cell = str | int | float | bool | dt.datetime | dt.date | None
_BYTE_ORDER_MARK = "\ufeff"
# The full-width signs are the same to a spreadsheet in Japanese or Chinese. Invisible characters are dropped by some on the way in.
_FORMULA = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


def csv_download(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], now: dt.datetime) -> Response:
    """The table as the attachment ``name-2026-11-30.csv``, by the day of ``now`` in UTC; no cache keeps it."""
    stem = _NOT_IN_A_NAME.sub("-", name.lower()).strip("-") or "table"
    response = Response(csv_text(columns, rows).encode("utf-8"), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{stem}-{now.astimezone(dt.timezone.utc):%Y-%m-%d}.csv")
    response.headers["Cache-Control"] = "no-store, private"
    return response


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The whole file, byte order mark included. Pure. Raises ``ValueError`` for a row that has not as many cells as there are columns."""
    out = io.StringIO(newline="")
    out.write(_BYTE_ORDER_MARK)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell_text(column) for column in columns])
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(columns)} columns")
        writer.writerow([cell_text(cell) for cell in row])
    return out.getvalue()


def cell_text(value: Cell) -> str:
    """One cell: numbers as they are, yes or no, times to the second in UTC, nothing for None, text that is no formula. Pure."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.timezone.utc):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dt.date):
        return value.isoformat()
    # Half a character cannot be encoded, and a NUL ends the file for some readers.
    text = value.encode("utf-8", "replace").decode().replace("\x00", "")
    return f"'{text}" if _FORMULA.match(text) else text
