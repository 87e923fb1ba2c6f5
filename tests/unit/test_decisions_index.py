"""docs/decisions/README.md: every decision stands in the index once, with the title of its file, a date, and a status that both sides know."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "decisions"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
ROOT = FOLDER.parents[1]
# Files of Label Studio 1.23.2 that decisions name.
OF_LABEL_STUDIO = {"tasks/api.py", "data_manager/managers.py"}
TITLES = {path.name: path.read_text(encoding="utf-8").partition("\n")[0] for path in FOLDER.glob("*.md") if path.name != "README.md"}
ROW = re.compile(r"^\| \[(?P<number>\d{4})\]\((?P<file>[^)]+)\) \| (?P<title>.+) \| (?P<date>[\d-]+) \| (?P<status>.+) \|$", re.MULTILINE)


class Row(NamedTuple):
    """A line of the index."""

    number: str
    file: str
    title: str
    date: str
    status: str


ROWS = [Row(**found.groupdict()) for found in ROW.finditer(PAGE)]


def test_every_decision_is_in_the_index_once() -> None:
    """And every line of the index has its file, by the number it begins with."""
    assert sorted(row.file for row in ROWS) == sorted(TITLES)
    assert [row.file for row in ROWS if not row.file.startswith(f"{row.number}-")] == []
    assert len(ROWS) == PAGE.count("\n| [")


def test_the_index_has_the_title_of_each_file() -> None:
    """Word for word, so that either can be searched for."""
    assert {row.file: f"# {row.number} {row.title}" for row in ROWS} == TITLES


def test_each_has_a_date() -> None:
    """The day on which it was written down."""
    assert all(dt.date.fromisoformat(row.date) for row in ROWS)


def test_what_replaces_and_what_is_replaced_name_each_other() -> None:
    """A status is accepted or replaced; whatever it names says the same from its side."""
    begun = re.compile(r"accepted|accepted; replace.*|replaced by .*")
    assert [row.number for row in ROWS if not begun.fullmatch(row.status)] == []
    by, of = set[tuple[str, str]](), set[tuple[str, str]]()
    for row in ROWS:
        for part in row.status.split("; "):
            others = re.findall(r"\[(\d{4})\]", part)
            if " by " in part:
                by |= {(other, row.number) for other in others}
            else:
                of |= {(row.number, other) for other in others}
    assert by == of


def test_a_file_that_moved_is_named_where_it_is_now() -> None:
    """By its name alone, or by the end of its path."""
    there = [f"/{path.relative_to(ROOT).as_posix()}" for top in ("ls_expert_plugin", "tests", "benchmarks") for path in (ROOT / top).rglob("*.py")]
    gone = [
        f"{name}: {file}" for name in TITLES for file in re.findall(r"`([\w/]+\.py)`", (FOLDER / name).read_text(encoding="utf-8"))
        if file not in OF_LABEL_STUDIO and not any(path.endswith(f"/{file}") for path in there)
    ]
    assert gone == []
