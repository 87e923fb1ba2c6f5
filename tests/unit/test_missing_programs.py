"""A machine without a browser, PostgreSQL or Redis: one sentence that says what to install."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.installed import chromium, postgresql_binaries, redis_server
from tests.support.servers import postgresql


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing on the path, and nothing where Debian keeps PostgreSQL."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgresql, "DEBIAN", tmp_path)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(("looks_for", "package"), [(chromium, "chromium"), (postgresql_binaries, "postgresql"), (redis_server, "redis-server")])
def test_a_program_that_is_missing_is_skipped_here_and_red_in_ci(looks_for: Callable[..., object], package: str) -> None:
    """The sentence is the same."""
    for in_ci, outcome in ((False, pytest.skip.Exception), (True, pytest.fail.Exception)):
        with pytest.raises(outcome, match=rf"^no \w+( server)? on this machine \(Debian: apt install {package}\)$"):
            looks_for(in_ci=in_ci)
