"""docs/security.md: what the threat model says is shown by a test has that test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| **", "| Who |"))]
TESTS = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize("row", ROWS, ids=[str(number) for number in range(len(ROWS))])
def test_the_tests_that_a_row_names_are_there(row: str) -> None:
    """Each row names one at least; files, and tests by what they begin with, exist."""
    shown = row.rstrip("|").rpartition("|")[2]
    files = re.findall(r"(test_\w+\.py)", shown)
    names = re.findall(r"\b(test_\w+)(?!\w*\.py)(?:…|`)", shown)
    assert files or names or "crawl" in shown or "tests/injection" in shown, row
    assert [name for name in files if name not in {path.name for path in TESTS}] == []
    assert [name for name in names if not any(f"def {name}" in text for text in TESTS.values())] == []
