"""Pagination: long lists are cut into pages of fifty rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_ROWS = 50
Item = TypeVar("Item")


@dataclass(frozen=True)
class Slice(Generic[Item]):
    """One page of a list: pages count from 1, ``total`` counts the whole list."""

    items: Sequence[Item]
    number: int
    pages: int
    total: int

    @property
    def first(self) -> int:
        """The place of its first row in the whole list, from 1; 0 when there is none."""
        return (self.number - 1) * PAGE_ROWS + 1 if self.total else 0

    @property
    def last(self) -> int:
        """The place of its last row."""
        return (self.number - 1) * PAGE_ROWS + len(self.items)


def cut(rows: Sequence[Item], wanted: str | None) -> Slice[Item]:
    """The page that somebody asked for; one that does not exist is the nearest that does."""
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    number = int(wanted) if wanted and wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 1
    number = min(max(number, 1), pages)
    start = (number - 1) * PAGE_ROWS
    return Slice(rows[start:start + PAGE_ROWS], number, pages, len(rows))


def mentions(search: str, *texts: str) -> bool:
    """Whether each word of ``search`` stands in one of the texts, whatever the case. An empty search is in everything."""
    haystack = "\n".join(texts).casefold()
    return all(word in haystack for word in search.casefold().split())
