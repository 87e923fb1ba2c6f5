"""Versions of pre-labels held against annotations, from the command and for the page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.bootstrap import assemble
from ls_expert_plugin.cli.prelabels.evaluate import evaluate
from ls_expert_plugin.config import load
from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.prelabels import metrics
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.prelabel_runs import new_project, on_sqlite, predictions_of, service_environment, yes_or_no
from tests.support.fakes.openai_server import OpenAIServer, running_server
from tests.support.servers.label_studio import LabelStudio


@pytest.fixture
def model() -> Iterator[OpenAIServer]:
    """Says Yes to everything but what says so."""
    with running_server() as server:
        server.reply_with(yes_or_no)
        yield server


@pytest.fixture
def environment(label_studio: LabelStudio, model: OpenAIServer, tmp_path: Path) -> dict[str, str]:
    """Settings of a service with that model, on a database with its tables."""
    return service_environment(label_studio, model, tmp_path)


@on_sqlite
def test_versions_are_held_against_the_truth_before_one_is_switched_on(
    label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer
) -> None:
    """The version that has pre-labels, and what there is today, on the same tasks; today's costs, so it is asked first, and changes nothing."""
    texts = [f"text {number}" for number in range(8)]
    project = new_project(label_studio, environment, [*texts, "without truth"])
    tasks = label_studio.task_ids(project)

    def result(value: str) -> list[dict[str, Any]]:
        return [{"from_name": "c", "to_name": "t", "type": "choices", "value": {"choices": [value]}}]

    for number, task in enumerate(tasks[:8]):
        body = {"result": result("Yes" if number < 6 else "No"), "ground_truth": True}
        label_studio.admin.post(f"/api/tasks/{task}/annotations/", json=body).raise_for_status()
    before = [{"task": task, "result": result("No"), "model_version": "before"} for task in tasks]
    label_studio.admin.post(f"/api/projects/{project}/import/predictions", json=before).raise_for_status()
    out = io.StringIO()
    assert evaluate(load(environment), project, 50, out, agreed=lambda question: False) == 3 and not model.requests
    assert "8 tasks of 8 with a ground truth" in out.getvalue() and "before: 8 tasks" in out.getvalue() and "25 % right" in out.getvalue()
    out = io.StringIO()
    assert evaluate(load(environment), project, 50, out, agreed=lambda question: True) == 0 and len(model.requests) == 8
    today = out.getvalue().split("(available)")[1]
    assert "75 % right (41–93), F1 0.75" in today and "6 true positives, 2 false positives, 0 false negatives" in today, out.getvalue()
    assert "0 true positives, 0 false positives, 2 false negatives" in today, out.getvalue()
    assert {one for versions in predictions_of(label_studio, project).values() for one in versions} == {"before"}
    store = Database(load(environment).database_url)
    with store.read() as unit:
        assert unit.ml_projects.active(project) is None
    store.close()
    with pytest.raises(BadInput, match="whole number"):
        evaluate(load(environment), project, 0, out, agreed=lambda question: True)


@on_sqlite
def test_the_worker_makes_the_figures_of_the_page(label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer) -> None:
    """Without asking the model unless somebody said about how many tasks; what goes wrong is written down for the page."""
    project = new_project(label_studio, environment, [f"text {number}" for number in range(6)])
    tasks = label_studio.task_ids(project)
    yes, no = ([{"from_name": "c", "to_name": "t", "type": "choices", "value": {"choices": [value]}}] for value in ("Yes", "No"))
    for task in tasks:
        label_studio.admin.post(f"/api/tasks/{task}/annotations/", json={"result": yes, "ground_truth": True}).raise_for_status()
    before = [{"task": task, "result": yes if task == tasks[0] else no, "model_version": "before"} for task in tasks]
    label_studio.admin.post(f"/api/projects/{project}/import/predictions", json=before).raise_for_status()

    def figures(ask_tasks: int, **changed: str) -> dict[str, Any]:
        with closing(assemble(load(environment | changed), queue=lambda name, **arguments: None)) as parts:
            with parts.store.begin() as unit:
                unit.prelabel_figures.ask(project, ask_tasks, parts.clock())
            metrics.carry_out(parts, project)
            with parts.store.read() as unit:
                kept = unit.prelabel_figures.of(project)
        assert kept is not None and not kept.is_being_made(kept.asked_at_utc)
        return dict(kept.figures)

    found = figures(0)
    (only,) = found["versions"]
    assert (only["version"], only["tasks"], found["askable"], found["truths"]) == ("before", 6, 6, 6) and not model.requests
    assert round(only["controls"][0]["right"]["value"], 3) == round(1 / 6, 3) and found["standing"]["is_other"] and found["standing"]["tasks"] == 6
    today = figures(4)["versions"][1]
    assert today["is_today"] and today["tasks"] == 4 == len(model.requests) and today["controls"][0]["right"]["value"] == 1.0
    assert "does not accept" in figures(0, LS_EXPERT_LABEL_STUDIO_TOKEN="wrong")["problem"]
