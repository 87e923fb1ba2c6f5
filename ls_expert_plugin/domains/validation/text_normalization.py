"""How the checks of a pack compare texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def repeated(values: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(position, position of the first) for each value that stood before."""
    first: dict[str, int] = {}
    for position, value in enumerate(values):
        if first.setdefault(value, position) != position:
            yield position, first[value]


def plain(text: str) -> str:
    """``text`` without regard to case and spaces."""
    return " ".join(text.casefold().split())
