"""The running system shared by the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import LABEL_STUDIO_BIN
from tests.e2e import system
from tests.e2e.system import Running
from tests.support.installed import skip_or_fail

ARTIFACTS = Path(__file__).parents[1] / "artifacts"


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`make run`, ready, with its demo content."""
    if not LABEL_STUDIO_BIN:
        skip_or_fail("Label Studio's environment is made by `make test`; run the tests through it")
    running = system.start(tmp_path_factory.mktemp("system") / "data")
    yield running
    if running.process.poll() is None:
        running.stop()
