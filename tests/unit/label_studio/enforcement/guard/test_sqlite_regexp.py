"""Regular expressions on SQLite find what Python's do, and stop."""

from __future__ import annotations

import re

import pytest

# Its annotations alone need Django.
from ls_expert_plugin.label_studio.enforcement.guard.sqlite_regexp import search


@pytest.mark.parametrize(("pattern", "text"), [
    ("^t.o$", "two"), ("^t.o$", "one"), (r"\d{3}", "a123"), ("(?i)TWO", "two"), ("ä+", "xää"), ("", ""), (r"\bone\b", "two one"),
    ("a|b", "c"), (r"(.)\1", "abb"),
])
def test_it_finds_what_python_finds(pattern: str, text: str) -> None:
    """Anchors, classes, flags, references."""
    assert search(pattern, text, 5) is bool(re.search(pattern, text))


@pytest.mark.parametrize("pattern", ["^(a|aa)+$", "(a|aa)+$", r"^(\w|\w\w)+$"])
def test_a_search_without_end_is_given_up(pattern: str) -> None:
    """Python's own would take longer than anybody lives."""
    with pytest.raises(TimeoutError):
        search(pattern, "a" * 100 + "!", 0.1)


def test_a_long_search_is_given_up() -> None:
    """Of one that does end by itself, after some tenths of a second."""
    with pytest.raises(TimeoutError):
        search("^(a|aa)+$", "a" * 28 + "!", 0.01)
