"""Text of a PDF or a Word file that somebody sent. The parser runs in a process of its own (``bounded_process.py``)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ls_expert_plugin.errors import TooLarge
from ls_expert_plugin.reading import bounded_process, document_text

Kind = Literal["pdf", "docx"]
MAX_BYTES = 5_000_000
MAX_CHARS = 60_000
TIMEOUT_S = 20.0
BOUNDS = bounded_process.Bounds(TIMEOUT_S, cpu_s=20, memory_bytes=1_500_000_000)
TOO_LONG = "This file takes too long to read. Export it as a plain PDF without pictures, and choose that."


def kind_of(raw: bytes) -> Kind | None:
    """Which kind of document it is, by its content; None: neither."""
    if raw[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    return "docx" if raw[:2] == b"PK" and b"word/document.xml" in raw else None


def text_of(raw: bytes, kind: Kind, timeout_s: float = TIMEOUT_S) -> str:
    """The text; empty for a scan. Raises ``BadInput`` (also ``TooLarge``) with a sentence, and ``Busy``."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"The file is larger than {MAX_BYTES // 1_000_000} MB. Take out its pictures, and choose it again.")
    said = bounded_process.parsed(document_text.__file__, [kind], raw, replace(BOUNDS, timeout_s=timeout_s), TOO_LONG)
    text = str(said["text"]).strip()
    if len(text) > MAX_CHARS:
        raise TooLarge(f"The file holds {len(text):,} characters; a résumé has at most {MAX_CHARS:,}.")
    return text
