"""A real Label Studio for the integration tests, on each database it is run on."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from tests.conftest import label_studio_bin
from tests.support.adversarial.scene import Scene, build
from tests.support.builders.service import Service
from tests.support.servers.label_studio import LabelStudio, Member, on_postgresql
from tests.support.servers.templates import LABEL_STUDIO_DATABASE, sqlite_template


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Label Studio and the service are tried both on SQLite and both on PostgreSQL: neither looks into the other's database."""
    mixed = [item for item in items if len(_databases(item)) > 1]
    items[:] = [item for item in items if len(_databases(item)) < 2]
    config.hook.pytest_deselected(items=mixed)


def _databases(item: pytest.Item) -> set[str]:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return {params[name] for name in ("label_studio", "database_url") if name in params}


@pytest.fixture(scope="session")
def migrated() -> Path:
    """A folder with the data of a Label Studio that was started once, on SQLite. To be copied, not to be used."""
    return sqlite_template(label_studio_bin())


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def label_studio(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """Label Studio with our extension, shared by all tests: each makes projects and people of its own."""
    yield from started(request, tmp_path_factory.mktemp(f"label-studio-{request.param}"))


def started(request: pytest.FixtureRequest, folder: Path) -> Iterator[LabelStudio]:
    """A migrated Label Studio, running on the database that the fixture's parameter names; it ends with the fixture."""
    env: dict[str, str] = {}
    if request.param == "postgresql":
        env = on_postgresql(request.getfixturevalue("postgresql").new_database(template=LABEL_STUDIO_DATABASE))
    else:
        shutil.copytree(request.getfixturevalue("migrated"), folder, dirs_exist_ok=True)
    server = LabelStudio(label_studio_bin(), folder, env)
    yield server
    server.stop()


def own_label_studio(*databases: str) -> Any:
    """A fixture ``label_studio`` of one file's own: for tests that reconcile, which takes away what their service does not know of."""

    @pytest.fixture(scope="module", params=databases)
    def label_studio(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
        yield from started(request, tmp_path_factory.mktemp("own-label-studio"))

    return label_studio


@pytest.fixture(scope="session")
def scene(label_studio: LabelStudio) -> Scene:
    """Two projects and five people, for whoever attacks; everything outside the expert's own project is left as it is."""
    return build(label_studio)


@pytest.fixture
def service(store: Database, label_studio: LabelStudio) -> Iterator[Service]:
    """A service that has read everything so far."""
    service = Service(store, label_studio)
    yield service
    service.close()


@pytest.fixture
def expert(label_studio: LabelStudio, service: Service) -> Member:
    """Somebody who has signed up and is known to the service."""
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    service.read()
    return member
