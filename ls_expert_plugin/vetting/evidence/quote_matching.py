"""Where a quote stands in what was said. Pure.

A language model copies words out of an answer, more or less: curly quotation marks become straight, two spaces one. A quote
counts only if it can be found again in the answer, and then it is the answer's own words that are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

# Typographic variants that are compared as one character, and characters without width, which are passed over.
_ALIKE = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u0060\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    "\u2026": "...",
}


class QuotableAnswer:
    """One answer, made ready for many quotes."""

    def __init__(self, text: str) -> None:
        self.text = text

    def locate(self, quote: str) -> tuple[int, int] | None:
        """Where ``quote`` stands, as (start, end) offsets into ``text``; None when it does not.

        Tried in this order: as it is; with white space, quotation marks and dashes made alike; the same, ignoring case.
        """
        quote = quote.strip()
        start = self.text.find(quote)
        if quote and start >= 0:
            return start, start + len(quote)
        for fold_case, (flat, offsets) in ((False, self._alike), (True, self._folded)):
            wanted, _ = _flat(quote, fold_case=fold_case)
            start = flat.find(wanted) if wanted else -1
            if start >= 0:
                return offsets[start], offsets[start + len(wanted) - 1] + 1
        return None

    @cached_property
    def _alike(self) -> tuple[str, Sequence[int]]:
        return _flat(self.text, fold_case=False)

    @cached_property
    def _folded(self) -> tuple[str, Sequence[int]]:
        return _flat(self.text, fold_case=True)


def _flat(text: str, *, fold_case: bool) -> tuple[str, Sequence[int]]:
    """``text`` with variants made alike, and for each of its characters the offset it had in ``text``."""
    chars: list[str] = []
    offsets: list[int] = []
    for offset, char in enumerate(text):
        piece = " " if char.isspace() else _ALIKE.get(char, char)
        if piece == " " and (not chars or chars[-1] == " "):
            continue
        for part in piece.casefold() if fold_case else piece:  # casefold makes two of some: ß becomes ss
            chars.append(part)
            offsets.append(offset)
    if chars and chars[-1] == " ":
        chars.pop()
        offsets.pop()
    return "".join(chars), offsets
