"""Programs that tests need and a machine may lack: where each is, or one sentence that says what to install. Skipped then; in CI red."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.servers.postgresql import find_postgresql

IN_CI = os.environ.get("CI") == "true"


def skip_or_fail(reason: str, *, in_ci: bool = IN_CI) -> NoReturn:
    """Skip here with a reason; in CI, where everything has to be there, fail."""
    (pytest.fail if in_ci else pytest.skip)(reason)


def chromium(*, in_ci: bool = IN_CI) -> str:
    """The browser's program."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return found or skip_or_fail("no Chromium on this machine (Debian: apt install chromium)", in_ci=in_ci)


def postgresql_binaries(*, in_ci: bool = IN_CI) -> Path:
    """The folder with the server's programs."""
    return find_postgresql() or skip_or_fail("no PostgreSQL server on this machine (Debian: apt install postgresql)", in_ci=in_ci)


def redis_server(*, in_ci: bool = IN_CI) -> str:
    """The server's program."""
    return shutil.which("redis-server") or skip_or_fail("no Redis server on this machine (Debian: apt install redis-server)", in_ci=in_ci)
