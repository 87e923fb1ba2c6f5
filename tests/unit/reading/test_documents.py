"""Text of PDF and Word files, and which files are refused, each with a sentence."""

from __future__ import annotations

import pytest

from ls_expert_plugin.errors import BadInput, TooLarge
from ls_expert_plugin.reading import documents
from ls_expert_plugin.reading.documents import kind_of, text_of
from tests.support.builders.documents import locked, pdf, with_part, word

LETTER = word(["Ada Quill"])
# Ten entities, each ten times the one before: three gigabytes, were they put in.
BOMB = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "0123456789">%s]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p></w:body></w:document>"""
BOMB %= b"".join(b'<!ENTITY %c "%s">' % (b"bcdefghi"[n], b"&%c;" % b"abcdefgh"[n] * 10) for n in range(8))
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>A&x;B</w:t></w:r></w:p></w:body></w:document>"""


def test_text_of_a_pdf_page_by_page() -> None:
    """In the order of the pages; a page without text adds nothing."""
    raw = pdf(["Ada Quill", "Counsel (2014 to now)"], [], ["Languages: German"])
    assert kind_of(raw) == "pdf"
    assert [line for line in text_of(raw, "pdf").split("\n") if line.strip()] == ["Ada Quill", "Counsel (2014 to now)", "Languages: German"]


def test_text_of_a_word_file_with_tables_emoji_and_right_to_left_text() -> None:
    """Header, paragraphs and the cells of tables, as they are written."""
    raw = word(["Ada Quill 🏛", "محامية في القاهرة", "עו״ד"], [["2014", "Counsel"], ["2010", "Clerk"]])
    assert kind_of(raw) == "docx"
    text = text_of(raw, "docx")
    for words in ("Curriculum vitae", "Ada Quill 🏛", "محامية في القاهرة", "עו״ד", "2014 \t Counsel", "2010 \t Clerk"):
        assert words in text


def test_a_scan_has_no_text() -> None:
    """That is no mistake of the file."""
    assert text_of(pdf([], []), "pdf") == ""


@pytest.mark.parametrize(
    ("raw", "kind", "sentence"),
    [
        (b"%PDF-1.7\nnot really", "pdf", "not a whole PDF"),
        (pdf(["Ada"])[:200], "pdf", "not a whole PDF"),
        (locked(pdf(["Ada"])), "pdf", "protected by a password"),
        (pdf(*[["page"]] * 200), "pdf", "has 200 pages; a résumé has at most 30"),
        (LETTER[:-200], "docx", "not a whole Word"),
        (with_part(LETTER, {"word/document.xml": b"<w:document"}), "docx", "not a whole Word"),
        (with_part(LETTER, {"../../etc/cron.d/x": b"x"}), "docx", "unusual way"),
        (with_part(LETTER, {"word/media/big.bin": b"0" * 40_000_000}), "docx", "far larger than a résumé"),
        (with_part(LETTER, {f"word/media/{n}": b"" for n in range(2100)}), "docx", "far more parts"),
        (with_part(LETTER, {"word/document.xml": BOMB}), "docx", "not a whole Word"),
        (word(["x" * 70_000]), "docx", "holds 70,0"),
        (b"%PDF-1.7" + b"0" * 5_000_000, "pdf", "larger than 5 MB"),
    ],
    ids=["prose", "cut", "locked", "200 pages", "zip cut", "xml cut", "path", "zip bomb", "parts", "xml bomb", "long", "large"],
)
def test_bad_files_are_refused(raw: bytes, kind: documents.Kind, sentence: str) -> None:
    """One sentence that says what to do, and soon."""
    with pytest.raises(BadInput) as problem:
        text_of(raw, kind)
    assert sentence in problem.value.message
    assert isinstance(problem.value, TooLarge) == ("5 MB" in sentence or "70,0" in sentence)


def test_a_word_file_reads_no_other_file() -> None:
    """An entity that names a file of this machine stays empty, or the file is refused."""
    try:
        text = text_of(with_part(LETTER, {"word/document.xml": OUTSIDE}), "docx")
    except BadInput:
        return
    assert text in ("A", "AB")


def test_what_takes_too_long_is_given_up() -> None:
    """The process is ended, and whoever waits gets a sentence."""
    many = pdf(*[["word " * 15_000] * 20] * 3)
    with pytest.raises(BadInput, match="takes too long"):
        text_of(many, "pdf", timeout_s=0.05)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b'{"a": 1}', b"\xff\xd8\xff"])
def test_what_is_no_document(raw: bytes) -> None:
    """Other files are for other readers."""
    assert kind_of(raw) is None
