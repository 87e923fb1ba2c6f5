"""A real Label Studio for the integration tests, on each database it is run on."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ls_expert_plugin.storage.store import Store
from tests.conftest import LABEL_STUDIO_BIN, skip_or_fail
from tests.label_studio import LabelStudio, Member
from tests.scene import Scene, build
from tests.service_case import Service


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Label Studio and the service are tried both on SQLite and both on PostgreSQL: neither looks into the other's database."""
    mixed = [item for item in items if len(_databases(item)) > 1]
    items[:] = [item for item in items if len(_databases(item)) < 2]
    config.hook.pytest_deselected(items=mixed)


def _databases(item: pytest.Item) -> set[str]:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return {params[name] for name in ("label_studio", "database_url") if name in params}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data of a Label Studio that was started once, on SQLite: a copy starts in seconds, migrating takes half a
    minute each time. To be copied, not to be used."""
    if not LABEL_STUDIO_BIN:
        skip_or_fail("Label Studio's environment is made by `make test`; run the tests through it")
    folder = tmp_path_factory.mktemp("label-studio-migrated")
    LabelStudio(Path(LABEL_STUDIO_BIN), folder).stop()
    return folder


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def label_studio(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """Label Studio with our extension, shared by all tests: each makes projects and people of its own."""
    if not LABEL_STUDIO_BIN:
        skip_or_fail("Label Studio's environment is made by `make test`; run the tests through it")
    env, folder = {}, tmp_path_factory.mktemp(f"label-studio-{request.param}")
    if request.param == "postgresql":
        database = urlsplit(request.getfixturevalue("postgresql").new_database())
        env = {
            "DJANGO_DB": "default", "POSTGRE_HOST": "127.0.0.1", "POSTGRE_PORT": str(database.port), "POSTGRE_USER": "postgres",
            "POSTGRE_PASSWORD": "", "POSTGRE_NAME": database.path.lstrip("/"),
        }
    else:
        shutil.copytree(request.getfixturevalue("migrated"), folder, dirs_exist_ok=True)
    server = LabelStudio(Path(LABEL_STUDIO_BIN), folder, env)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def scene(label_studio: LabelStudio) -> Scene:
    """Two projects and five people, for whoever attacks; everything outside the expert's own project is left as it is."""
    return build(label_studio)


@pytest.fixture
def service(store: Store, label_studio: LabelStudio) -> Iterator[Service]:
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
