"""The text of one PDF or DOCX file, in a process of its own: ``python document_text.py pdf < file``.

Prints one JSON object, {"text": …} or {"problem": a sentence}. A file may be made to take for ever, or all memory there is: what
it may take is bounded from outside (``documents.py``, ``bounded_process.py``).
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document

MAX_PAGES = 30
MAX_INFLATED_BYTES = 30_000_000
MAX_MEMBERS = 2_000
NOT_WHOLE = "This is not a whole {kind} file. Save it anew, or export it as a PDF, and choose that."


class DocumentRefused(Exception):
    """The file cannot be used; the message is a sentence for whoever chose it."""


def pdf_text(raw: bytes) -> str:
    """Text of each page, in the order of the pages. Raises ``DocumentRefused``."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted:
            raise DocumentRefused("The PDF is protected by a password. Save it without one, and choose that.")
        pages = len(reader.pages)
        if pages > MAX_PAGES:
            raise DocumentRefused(f"The PDF has {pages} pages; a résumé has at most {MAX_PAGES}.")
        return "\n".join(page.extract_text() for page in reader.pages)
    except DocumentRefused:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, OSError, RecursionError, NotImplementedError):
        raise DocumentRefused(NOT_WHOLE.format(kind="PDF")) from None  # what a broken file makes of a parser


def docx_text(raw: bytes) -> str:
    """Text of the paragraphs and tables, in order, with the headers and footers before. Raises ``DocumentRefused``."""
    from docx import Document
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    _check_archive(raw)
    try:
        document = Document(io.BytesIO(raw))
        return "\n".join(line for line in _lines(document) if line.strip())
    except (OpcError, LxmlError, zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError):
        raise DocumentRefused(NOT_WHOLE.format(kind="Word")) from None


def _check_archive(raw: bytes) -> None:
    """Inflate everything once, no further than ``MAX_INFLATED_BYTES``: the sizes written in the file are not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise DocumentRefused("The Word file holds far more parts than a résumé. Export it as a PDF, and choose that.")
            total = 0
            for member in members:
                if member.flag_bits & 0x1 or member.filename.startswith("/") or ".." in re.split(r"[/\\]", member.filename):
                    raise DocumentRefused("The Word file is built in an unusual way. Export it as a PDF, and choose that.")
                with archive.open(member) as part:
                    while chunk := part.read(1_000_000):
                        total += len(chunk)
                        if total > MAX_INFLATED_BYTES:
                            raise DocumentRefused("The Word file is far larger than a résumé when unpacked. Take out its pictures, and choose it again.")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError):
        raise DocumentRefused(NOT_WHOLE.format(kind="Word")) from None


def _lines(document: Document) -> Iterator[str]:
    for section in document.sections:
        for part in (section.header, section.footer):
            yield from (one.text for one in part.paragraphs)
    for block in document.iter_inner_content():
        yield from _block(block)


def _block(block: Any) -> Iterator[str]:
    if hasattr(block, "rows"):
        for row in block.rows:
            yield " \t ".join(dict.fromkeys(cell.text for cell in row.cells))
    else:
        yield block.text


def main(kind: str) -> int:
    """Read standard input, print what it holds."""
    try:
        text = {"pdf": pdf_text, "docx": docx_text}[kind](sys.stdin.buffer.read())
        said = {"text": "".join(char for char in text if char not in "\x00" and not "\ud800" <= char <= "\udfff")}
    except DocumentRefused as problem:
        said = {"problem": str(problem)}
    sys.stdout.write(json.dumps(said))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
