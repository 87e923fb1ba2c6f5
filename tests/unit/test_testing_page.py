"""docs/testing.md: every module has a test file by its name, or a line that says which test reaches it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "ls_expert_plugin"
MODULES = {
    path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" and "migrations" not in path.parts
}
LIST = PAGE.partition("## Which test reaches what")[2].partition("\n## ")[0]
LINES = re.findall(r"^\| `([\w/]+\.py)` \| (.+) \|$", LIST, re.MULTILINE)


def _has_test_file(module: str) -> bool:
    path = PurePosixPath(module)
    return any((ROOT / "tests" / kind / path.parent / f"test_{path.name}").is_file() for kind in ("unit", "integration"))


def test_every_module_has_a_test_file_or_a_line() -> None:
    """A new module without either is red."""
    assert {module for module in MODULES if not _has_test_file(module)} - {module for module, _ in LINES} == set()


def test_no_line_is_about_a_module_that_is_gone() -> None:
    """Each module has one line at most."""
    assert [module for module, times in Counter(module for module, _ in LINES).items() if times > 1 or module not in MODULES] == []


def test_every_test_that_a_line_names_is_there() -> None:
    """A line names one at least."""
    named = {module: re.findall(r"`([\w/]+\.py)`", tests) for module, tests in LINES}
    assert [module for module, files in named.items() if not files] == []
    assert {file for files in named.values() for file in files if not (ROOT / "tests" / file).is_file()} == set()
