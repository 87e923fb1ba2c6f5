"""docs/architecture.md: its map has every module of the package once, and no file it names is gone."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "ls_expert_plugin"
MODULES = {
    path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" and "migrations" not in path.parts
}
NAMED = re.findall(r"`([\w/]+\.py)`", PAGE)
MAPPED = Counter(re.findall(r"^- `([\w/]+\.py)`: \S", PAGE, re.MULTILINE))


def test_no_file_that_the_page_names_is_gone() -> None:
    """Walks, questions and map name files below the package, or tests from the top."""
    assert len(NAMED) > len(MODULES)
    assert [name for name in NAMED if not (PACKAGE / name).is_file() and not (ROOT / name).is_file()] == []


def test_every_module_is_on_the_map_once() -> None:
    """A new module gets a line that says in the field's words what it is."""
    assert MODULES - MAPPED.keys() == set()
    assert [name for name, times in MAPPED.items() if times > 1] == []


def test_every_room_on_the_map_is_a_folder() -> None:
    """The headings of the map."""
    rooms = re.findall(r"^### `(\w+)/`: ", PAGE, re.MULTILINE)
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(rooms) == sorted(folders)


def test_three_walks_and_ten_questions_are_answered_by_file_names() -> None:
    """Each step and each answer names a file at least."""
    walks = PAGE.partition("## Three walks")[2].partition("## Ten questions")[0]
    questions = PAGE.partition("## Ten questions")[2].partition("## Map")[0]
    assert walks.count("\n### ") == 3
    for text, number in ((walks, 30), (questions, 10)):
        steps = re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:]
        assert len(steps) == number and [step for step in steps if not re.search(r"`[\w/]+\.py`", step)] == []
