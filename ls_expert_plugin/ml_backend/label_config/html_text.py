"""The text of an HTML page, and where each piece of it is, as Label Studio's HyperText counts: by XPath from the body, in its text nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

_NO_TEXT = frozenset({"script", "style", "head", "title", "template", "noscript"})
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp",
    "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
})
MAX_DEPTH = 200


@dataclass(frozen=True)
class Piece:
    """A text node: its text is ``page.text[start:end]``."""

    start: int
    end: int
    path: str


@dataclass(frozen=True)
class Page:
    """A page's text. Blocks are kept apart by a line break that is in no piece."""

    text: str
    pieces: tuple[Piece, ...]

    def place(self, start: int, end: int) -> dict[str, Any] | None:
        """``text[start:end]`` as a HyperText region's value has it. None: it has no end in a text node."""
        first = next((piece for piece in self.pieces if piece.start <= start < piece.end), None)
        last = next((piece for piece in reversed(self.pieces) if piece.start < end <= piece.end), None)
        if first is None or last is None:
            return None
        offsets = {"startOffset": utf16(self.text[first.start : start]), "endOffset": utf16(self.text[last.start : end])}
        return {"start": first.path, "end": last.path, **offsets}

    def found(self, start_path: str, start_offset: int, end_path: str, end_offset: int) -> tuple[int, int] | None:
        """The other way round. None: there is no such place."""
        first = next((piece for piece in self.pieces if piece.path == start_path), None)
        last = next((piece for piece in self.pieces if piece.path == end_path), None)
        if first is None or last is None:
            return None
        start = first.start + code_points(self.text[first.start : first.end], start_offset)
        end = last.start + code_points(self.text[last.start : last.end], end_offset)
        return (start, end) if first.start <= start < end <= last.end else None


def utf16(text: str) -> int:
    """Length in UTF-16 units, as Label Studio 1.23.2 counts in pages and dialogues; in plain texts it counts code points.

    In a dialogue an end in the middle of an emoji is stored as half of it, and the task answers 500 from then on.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def code_points(text: str, units: int) -> int:
    """How many code points so many UTF-16 units are."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "replace"))


def read_page(html: str) -> Page:
    """The page as a browser reads it."""
    body = LexborHTMLParser(html).body
    pieces: list[Piece] = []
    texts: list[str] = []
    length = 0

    def visit(node: Any, path: str, depth: int) -> None:
        nonlocal length
        counts: dict[str, int] = {}
        child = node.child
        while child is not None:
            tag = child.tag or ""
            counts[tag] = counts.get(tag, 0) + 1
            if tag == "-text":
                text = child.text_content or ""
                if text:
                    pieces.append(Piece(length, length + len(text), f"{path}/text()[{counts[tag]}]"))
                    texts.append(text)
                    length += len(text)
            elif tag not in _NO_TEXT and not tag.startswith("-") and depth < MAX_DEPTH:
                if tag not in _INLINE and texts and not texts[-1].endswith("\n"):
                    texts.append("\n")
                    length += 1
                visit(child, f"{path}/{tag}[{counts[tag]}]", depth + 1)
                if tag not in _INLINE and texts and not texts[-1].endswith("\n"):
                    texts.append("\n")
                    length += 1
            child = child.next

    if body is not None:
        visit(body, "", 0)
    return Page("".join(texts), tuple(pieces))
