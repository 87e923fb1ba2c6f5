"""pytest plugin: what runs when. Marks each test with what it needs, and leaves out what is for ``make test-all`` alone.

``label_studio``, ``browser`` and ``postgresql`` are put on by themselves, from the fixtures that a test asks for. Written by hand:
``database`` (both databases are tried in ``make test`` too, not SQLite alone), ``release`` (``make test-all`` alone) and ``slow``
(may take more than 20 s), the last two with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

POSTGRESQL = "postgresql"
# Fixtures that start a Label Studio, and those that give a browser.
_STARTING = frozenset({"label_studio", "migrated", "running", "own", "used_folder", "modes", "label_studio_only"})
# Files that take longest, so that they are begun first: all workers end together.
LONGEST_FIRST = (
    "e2e", POSTGRESQL, "label_studio/test_crawl", "worker/test_worker", "scoping/test_task_routing", "batch/test_pipeline", "routing/sync/test_reconcile",
    "web/test_accessibility", "guard/test_audit_log", "outbox_consumer/test_restored_databases",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--everything``: all that there is."""
    parser.addoption("--everything", action="store_true", help="what make test-all runs: every test, on every database")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks; one that is not declared is an error."""
    for line in (
        "label_studio: starts a real Label Studio (put on by itself)",
        "browser: needs Chromium (put on by itself)",
        "postgresql: needs a PostgreSQL server (put on by itself)",
        "database: the database is the matter, so PostgreSQL is tried in make test too",
        "slow(reason): may take more than 20 s",
        "release(reason): for make test-all alone",
    ):
        config.addinivalue_line("markers", line)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Workers take a group at a time. The marks of pytest-xdist's own ``loadgroup`` are not seen with pytest 9.2 (3.8.0)."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return worker_group(nodeid)

    return ByGroup(config, log)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what a test needs, before ``-m`` looks at it."""
    for needed in _needed(item):
        item.add_marker(needed)
    for name in ("slow", "release"):
        mark = item.get_closest_marker(name)
        if mark is not None and not (mark.args or mark.kwargs.get("reason")):
            raise pytest.UsageError(f"{item.nodeid}: the mark {name} wants a reason")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and put the files that take longest in front, after they were shuffled."""
    if not config.getoption("everything"):
        left_out = [item for item in items if _is_for_everything_alone(item)]
        items[:] = [item for item in items if not _is_for_everything_alone(item)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
    items.sort(key=_turn)


def _needed(item: pytest.Item) -> Iterable[str]:
    fixtures = set(getattr(item, "fixturenames", ()))
    if fixtures & _STARTING:
        yield "label_studio"
    if "browser" in fixtures:
        yield "browser"
    if POSTGRESQL in fixtures or POSTGRESQL in _databases(item):
        yield POSTGRESQL


def _databases(item: pytest.Item) -> list[object]:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return [params[name] for name in ("label_studio", "database_url") if name in params]


def _is_for_everything_alone(item: pytest.Item) -> bool:
    if item.get_closest_marker("release"):
        return True
    return POSTGRESQL in _databases(item) and not item.get_closest_marker("database")


def worker_group(nodeid: str) -> str:
    """What shares a worker: a file's tests share what it sets up; all on PostgreSQL the one Label Studio on it; ``e2e`` the whole system."""
    path, _, test = nodeid.partition("::")
    if "/e2e/" in path and "/e2e/pages/" not in path:
        return "e2e"
    if POSTGRESQL in test.partition("[")[2].rstrip("]").split("-"):
        return POSTGRESQL
    return path


def _turn(item: pytest.Item) -> int:
    group = worker_group(item.nodeid)
    return next((number for number, name in enumerate(LONGEST_FIRST) if name in group), len(LONGEST_FIRST))
