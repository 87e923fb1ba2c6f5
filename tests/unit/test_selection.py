"""What shares a worker when several run the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.selection import LONGEST_FIRST, POSTGRESQL, worker_group

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(("nodeid", "group"), [
    ("tests/unit/agreement/test_blind.py::test_a", "tests/unit/agreement/test_blind.py"),
    ("tests/unit/agreement/test_blind.py::test_a[postgresql-like]", "postgresql"),
    ("tests/integration/routing/test_races.py::test_a[sqlite-1]", "tests/integration/routing/test_races.py"),
    ("tests/integration/routing/test_races.py::test_a[postgresql]", "postgresql"),
    ("tests/integration/routing/test_races.py::test_a[1-postgresql]", "postgresql"),
    ("tests/e2e/test_walk.py::test_walk", "e2e"), ("tests/e2e/test_pages.py::test_a[1440x900]", "e2e"),
])
def test_what_is_set_up_once_is_used_by_one_worker(nodeid: str, group: str) -> None:
    """A file's tests stay together; so do all on PostgreSQL, and all on the whole system."""
    assert worker_group(nodeid) == group


def test_what_is_begun_first_is_there() -> None:
    """A file that was moved would be begun by chance, and the last worker be left alone with it."""
    groups = {worker_group(path.relative_to(TESTS.parent).as_posix()) for path in TESTS.rglob("test_*.py")} | {POSTGRESQL}
    assert [name for name in LONGEST_FIRST if not any(name in group for group in groups)] == []
