"""A team's own model: loaded, served, and kept from doing harm."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from ls_expert_plugin.config import load
from ls_expert_plugin.errors import StartError
from ls_expert_plugin.ml_backend.serving.custom_model import TeamModel
from ls_expert_plugin.protocol.handshake import ML_USER, ml_password
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.ml_process import CONFIG, Process
from tests.support.servers.postgresql import free_port

pytestmark = pytest.mark.database


@pytest.mark.parametrize("spec", [
    "nonsense", "tests.support.builders.team_models", "tests.support.builders.team_models:Response", "tests.support.builders.team_models:Nobody",
    "no.such.module:Old",
])
def test_what_is_no_model_stops_the_start(spec: str) -> None:
    """With a sentence."""
    with pytest.raises(StartError, match="package.module:Class"):
        TeamModel(spec)


def test_a_teams_model_is_served_and_what_it_does_wrong_stays_its_own(sqlite_store: Database) -> None:
    """A task it fails on, nulls, empty results, scores that are none and odd objects give no pre-label; the neighbours get theirs."""
    process = Process(sqlite_store, None, team_model=TeamModel("tests.support.builders.team_models:Old"))
    assert process.setup() == "old-7" and process.client.get("/health").get_json()["model_class"] == "Old"
    results = process.predict("fine", "bad", "none", "empty", "odd", "score", "several")
    assert [bool(one) for one in results] == [True, False, False, False, False, True, True]
    assert results[0] == {"result": results[0]["result"], "score": 0.9, "model_version": "old-7"} and "score" not in results[5] and len(results[6]) == 2
    assert "secret" not in process.client.post("/predict", json={"project": "3.1", "label_config": "", "tasks": [{"data": {"text": "bad"}}]}).text
    assert all(Process(sqlite_store, None, team_model=TeamModel("tests.support.builders.team_models:Short")).predict("a", "b", "c")), "one by one, then"


def test_the_newer_kind_gets_context_project_and_extra_params(sqlite_store: Database) -> None:
    """``extra_params`` are kept from /setup, for each project; /predict does not bring them."""
    process = Process(sqlite_store, None, team_model=TeamModel("tests.support.builders.team_models:New"))
    process.setup(3, extra_params={"a": 1})
    process.setup(4, extra_params='{"b": 2}')
    said = [process.predict("x", project=project, context={"result": []})[0]["result"][0]["value"]["text"][0] for project in (3, 4)]
    wanted = [{"project": "3", "extra": {"a": 1}}, {"project": "4", "extra": '{"b": 2}'}]
    assert said == [repr({**one, "context": {"result": []}}) for one in wanted]


def test_a_slow_model_of_a_team_gives_what_is_ready(sqlite_store: Database) -> None:
    """Sixteen at a time; the others are asked for again by Label Studio."""
    process = Process(sqlite_store, None, team_model=TeamModel("tests.support.builders.team_models:Slow"), predict_budget_s=0.8)
    results = process.predict(*["x"] * 40)
    assert [bool(one) for one in results] == [True] * 16 + [False] * 24


def test_a_teams_model_is_served_by_the_command(tmp_path: Path) -> None:
    """As the documentation has it; a name that is wrong stops the start in one line."""
    environment = {
        **os.environ, "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_SECRET_KEY": "k" * 32, "LS_EXPERT_SHARED_SECRET": "s" * 32,
        "LS_EXPERT_WEBHOOK_SECRET": "w" * 32,
    }
    migrate(load(environment).database_url)
    port = free_port()
    command = [sys.executable, "-m", "ls_expert_plugin.cli.main", "ml-backend", "--port", str(port), "--model"]
    wrong = subprocess.run([*command, "tests.support.builders.team_models:Nobody"], env=environment, capture_output=True, text=True)
    assert wrong.returncode != 0 and "Nobody" in wrong.stderr and "Traceback" not in wrong.stderr
    process = subprocess.Popen([*command, "tests.support.builders.team_models:Old"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for _ in range(600):
                assert process.poll() is None, process.communicate()[1]
                with contextlib.suppress(httpx.TransportError):
                    assert client.get("/health").json()["model_class"] == "Old"
                    break
                time.sleep(0.1)
            asked = {"tasks": [{"id": 1, "data": {"text": "a"}}], "project": "3.1", "label_config": CONFIG, "params": {}}
            for path in ("/setup", "/predict", "/versions"):
                assert client.request("GET" if path == "/versions" else "POST", path, json=asked).status_code == 401, "no password was set, so one was made"
            answer = client.post("/predict", json=asked, auth=(ML_USER, ml_password(None, "s" * 32))).json()
            assert answer["model_version"] == "old-7" and answer["results"][0]["result"][0]["value"] == {"choices": ["Yes"]}
    finally:
        process.terminate()
        process.communicate()
