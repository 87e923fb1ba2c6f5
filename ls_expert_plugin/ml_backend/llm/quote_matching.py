"""Finds a quote in a text: language models quote well and count badly.

Tried in turn: the exact words; the same with any white space and any quotation marks or dashes; the same in any case.
Offsets are code points of the text as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_SAME = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
                       "‐": "-", "‑": "-", "–": "-", "—": "-"})


def locate(text: str, quote: str, taken: Iterable[tuple[int, int]] = ()) -> tuple[int, int] | None:
    """``(start, end)`` of the quote, or None. A place that overlaps ``taken`` is never given.

    Of several places, the first one that is not inside a word is preferred.
    """
    taken = tuple(taken)
    for ignore_space, ignore_case in ((False, False), (True, False), (True, True)):
        haystack, origin = _folded(text, ignore_space, ignore_case)
        needle = _folded(quote, ignore_space, ignore_case)[0].strip()
        places = [place for place in _places(haystack, needle, origin)
                  if not any(place[0] < end and start < place[1] for start, end in taken)]
        if places:
            return next((place for place in places if at_word_bounds(text, *place)), places[0])
    return None


def at_word_bounds(text: str, start: int, end: int) -> bool:
    """False when the span starts or ends inside a word."""
    cut_before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    cut_after = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
    return not cut_before and not cut_after


def _folded(text: str, ignore_space: bool, ignore_case: bool) -> tuple[str, list[int]]:
    """The text made comparable, and for each of its characters the place in ``text`` it stands for.

    Case folding may turn one character into several (``ß``, ``İ``): each keeps its origin.
    """
    characters: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        if ignore_space and character.isspace():
            if characters and characters[-1] == " ":
                continue
            character = " "
        if ignore_space:
            character = character.translate(_SAME)
        for each in character.casefold() if ignore_case else character:
            characters.append(each)
            origin.append(place)
    return "".join(characters), origin


def _places(haystack: str, needle: str, origin: list[int]) -> Iterator[tuple[int, int]]:
    at = haystack.find(needle) if needle else -1
    while at >= 0:
        yield origin[at], origin[at + len(needle) - 1] + 1
        at = haystack.find(needle, at + 1)
