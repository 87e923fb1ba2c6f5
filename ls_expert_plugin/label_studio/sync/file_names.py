"""Under which keys the files that a task names are found again. Pure.

A name is written into a task plainly, percent-encoded, in running text or in HTML, and where it ends cannot always be told. So an address is cut
into parts, each of which may be the end of a name, and the last part of a name is its key. Keys only say where to look.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

# How addresses of uploaded and of local files begin (Label Studio 1.23.2). The name of an upload begins with the first.
UPLOADED, LOCAL = "upload/", "local-files"
_ADDRESS = re.compile(rf"(?<![\w.%-])(?={UPLOADED})|{LOCAL}/\?(?:[^\s\"'<>]*?[&;])?d=")
# After its beginning, an address is looked at so far; it ends for sure at one of these.
_LONGEST, _END = 1000, re.compile(r"[<>\"\n]")
# A name may have blanks or these in it, and may also end there: each part is kept that looks like one.
_PARTS = re.compile(r"[\s'|\\?#&=(),;]+")
_PUNCTUATION = ".,;:!)]}"


def keys_of(name: str) -> frozenset[int] | None:
    """What a file of this name is found under. None: the index cannot tell."""
    if len(name) > _LONGEST // 2 or _END.search(name):
        return None
    found = set()
    for written in {name, unquote(name)}:
        parts = _parts(written)
        if not parts or len(parts) > 1 and not _looks_like_one(parts[-1]):
            return None
        found.add(_key(parts[-1]))
    return frozenset(found)


def keys_in(data: Any) -> frozenset[int]:
    """What the files that a task's data names are found under."""
    return frozenset(
        _key(part) for text in texts(data) for piece in _pieces(unquote(text))
        for number, part in enumerate(_parts(piece)) if number == 0 or _looks_like_one(part)
    )


def texts(data: Any) -> Iterator[str]:
    """Every text in JSON data, however deep."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)


def _pieces(text: str) -> Iterator[str]:
    for match in _ADDRESS.finditer(text):
        piece = text[match.end() : match.end() + _LONGEST]
        end = _END.search(piece)
        yield piece[: end.start()] if end else piece


def _parts(text: str) -> list[str]:
    return [part for one in _PARTS.split(text) if (part := one.rstrip(_PUNCTUATION))]


def _looks_like_one(part: str) -> bool:
    return "." in part or "/" in part


def _key(part: str) -> int:
    return int.from_bytes(hashlib.blake2b(part.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
