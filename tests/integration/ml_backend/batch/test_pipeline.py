"""`ls-expert prelabel` on a real Label Studio with a model stand-in on loopback: whole, stopped, killed, and with other versions about."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ls_expert_plugin.bootstrap import assemble
from ls_expert_plugin.cli.prelabels import prelabel, prelabel_usage, prelabel_version
from ls_expert_plugin.cli.setup.connect import connect
from ls_expert_plugin.config import load
from ls_expert_plugin.errors import BadInput, Conflict
from ls_expert_plugin.prelabels import batch_run
from ls_expert_plugin.prelabels.batch_run import TaskSelection
from ls_expert_plugin.storage.locks.mutexes import MUTEX_TTL
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.ml_backend import backend_app
from tests.support.builders.prelabel_runs import CONFIG, answering, new_project, on_sqlite, predictions_of, service_environment, yes_or_no
from tests.support.builders.vetting_samples import NOW
from tests.support.fakes.openai_server import Behaviour, OpenAIServer, prose, raw, refuses, running_server, too_many, truncated_json
from tests.support.json_shape import fits
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


def _prelabel(environment: dict[str, str], wanted: TaskSelection, agrees: bool = True) -> tuple[int, str]:
    out = io.StringIO()
    return prelabel.prelabel(load(environment), wanted, out, agreed=lambda question: agrees), out.getvalue()


@pytest.mark.database
def test_every_task_gets_one_pre_label_and_a_second_run_has_nothing_to_do(
    label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer
) -> None:
    """Who says no pays nothing. "Don't know" and failures get none and are counted; what it cost is there by project and version."""
    project = new_project(label_studio, environment, [*(f"text {number}" for number in range(450)), "unclear", "broken"])
    assert _prelabel(environment, TaskSelection(project), agrees=False)[0] == 3 and not model.requests
    code, said = _prelabel(environment, TaskSelection(project))
    assert code == 1 and "450 pre-labels; 1 tasks without suggestion." in said and "1 could not be made" in said
    found = predictions_of(label_studio, project)
    (version,) = {one for versions in found.values() for one in versions}
    assert sum(map(len, found.values())) == 450 and version.startswith("some-model-prelabel.v2-c")
    asked = len(model.requests)
    code, said = _prelabel(environment, TaskSelection(project))
    assert "0 pre-labels; 1 tasks without suggestion. 1 of these" in said
    assert len(model.requests) - asked <= 4, "the broken one is tried again, with its retries"
    out = io.StringIO()
    prelabel_usage.show_usage(load(environment), 1, out)
    as_json = io.StringIO()
    prelabel_usage.show_usage(load(environment), 1, as_json, as_json=True)
    assert fits(as_json.getvalue(), prelabel_usage.JSON)
    assert f"453 calls, 2 failed, 45,100 tokens read, 4,510 written  0.05  project {project} {version}" in out.getvalue(), out.getvalue()


@pytest.mark.database
def test_which_tasks_are_meant(label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer) -> None:
    """Those without any pre-label, those of a tab of the Data Manager, and by default those without one of the version in use."""
    project = new_project(label_studio, environment, [f"text {number}" for number in range(6)])
    tasks = label_studio.task_ids(project)
    other = [{"task": task, "result": [], "model_version": "another"} for task in tasks[:2]]
    label_studio.admin.post(f"/api/projects/{project}/import/predictions", json=other).raise_for_status()
    view = label_studio.admin.post("/api/dm/views/", json={"project": project, "data": {"filters": {"conjunction": "and", "items": [
        {"filter": "filter:tasks:id", "operator": "less_or_equal", "type": "Number", "value": tasks[3]},
    ]}}}).json()["id"]
    assert "2 pre-labels" in _prelabel(environment, TaskSelection(project, only_missing=True, view=view))[1]
    assert [len(one) for one in predictions_of(label_studio, project).values()] == [1, 1, 1, 1, 0, 0]
    assert "4 pre-labels" in _prelabel(environment, TaskSelection(project))[1]
    assert sorted(len(one) for one in predictions_of(label_studio, project).values()) == [1, 1, 1, 1, 2, 2]
    assert len(model.requests) == 6
    assert "0 pre-labels" in _prelabel(environment, TaskSelection(project))[1] and len(model.requests) == 6, "also those with two versions"


@pytest.mark.parametrize("number", [
    pytest.param(signal.SIGKILL, marks=pytest.mark.release("waits until what the killed run had taken is given up")), signal.SIGINT,
])
def test_a_run_that_is_killed_or_interrupted_goes_on_without_paying_twice(
    label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer, number: int
) -> None:
    """As the command, in a process of its own; at a kill only what was under way in that moment is asked again."""
    model.reply_with(lambda request: answering({"q0": "Yes"}, delay_s=0.05))
    environment["LS_EXPERT_LLM_TIMEOUT_S"] = "5"  # what a process that is gone had taken is taken over after three times as long
    project = new_project(label_studio, environment, [f"text {number}" for number in range(1000)])
    command = [sys.executable, "-m", "ls_expert_plugin.cli.main", "prelabel", "--project", str(project), "--yes"]
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    while len(model.requests) < 500:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    process.send_signal(number)
    said = process.communicate(timeout=60)[0]
    if number == signal.SIGINT:
        assert process.returncode == 130 and "goes on where it ended" in said, said
    asked = len(model.requests)
    assert asked < 1000
    code, said = _once_given_up(environment, TaskSelection(project))
    assert code == 0, said
    found = predictions_of(label_studio, project)
    assert len(found) == 1000 and all(len(versions) == 1 for versions in found.values())
    # Answers go onto the shelf at once: what was being made or put there in that moment is lost with the process.
    assert len(model.requests) - 1000 <= (0 if number == signal.SIGINT else 3 * 16)


def _once_given_up(environment: dict[str, str], wanted: TaskSelection) -> tuple[int, str]:
    """Another run, as soon as the lease of one that was killed has passed, a minute later."""
    until = time.monotonic() + 3 * MUTEX_TTL.total_seconds()
    while True:
        try:
            return _prelabel(environment, wanted)
        except Conflict:
            assert time.monotonic() < until, "the lease is never given up"
            time.sleep(1)


@on_sqlite
def test_a_day_that_is_spent_ends_a_run_and_says_so(label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer) -> None:
    """The calls of the first seconds go out before it is noticed; then none does, and what was made is there."""
    model.reply_with(lambda request: answering({"q0": "Yes"}, delay_s=0.1))
    environment |= {"LS_EXPERT_PRELABEL_DAILY_TOKENS": "110", "LS_EXPERT_PRELABEL_CONCURRENCY": "2"}
    project = new_project(label_studio, environment, [f"text {number}" for number in range(300)])
    code, said = _prelabel(environment, TaskSelection(project))
    assert code == 1 and "today's tokens are spent" in said and len(model.requests) < 300
    assert sum(map(len, predictions_of(label_studio, project).values())) == len(model.requests)


@on_sqlite
def test_a_switch_is_somebodys_decision(label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer) -> None:
    """Another instruction and another model are not taken by themselves; the command shows both, asks, and says how many tasks."""
    project = new_project(label_studio, environment, ["one", "two"])
    _prelabel(environment, TaskSelection(project))
    assert "Be & stay strict." in model.requests[-1].json["messages"][1]["content"], "it began with the project's instruction"
    label_studio.admin.patch(f"/api/projects/{project}/", json={"expert_instruction": "<b>Be kind.</b>"}).raise_for_status()
    out = io.StringIO()
    prelabel_version.show(load(environment), project, out)
    in_use, today = out.getvalue().split("available")
    assert "active    some-model-prelabel.v2-c" in in_use and "-i" in in_use and "-i" in today, out.getvalue()
    environment["LS_EXPERT_PRELABEL_MODEL"] = "other-model"
    with pytest.raises(BadInput, match="not the one configured"):
        _prelabel(environment, TaskSelection(project))
    questions: list[str] = []

    def says_no(question: str) -> bool:
        questions.append(question)
        return False

    out = io.StringIO()
    assert prelabel_version.switch(load(environment), project, out, learns=False, agreed=says_no) == 3 and "each of the 2 tasks" in questions[0]
    assert prelabel_version.switch(load(environment), project, out, learns=False, agreed=lambda question: True) == 0
    assert prelabel_version.switch(load(environment), project, out, learns=False, agreed=lambda question: True) == 3
    assert "2 pre-labels" in _prelabel(environment, TaskSelection(project))[1]
    assert "Be kind." in model.requests[-1].json["messages"][1]["content"]
    with pytest.raises(BadInput, match="annotations can be learnt from"):
        prelabel_version.switch(load(environment), project, out, learns=True, agreed=lambda question: True)


@on_sqlite
def test_a_run_that_a_manager_began_is_carried_out_by_the_worker(
    label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer
) -> None:
    """To its end, or to a sentence that says why not; one that was stopped says so."""
    project = new_project(label_studio, environment, ["one", "two", "unclear"])
    settings = load(environment)
    parts = assemble(settings, queue=lambda name, **arguments: None)

    def begin() -> int:
        with parts.store.begin() as unit:
            manager = unit.people.save(1, "admin@test.example", "", "manager", NOW)
            return unit.prelabel_runs.begin(project, manager.id, False, parts.clock()).id

    def ended(run_id: int) -> tuple[str, str, int, int]:
        batch_run.carry_out(parts, run_id)
        with parts.store.read() as unit:
            latest = unit.prelabel_runs.latest(project)
            assert latest is not None and latest.ended_at_utc is not None
            return latest.outcome, latest.said, latest.made, latest.empty

    first = begin()
    with parts.store.begin() as unit:
        unit.prelabel_runs.stop(first)
    assert ended(first)[0] == "stopped"
    assert ended(begin()) == ("done", "", 2, 1) and [len(one) for one in predictions_of(label_studio, project).values()] == [1, 1, 0]
    parts.close()
    parts = assemble(load(environment | {"LS_EXPERT_PRELABEL_MODEL": "other-model"}), queue=lambda name, **arguments: None)
    outcome, said, _, _ = ended(begin())
    assert outcome == "failed" and "not the one configured" in said
    parts.close()


@on_sqlite
def test_uploaded_pictures_are_shown_to_a_model_that_takes_them(
    label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer
) -> None:
    """Fetched from Label Studio with the service's token; the box has the picture's size. One that lies elsewhere is not asked for."""
    environment["LS_EXPERT_PRELABEL_PICTURES"] = "true"
    file = io.BytesIO()
    Image.new("RGB", (300, 150), "red").save(file, "PNG")
    config = '<View><Image name="i" value="$scan"/><RectangleLabels name="box" toName="i"><Label value="STAMP"/></RectangleLabels></View>'
    project = label_studio.new_project("Bulk", [{"data": {"scan": "https://elsewhere.example/a.png"}}], label_config=config)
    uploaded = label_studio.admin.post(f"/api/projects/{project}/import", files={"FileUpload": ("scan.png", file.getvalue(), "image/png")})
    uploaded.raise_for_status()
    store = Database(load(environment).database_url)
    with store.begin() as unit:
        unit.projects.heard_of(project, "Bulk", NOW)
    store.close()
    model.reply_with(lambda request: answering({"q0": [{"x": 1, "y": 2, "width": 30, "height": 40, "label": "STAMP"}]}))
    code, said = _prelabel(environment, TaskSelection(project))
    assert "1 pre-labels" in said and "1 could not be made" in said, said
    text, picture = model.requests[-1].json["messages"][-1]["content"]
    assert json.loads(text["text"]) == {"texts": {"i": {"picture": 1}}} and len(model.requests) == 1
    shown = Image.open(io.BytesIO(base64.b64decode(picture["image_url"]["url"].partition(",")[2])))
    assert shown.size == (300, 150) and shown.getpixel((5, 5))[0] > 240  # type: ignore[index]
    tasks = label_studio.admin.get("/api/tasks/", params={"project": project, "fields": "all"}).json()["tasks"]
    (made,) = [one["result"][0] for task in tasks for one in task["predictions"]]
    assert (made["original_width"], made["original_height"], made["value"]["width"]) == (300, 150, 30)


MISBEHAVIOUR: dict[str, Callable[[], Behaviour]] = {
    "prose": prose,
    "a wrong label": lambda: answering({"q0": "Maybe", "q1": []}),
    "a label in another case": lambda: answering({"q0": "yes", "q1": [{"quote": "aspirin", "label": "drug"}]}),
    "quotes that are nowhere": lambda: answering({"q0": "Yes", "q1": [{"quote": "paracetamol", "label": "DRUG"}, {"quote": "", "label": "DRUG"}]}),
    "one quote fifty times": lambda: answering({"q0": "Yes", "q1": [{"quote": "aspirin", "label": "DRUG"}] * 50}),
    "offsets nobody asked for": lambda: answering({"q0": "Yes", "q1": [{"start": -5, "end": 10**9, "label": "DRUG"}]}),
    "a long pause": lambda: answering({"q0": "Yes", "q1": []}, delay_s=4.0),
    "a storm of 429": lambda: too_many("0.1"),
    "no choices": lambda: raw(b'{"choices": []}'),
    "half an answer": truncated_json,
    "a refusal": refuses,
    "a number that is none": lambda: raw(b'{"choices": [{"message": {"content": "{\\"q0\\": NaN, \\"q1\\": []}"}}]}'),
}


@on_sqlite
def test_whatever_a_model_answers_every_task_can_be_opened_and_none_is_lost(
    label_studio: LabelStudio, environment: dict[str, str], model: OpenAIServer
) -> None:
    """Through a run over all of them; when the model is itself again, the next run gives each task its one pre-label."""
    environment |= {"LS_EXPERT_LLM_TIMEOUT_S": "2"}
    config = CONFIG.replace("</View>", '<Labels name="n" toName="t"><Label value="DRUG"/></Labels></View>')
    project = new_project(label_studio, environment, [f"{how}: aspirin, and aspirin again" for how in MISBEHAVIOUR], config)

    def misbehave(request: dict[str, Any]) -> Behaviour:
        text = json.loads(request["messages"][-1]["content"])["texts"]["t"]
        return MISBEHAVIOUR[text.partition(":")[0]]()

    model.reply_with(misbehave)
    code, said = _prelabel(environment, TaskSelection(project))
    assert code == 1 and "could not be made" in said, said
    for task in label_studio.task_ids(project):
        opened = label_studio.admin.get(f"/api/tasks/{task}/")
        assert opened.status_code == 200, opened.text
        for one in opened.json()["predictions"]:
            spans = [item["value"] for item in one["result"] if item["type"] == "labels"]
            assert all(opened.json()["data"]["text"][span["start"] : span["end"]] == "aspirin" for span in spans) and len(spans) <= 2
            assert [item["value"]["choices"] for item in one["result"] if item["type"] == "choices"] == [["Yes"]]
    assert 0 < sum(map(len, predictions_of(label_studio, project).values())) < len(MISBEHAVIOUR)
    model.reply_with(lambda request: answering({"q0": "No", "q1": []}))
    assert _prelabel(environment, TaskSelection(project))[0] == 0
    assert [len(versions) for versions in predictions_of(label_studio, project).values()] == [1] * len(MISBEHAVIOUR)


@on_sqlite
def test_connect_says_what_gets_no_pre_labels_and_gives_the_password(
    label_studio: LabelStudio, environment: dict[str, str]
) -> None:
    """In words, control by control; Label Studio then signs in to the ML backend, also one that was connected without."""
    import threading

    from werkzeug.serving import make_server

    from ls_expert_plugin.ml_backend.serving.cached_sources import StoredExamples

    store = Database(load(environment).database_url)
    server = make_server("127.0.0.1", 0, backend_app(StoredExamples(store), None, password="p" * 30), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        config = CONFIG.replace("</View>", '<Image name="i" value="$text"/><RectangleLabels name="box" toName="i"><Label value="x"/></RectangleLabels>'
                                '<EllipseLabels name="round" toName="i"><Label value="x"/></EllipseLabels></View>')
        project = new_project(label_studio, environment, ["one"], config)
        environment |= {"LS_EXPERT_ML_URL": f"http://127.0.0.1:{server.server_port}", "LS_EXPERT_SERVICE_URL": "http://127.0.0.1:18099"}
        out = io.StringIO()
        connect(load(environment), [project], out)
        assert "EllipseLabels “round” gets no pre-labels: it marks pictures" in out.getvalue()
        assert "“box” gets no pre-labels: it is about a picture. LS_EXPERT_PRELABEL_PICTURES" in out.getvalue()
        assert all(backend["state"] != "CO" for backend in label_studio.admin.get(f"/api/ml?project={project}").json())
        environment["LS_EXPERT_ML_PASSWORD"] = "p" * 30
        connect(load(environment), [project], out)
        (backend,) = label_studio.admin.get(f"/api/ml?project={project}").json()
        assert (backend["state"], backend["auth_method"]) == ("CO", "BASIC_AUTH")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        store.close()
