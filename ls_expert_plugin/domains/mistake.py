"""What the checks of a pack report, and how they compare texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Where something stands in a pack: ("competencies", 2, "indicators"). List positions count from 0.
Location = tuple[str | int, ...]


class Mistake(NamedTuple):
    """Something in a pack that does not fit: where, and what to do about it."""

    where: Location
    says: str


def repeated(values: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(position, position of the first) for each value that stood before."""
    first: dict[str, int] = {}
    for position, value in enumerate(values):
        if first.setdefault(value, position) != position:
            yield position, first[value]


def plain(text: str) -> str:
    """``text`` without regard to case and spaces."""
    return " ".join(text.casefold().split())
