"""Our extension comes to a Label Studio that has been in use: what is there already is known, and nothing is opened."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import LABEL_STUDIO_BIN
from tests.support.servers.label_studio import ADMIN_EMAIL, ADMIN_TOKEN, CHOICES, PASSWORD, STARTS_IN_S, LabelStudio
from tests.support.servers.postgresql import free_port

COLLEAGUE = "colleague@test.example"
TOKEN = {"Authorization": f"Token {ADMIN_TOKEN}"}


@contextmanager
def _stock(folder: Path) -> Iterator[httpx.Client]:
    """Label Studio by its own command, without anything of ours, on the data in a folder; somebody's browser there."""
    port = free_port()
    env = {
        **os.environ, "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"), "LABEL_STUDIO_USERNAME": ADMIN_EMAIL,
        "LABEL_STUDIO_PASSWORD": PASSWORD, "LABEL_STUDIO_USER_TOKEN": ADMIN_TOKEN, "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "LATEST_VERSION_CHECK": "false",
    }
    command = [f"{LABEL_STUDIO_BIN}/label-studio", "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    with (folder / "stock.log").open("wb") as log:
        stock = subprocess.Popen([*command, "--data-dir", str(folder / "data")], env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=30, trust_env=False) as http:
            _wait(http)
            yield http
    finally:
        os.killpg(stock.pid, signal.SIGKILL)
        stock.wait()


@pytest.fixture
def used_folder(tmp_path: Path, migrated: Path) -> Path:
    """The data of a stock Label Studio, in which nothing of ours ever was, with a project and a colleague."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    _without_us(tmp_path / "data" / "label_studio.sqlite3")
    with _stock(tmp_path) as http:
        http.post("/api/projects/", json={"title": "Years of work", "label_config": CHOICES}, headers=TOKEN).raise_for_status()
        http.get("/user/signup/")
        form = {"email": COLLEAGUE, "password": PASSWORD, "allow_newsletters": "false", "csrfmiddlewaretoken": http.cookies["csrftoken"]}
        http.post("/user/signup/", data=form).raise_for_status()
    return tmp_path


def _without_us(database: Path) -> None:
    """Take out of a migrated database what our extension put there: tables, triggers, the record of its migrations."""
    with closing(sqlite3.connect(database)) as connection, connection:
        ours = connection.execute("SELECT type, name FROM sqlite_master WHERE name LIKE 'ls_expert%' AND type IN ('table', 'trigger')").fetchall()
        for kind, name in sorted(ours, reverse=True):  # triggers first
            connection.execute(f"DROP {kind} {name}")
        assert ours and connection.execute("DELETE FROM django_migrations WHERE app = 'ls_expert'").rowcount


def _wait(http: httpx.Client) -> None:
    until = time.monotonic() + STARTS_IN_S
    while True:
        try:
            if http.get("/health/").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
        assert time.monotonic() < until, "Label Studio did not start"


def test_what_is_there_already_is_told_once(used_folder: Path) -> None:
    """Both members with their roles, and the project, are in the outbox after the first start, and not again after the second."""
    first = LabelStudio(Path(LABEL_STUDIO_BIN), used_folder, by_command=True)
    told = first.events()
    assert [(event["kind"], event["user"]["email"], event["user"]["role"]) for event in told if event["kind"] == "user_joined"] == [
        ("user_joined", ADMIN_EMAIL, "manager"), ("user_joined", COLLEAGUE, "expert")
    ]
    assert [event["project_title"] for event in told if event["kind"] == "project_created"] == ["Years of work"]
    assert first.admin.get("/api/projects/").json()["count"] == 1
    first.stop()
    second = LabelStudio(Path(LABEL_STUDIO_BIN), used_folder, by_command=True)
    assert second.events() == told
    second.stop()


@pytest.mark.slow("starts Label Studio with its own command after ours")
@pytest.mark.release("nothing here changes but with Label Studio's version")
def test_label_studio_goes_on_with_its_own_command(tmp_path: Path, migrated: Path) -> None:
    """The way back that README.md tells of: everybody sees every project again, and projects are made, worked on and deleted beside our tables."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    ours = LabelStudio(Path(LABEL_STUDIO_BIN), tmp_path, by_command=True)
    ours.new_project("Made with the extension", ["one"])
    ours.stop()
    with _stock(tmp_path) as http:
        http.get("/user/signup/")
        form = {"email": COLLEAGUE, "password": PASSWORD, "allow_newsletters": "false", "csrfmiddlewaretoken": http.cookies["csrftoken"]}
        http.post("/user/signup/", data=form).raise_for_status()
        (project,) = http.get("/api/projects/").json()["results"]
        assert project["title"] == "Made with the extension"
        task = http.get(f"/api/projects/{project['id']}/next", headers=TOKEN).json()["id"]
        http.post(f"/api/tasks/{task}/annotations/", json={"result": []}, headers=TOKEN).raise_for_status()
        http.delete(f"/api/projects/{project['id']}/", headers=TOKEN).raise_for_status()
        assert http.get("/api/projects/", headers=TOKEN).json()["count"] == 0
