"""Fixtures of profiles: a candidate who has consented, and a public registry on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_case import Case
from tests.support.fakes.registry import Registry


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A registry that knows Ada Quill."""
    running = Registry()
    yield running
    running.close()


@pytest.fixture
def case(sqlite_store: Database) -> Case:
    """Ada Quill, who has consented."""
    case = Case(sqlite_store)
    case.consent()
    return case
