"""docs/security.md: what the threat model says is shown by a test has that test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| **", "| Who |"))]
CRAWL = "tests/integration/label_studio/test_crawl.py"


def _named(row: str) -> list[tuple[str, str]]:
    """(file or folder, test or "") of what the last column names: a test stands after its file, or after the one named before it."""
    found, file = [], CRAWL
    for crawl, path, name in re.findall(r"(crawl)|`(tests/[\w/]+(?:\.py)?)|\b(?<!/)(test_\w+…?|…\w+)(?=`)", row.rstrip("|").rpartition("|")[2]):
        file = CRAWL if crawl else path or file
        found.append((file, name))
    return found


def _is_there(file: str, name: str) -> bool:
    path = ROOT / file
    if not name:
        return path.exists()
    before, after = (r"test_\w*" if name.startswith("…") else ""), (r"\w*" if name.endswith("…") else r"\b")
    return re.search(f"^def {before}{name.strip('…')}{after}", path.read_text(encoding="utf-8"), re.MULTILINE) is not None


@pytest.mark.parametrize("row", ROWS, ids=[str(number) for number in range(len(ROWS))])
def test_the_tests_that_a_row_names_are_there(row: str) -> None:
    """Each row names one at least: files and folders by their whole path, tests in that file by their name or what it begins or ends with."""
    named = _named(row)
    assert named, row
    assert [(file, name) for file, name in named if not _is_there(file, name)] == []


def test_a_test_of_another_file_is_missed() -> None:
    """A name counts in the file that it stands after, and nowhere else."""
    rows = ["| a | b | c | `tests/unit/test_security_page.py: test_a_test…`, `test_a_test_of_another_file_is_missed`; crawl: `test_odd_bodies…` |"]
    assert [_named(row) for row in rows] == [[
        ("tests/unit/test_security_page.py", ""), ("tests/unit/test_security_page.py", "test_a_test…"),
        ("tests/unit/test_security_page.py", "test_a_test_of_another_file_is_missed"), (CRAWL, ""), (CRAWL, "test_odd_bodies…"),
    ]]
    assert all(_is_there(*named) for named in _named(rows[0]))
    for gone in (("tests/unit/test_gone.py", ""), (CRAWL, "test_a_test…"), ("tests/unit/test_security_page.py", "test_a_test"), (CRAWL, "…_of_nobody")):
        assert not _is_there(*gone), gone
