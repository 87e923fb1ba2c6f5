"""Highlighting of evidence in a transcript. Pure: quotes may overlap, the text stays exactly as it was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ls_expert_plugin.vetting.values import Evidence


@dataclass(frozen=True)
class Segment:
    """A run of text covered by the same quotes. ``quotes`` are their numbers; ``begins`` those that begin here."""

    text: str
    quotes: tuple[int, ...]
    begins: tuple[int, ...]


def segments(text: str, quotes: Sequence[tuple[int, Evidence]]) -> tuple[Segment, ...]:
    """``text`` cut at the edges of its numbered quotes; joined together the segments are ``text`` again.

    A quote that does not lie within the text is left out.
    """
    inside = [(number, one.start, one.end) for number, one in quotes if 0 <= one.start < one.end <= len(text)]
    edges = sorted({0, len(text), *(start for _, start, _ in inside), *(end for _, _, end in inside)})
    return tuple(
        Segment(
            text=text[left:right],
            quotes=tuple(number for number, start, end in inside if start <= left and right <= end),
            begins=tuple(number for number, start, _ in inside if start == left),
        )
        for left, right in zip(edges, edges[1:], strict=False)
    )
