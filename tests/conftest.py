"""What every test gets: a clean environment, no network beyond loopback, and real databases.

PostgreSQL is started from the system's binaries in a temporary directory; where there are none, its tests are skipped and
say so. With ``CI=true`` such a skip is a failure: there, everything has to be installed.
"""

from __future__ import annotations

import gc
import ipaddress
import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.installed import IN_CI, chromium, postgresql_binaries, skip_or_fail
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.service_database import postgresql_with_tables, sqlite_with_tables
from tests.support.servers.templates import postgresql_template

pytest_plugins = ["tests.selection", "tests.durations"]
LABEL_STUDIO_BIN = os.environ.get("TESTED_LABEL_STUDIO_BIN", "")
# Without these Chromium looks for hosts of its maker at every start.
QUIET_CHROMIUM = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What is imported and collected stays: looking for garbage in it is a fifth of the time that takes, and a twentieth of the tests' own."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def label_studio_bin() -> Path:
    """Where Label Studio's programs are; the test is skipped where there are none."""
    if not LABEL_STUDIO_BIN:
        skip_or_fail("Label Studio's environment is made by `make test`; run the tests through it")
    return Path(LABEL_STUDIO_BIN)


def _loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: no test, and nothing it calls in this process, talks to another machine."""
    if event not in ("socket.connect", "socket.sendto"):
        return
    address = arguments[1]
    if isinstance(address, tuple) and address:
        host = str(address[0])
        if host not in ("localhost", "") and not ipaddress.ip_address(host.split("%")[0]).is_loopback:
            raise RuntimeError(f"a test tried to reach {host}")


sys.addaudithook(_loopback_only)


# In CI the same examples each time; elsewhere others from run to run. No example is timed: a machine may be busy with other things.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("untimed"), derandomize=True)
settings.load_profile("ci" if IN_CI else "untimed")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's own reaches a test."""
    for name in list(os.environ):
        if name.startswith(("LS_EXPERT_", "OPENAI_", "LABEL_STUDIO_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own. Its folder is none of pytest's: the next session takes their permissions away."""
    binaries = postgresql_binaries()
    template = postgresql_template(Path(LABEL_STUDIO_BIN), binaries) if LABEL_STUDIO_BIN else None
    with tempfile.TemporaryDirectory(prefix="ls-expert-postgresql-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(binaries, Path(folder))
        server.start(template)
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database, on each kind we support: empty, or with our tables for tests that ask for ``store``."""
    has_tables = "store" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "expert.sqlite3"
        return sqlite_with_tables(path) if has_tables else f"sqlite:///{path}"
    server: PostgresServer = request.getfixturevalue("postgresql")
    return postgresql_with_tables(server) if has_tables else server.new_database()


@pytest.fixture
def store(database_url: str) -> Iterator[Database]:
    """A store with its tables."""
    store = Database(database_url)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Database]:
    """A store on SQLite alone, for tests that are not about the database."""
    store = Database(sqlite_with_tables(tmp_path / "one.sqlite3"))
    yield store
    store.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for all tests: Playwright's synchronous side runs once in a process."""
    path = chromium()
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET_CHROMIUM, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def openai_server() -> Iterator[Any]:
    """A language-model endpoint of our own on loopback."""
    from tests.support.fakes.openai_server import running_server

    with running_server() as server:
        yield server
