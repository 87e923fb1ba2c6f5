"""Long lists a page at a time, searched by words."""

from __future__ import annotations

import pytest

from ls_expert_plugin.web.pagination import cut, mentions


@pytest.mark.parametrize(("rows", "wanted", "number", "first", "last", "pages"), [
    (0, None, 1, 0, 0, 1), (1, "1", 1, 1, 1, 1), (50, "1", 1, 1, 50, 1), (51, "2", 2, 51, 51, 2), (120, "2", 2, 51, 100, 3),
    (120, "99", 3, 101, 120, 3), (120, "0", 1, 1, 50, 3), (120, "x", 1, 1, 50, 3), (120, "-1", 1, 1, 50, 3), (120, "9" * 40, 1, 1, 50, 3),
])
def test_a_page_of_a_list(rows: int, wanted: str | None, number: int, first: int, last: int, pages: int) -> None:
    """Fifty at a time; a page that does not exist is the nearest, or the first."""
    shown = cut(range(rows), wanted)
    assert (shown.number, shown.first, shown.last, shown.pages, shown.total) == (number, first, last, pages, rows)
    assert list(shown.items) == list(range(rows))[max(first - 1, 0):last]


def test_a_search_wants_every_word_somewhere() -> None:
    """In any order, any case, in the name or the address."""
    assert mentions("quill ADA", "Ada Quill", "x@example.org") and mentions("ada example", "Ada", "x@example.org")
    assert mentions("", "anything") and mentions("größe", "GRÖSSE GRÖßE")
    assert not mentions("ada ben", "Ada Quill", "x@example.org")
