"""A project of a real Label Studio that gets pre-labels from a model on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.config import load
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import NOW
from tests.support.fakes.openai_server import Behaviour, OpenAIServer, fails
from tests.support.servers.label_studio import ADMIN_TOKEN, SHARED_SECRET, LabelStudio

CONFIG = '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Yes"/><Choice value="No"/></Choices></View>'


# What does not hang on Label Studio's database.
on_sqlite = pytest.mark.parametrize("label_studio", ["sqlite"], indirect=True)


def yes_or_no(request: dict[str, Any]) -> Behaviour:
    text = json.loads(request["messages"][-1]["content"])["texts"]["t"]
    return fails(500) if "broken" in text else answering({"q0": None if "unclear" in text else "Yes"})


def answering(value: object, delay_s: float = 0.0) -> Behaviour:
    return Behaviour(pieces=(json.dumps(value),), usage=(100, 10), delay_s=delay_s)


def service_environment(label_studio: LabelStudio, model: OpenAIServer, data_dir: Path) -> dict[str, str]:
    """Settings of a service that makes pre-labels with this model, on a database of its own with its tables."""
    environment = {
        "LS_EXPERT_LABEL_STUDIO_URL": label_studio.url, "LS_EXPERT_LABEL_STUDIO_TOKEN": ADMIN_TOKEN, "LS_EXPERT_DATA_DIR": str(data_dir),
        "LS_EXPERT_SHARED_SECRET": SHARED_SECRET, "LS_EXPERT_SECRET_KEY": "k" * 32, "LS_EXPERT_WEBHOOK_SECRET": "w" * 32,
        "OPENAI_BASE_URL": model.base_url, "LS_EXPERT_PRELABEL_MODEL": "some-model", "LS_EXPERT_PRELABEL_CONCURRENCY": "16",
        "LS_EXPERT_PRELABEL_PRICE": "1,2", "LS_EXPERT_LLM_TIMEOUT_S": "20",
    }
    migrate(load(environment).database_url)
    return environment


def new_project(label_studio: LabelStudio, environment: dict[str, str], texts: list[str], config: str = CONFIG) -> int:
    project = label_studio.new_project("Bulk", texts, label_config=config, expert_instruction="<p>Be &amp; stay strict.</p>")
    store = Database(load(environment).database_url)
    with store.begin() as unit:
        unit.projects.heard_of(project, "Bulk", NOW)
    store.close()
    return project


def predictions_of(label_studio: LabelStudio, project: int) -> dict[int, list[str]]:
    tasks = label_studio.admin.get("/api/tasks/", params={"project": project, "fields": "all", "page_size": 1000}).json()["tasks"]
    return {task["id"]: [one["model_version"] for one in task["predictions"]] for task in tasks}
