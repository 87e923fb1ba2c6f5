"""docs/glossary.md: sorted, and each word once."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", PAGE, re.MULTILINE)


def test_words_are_sorted_and_stand_once() -> None:
    """In the order of the alphabet, capitals like small letters."""
    words = [word.casefold() for word, _ in ROWS]
    assert words == sorted(set(words))


def test_every_line_of_the_table_is_a_word_with_its_meaning() -> None:
    """A line in another form would not be looked at."""
    assert len(ROWS) == PAGE.count("\n| ") - 1 and all(meaning.strip() for _, meaning in ROWS)
