"""The ML backend answers Label Studio 1.23. ``tests/data/protocol`` holds requests that a running Label Studio sent."""

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ls_expert_plugin.errors import ModelUnavailable
from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.learned.models.model_registry import KEPT_MODELS, TrainedModelCache
from ls_expert_plugin.ml_backend.serving.app import MAX_BODY_BYTES
from ls_expert_plugin.ml_backend.serving.predictor import ExpertPrelabeller
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from tests.support.builders.llm_samples import Log, adapter
from tests.support.builders.ml_backend import backend_app
from tests.support.fakes.language_model import TalkingModel
from tests.support.fakes.openai_server import (
    OpenAIServer,
    fails,
    gives,
    ignoring_response_format,
    like_llama_cpp_python,
    prose,
    refuses,
    without_response_format,
)

PROTOCOL = Path(__file__).parents[2].parent / "data" / "protocol"
PROJECT = "3.1795446803"


def _captured(name: str) -> Any:
    return json.loads((PROTOCOL / f"{name}.json").read_text("utf-8"))["request"]


CONFIG = _captured("POST_setup")["schema"]
ON_TEXT = {"to_name": "text"}


def _example(text: str, sentiment: str, **people: str) -> dict[str, Any]:
    spans = [
        {"from_name": "ner", **ON_TEXT, "type": "labels",
         "value": {"start": text.index(name), "end": text.index(name) + len(name), "text": name, "labels": [label]}}
        for name, label in people.items()
    ]
    choice = {"from_name": "sentiment", **ON_TEXT, "type": "choices", "value": {"choices": [sentiment]}}
    return {"data": {"text": text}, "result": [choice, *spans]}


LEARNT = ExampleSet(3, "offline-12-0a1b2c3d", CONFIG, tuple(
    _example(f"Anna number {number} {said}", sentiment, Anna="PER")
    for number, (said, sentiment) in enumerate([
        ("went to Paris and loved it", "Positive"), ("missed the train, an awful day", "Negative"),
        ("enjoyed a lovely walk", "Positive"), ("had an awful headache", "Negative"),
        ("loved the lovely garden", "Positive"), ("missed her awful bus", "Negative"),
    ] * 2)
))


ASKED = PredictorSpec("some-model", "prelabel.v2").version(read(CONFIG))


class Sets:
    """Example sets by project."""

    def __init__(self, *sets: ExampleSet) -> None:
        self.sets = {each.ls_project_id: each for each in sets}

    def latest(self, ls_project_id: int) -> ExampleSet | None:
        return self.sets.get(ls_project_id)

    def of_version(self, ls_project_id: int, version: str) -> ExampleSet | None:
        found = self.sets.get(ls_project_id)
        return found if found and found.version == version else None


def _client(*sets: ExampleSet, model: TalkingModel | None = None, **more: Any) -> FlaskClient:
    return backend_app(Sets(*sets), model, **more).test_client()


def _predict(client: FlaskClient, *tasks: object, label_config: str = CONFIG, project: str = PROJECT) -> list[Any]:
    answer = client.post("/predict", json={"tasks": list(tasks), "project": project, "label_config": label_config, "params": {}})
    assert answer.status_code == 200
    results = answer.get_json()["results"]
    assert isinstance(results, list) and len(results) == len(tasks)
    return results


def _task(text: object, task_id: int = 1) -> dict[str, Any]:
    return {"id": task_id, "data": {"text": text}}


def test_the_captured_exchange() -> None:
    """Health, setup and predict as Label Studio sends them: one usable prediction per task, under the version of setup."""
    client = _client(LEARNT)
    assert client.get("/health").get_json()["status"] == "UP"
    version = client.post("/setup", json=_captured("POST_setup")).get_json()["model_version"]
    assert version == LEARNT.version
    request = _captured("POST_predict_3tasks")
    results = client.post("/predict", json=request).get_json()["results"]
    assert len(results) == 3
    for task, result in zip(request["tasks"], results, strict=True):
        assert result["model_version"] == version and 0 <= result["score"] <= 1
        (span,) = [item for item in result["result"] if item["from_name"] == "ner"]
        assert span["value"] == {"start": 0, "end": 4, "text": "Anna", "labels": ["PER"]}
        assert task["data"]["text"].startswith("Anna") and span["type"] == "labels" and span["to_name"] == "text"


NAMES_ALL = {"q0": [{"quote": "Anna", "label": "PER"}], "q1": "Positive"}


@pytest.mark.parametrize(("sets", "model"), [
    ((), None), ((LEARNT,), None), ((), TalkingModel(lambda texts: NAMES_ALL)), ((LEARNT,), TalkingModel(lambda texts: NAMES_ALL)),
], ids=["nothing", "learnt", "asked", "both"])
def test_setup_and_predict_name_one_version(sets: tuple[ExampleSet, ...], model: TalkingModel | None) -> None:
    """Whatever a project is pre-labelled by: the version is said with the setup, with the answer, with each result and in the list."""
    client = _client(*sets, model=model)
    version = client.post("/setup", json=_captured("POST_setup")).get_json()["model_version"]
    assert isinstance(version, str) and version
    answer = client.post("/predict", json=_captured("POST_predict_3tasks")).get_json()
    assert answer["model_version"] == version
    assert {result["model_version"] for result in answer["results"] if result} <= {version} and len(answer["results"]) == 3
    assert any(answer["results"]) is bool(sets or model)
    listed = client.get("/versions", query_string={"project": PROJECT, "label_config": CONFIG}).get_json()["versions"]
    assert listed == ([version] if sets or model else [])


def test_the_captured_interactive_request() -> None:
    """Interactive pre-labelling sends one task with drafts and regions, and gets its one prediction."""
    answer = _client(LEARNT).post("/predict", json=_captured("POST_predict_1tasks_interactive_with_predictions")).get_json()
    assert len(answer["results"]) == 1 and answer["results"][0]["result"]


@pytest.mark.parametrize("name", ["POST_webhook_ANNOTATION_CREATED", "POST_webhook_START_TRAINING"])
def test_webhooks_change_nothing(name: str) -> None:
    """An event, "start training" too, is answered at once; the version stays, so Label Studio asks for nothing again."""
    client = _client(LEARNT)
    assert client.post("/webhook", json=_captured(name)).status_code == 200
    assert client.post("/webhook", data=b"not json").status_code == 200
    assert client.post("/setup", json=_captured("POST_setup")).get_json() == {"model_version": LEARNT.version}


def test_versions_are_listed() -> None:
    """Label Studio asks without naming a project; who names one is told its version."""
    client = _client(LEARNT)
    assert client.get("/versions").get_json() == {"versions": []}
    assert client.get(f"/versions?project={PROJECT}").get_json() == {"versions": [LEARNT.version]}
    assert client.get("/versions?project=4.1").get_json() == {"versions": []}


def test_nothing_learnt_yet() -> None:
    """Setup still gives a version, and each task an empty object: Label Studio stores nothing and asks again later."""
    client = _client()
    assert client.post("/setup", json=_captured("POST_setup")).get_json() == {"model_version": "none-yet"}
    assert _predict(client, _task("Anna went"), _task("Bob", 2)) == [{}, {}]
    assert "none-yet" in client.get("/health").get_json()["note"]


def test_one_bad_task_does_not_harm_the_others() -> None:
    """Tasks that are no tasks, or have no text, are skipped; their neighbours get their pre-labels."""
    bad = [None, {"id": 2}, _task(None), _task({"nested": 1}), _task(""), "x"]
    results = _predict(_client(LEARNT), _task("Anna loved it"), *bad, _task("Anna missed it"))
    assert [bool(result) for result in results] == [True, False, False, False, False, False, False, True]


def test_an_unsupported_label_config_gets_no_pre_labels() -> None:
    """A config we cannot answer, or cannot read, is not an error."""
    client = _client(LEARNT)
    for config in ('<View><Image name="i" value="$i"/><RectangleLabels name="r" toName="i"/></View>', "<View>", ""):
        setup = client.post("/setup", json={**_captured("POST_setup"), "schema": config})
        assert setup.get_json() == {"model_version": LEARNT.version}
        assert _predict(client, _task("Anna loved it"), label_config=config) == [{}]


def test_controls_that_changed_since_are_left_out() -> None:
    """A label was added to the sentiments: the learnt sentiment no longer fits, the names still do."""
    changed = CONFIG.replace('<Choice value="Negative"/>', '<Choice value="Negative"/><Choice value="Mixed"/>')
    client, task = _client(LEARNT), _task("Anna loved the lovely day")
    (before,), (after,) = (_predict(client, task, label_config=config) for config in (CONFIG, changed))
    assert {item["from_name"] for item in before["result"]} == {"ner", "sentiment"}
    assert {item["from_name"] for item in after["result"]} == {"ner"}


def test_projects_do_not_mix() -> None:
    """What one project learnt is not used in another."""
    assert _predict(_client(LEARNT), _task("Anna loved it"), project="4.1795446803") == [{}]


def test_many_tasks_in_one_request() -> None:
    """Label Studio sends all selected tasks at once: 1,500 are answered within the time that it waits, none is left for later."""
    results = _predict(_client(LEARNT), *(_task(f"Anna loved day {number}", number) for number in range(1500)))
    assert all(results)


@pytest.mark.parametrize(("body", "why"), [
    (b"not json", "bad_input"), (b"[]", "bad_input"), (b'{"tasks": 5, "label_config": "", "project": "3.1"}', "bad_input"),
    (b'{"tasks": [], "label_config": "", "project": null}', "bad_input"), (b'{"tasks": [], "project": "3.1"}', "bad_input"),
    (b'{"tasks": [], "label_config": "", "project": "../3"}', "bad_input"), (b"[" * 100_000, "bad_input"),
    (b"\xff\xfe{", "bad_input"),
])
def test_a_request_that_makes_no_sense_is_refused(body: bytes, why: str) -> None:
    """A sentence that says what to send, no traceback."""
    answer = _client(LEARNT).post("/predict", data=body)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, why)
    assert "Traceback" not in answer.get_data(as_text=True)


def test_too_large_a_request_is_refused() -> None:
    """Over 64 MB the answer is 413, whatever is in it."""
    answer = _client(LEARNT).post("/predict", data=b"x" * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "too_large")


def test_unknown_addresses_and_our_own_failures_are_json_too() -> None:
    """A missing page, a wrong method and a database that is down answer in the same shape, without a traceback."""
    class Down:
        def latest(self, ls_project_id: int) -> ExampleSet | None:
            raise OSError("secret path")

        def of_version(self, ls_project_id: int, version: str) -> ExampleSet | None:
            raise OSError("secret path")

    client = backend_app(Down(), None).test_client()
    answers = [client.get("/nowhere"), client.get("/predict"), client.post("/setup", json=_captured("POST_setup"))]
    assert [answer.status_code for answer in answers] == [404, 405, 500]
    for answer in answers:
        assert set(answer.get_json()["error"]) == {"code", "message"}
        assert "secret path" not in answer.get_data(as_text=True)


def test_a_language_model_answers_with_quotes() -> None:
    """Its quotes become offsets, nothing is learnt or needed before, and no score is made up."""
    client = _client(model=TalkingModel(lambda texts: {"q0": [{"quote": "Paris", "label": "ORG"}], "q1": "Negative"}))
    assert client.post("/setup", json=_captured("POST_setup")).get_json() == {"model_version": ASKED}
    (result,) = _predict(client, _task("😀 Anna in Paris"))
    assert result["model_version"] == ASKED and "score" not in result
    assert [item["value"] for item in result["result"]] == [
        {"start": 10, "end": 15, "text": "Paris", "labels": ["ORG"]}, {"choices": ["Negative"]}]


def test_a_real_endpoint_is_asked_and_its_failures_are_survived(openai_server: OpenAIServer) -> None:
    """Through the adapter: a usable answer, an answer in prose, a refusal and a server error, one task after the other."""
    quotes = {"q0": [{"quote": "anna", "label": "PER"}], "q1": "Positive"}
    client = backend_app(Sets(), adapter(openai_server, Log())).test_client()
    results = []
    for answer in (gives(quotes), prose(), refuses(), fails(400)):
        openai_server.reply_with(answer)
        results += _predict(client, _task("Anna loved it"))
    assert [bool(result) for result in results] == [True, False, False, False]
    assert results[0]["result"][0]["value"] == {"start": 0, "end": 4, "text": "Anna", "labels": ["PER"]}
    assert openai_server.requests[0].json["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize(("known", "forms"), [
    (like_llama_cpp_python, ["json_schema", "json_object", "json_object"]), (without_response_format, ["json_schema", "json_object", None, None]),
    (ignoring_response_format, ["json_schema", "json_object", None, None]),
], ids=["llama-cpp-python", "no response_format", "ignores it"])
def test_an_endpoint_without_json_schema_makes_pre_labels_all_the_same(known: Any, forms: list[str | None], openai_server: OpenAIServer) -> None:
    """The first task finds out what it takes, the second is asked in that at once; what does not fit is no pre-label there either."""
    openai_server.reply_with(known(then=gives({"q0": [{"quote": "anna", "label": "PER"}], "q1": "Positive"})))
    client = backend_app(Sets(), adapter(openai_server, Log())).test_client()
    for text in ("Anna loved it", "Anna came"):
        [result] = _predict(client, _task(text))
        assert result["result"][0]["value"] == {"start": 0, "end": 4, "text": "Anna", "labels": ["PER"]}
    assert [(one.json.get("response_format") or {}).get("type") for one in openai_server.requests] == forms
    openai_server.reply_with(known(then=gives({"q0": [{"quote": "anna", "label": "DOG"}], "q1": "Positive"})))
    assert _predict(client, _task("Anna left")) == [{}]


def test_without_an_answer_of_the_language_model_the_learnt_model_steps_in() -> None:
    """Only for the task concerned; the version is the same, and names both."""
    def reply(texts: Mapping[str, Any]) -> dict[str, Any]:
        if "train" in texts["text"]:
            raise ModelUnavailable("The model did not answer.")
        return {"q0": None, "q1": "Positive"}

    client = _client(LEARNT, model=TalkingModel(reply))
    asked_for, stepped_in = _predict(client, _task("Anna loved it"), _task("Anna missed the train, awful"))
    assert [item["from_name"] for item in asked_for["result"]] == ["sentiment"]
    assert {item["from_name"] for item in stepped_in["result"]} == {"ner", "sentiment"}
    assert {asked_for["model_version"], stepped_in["model_version"]} == {f"{ASKED}+offline-12-0a1b2c3d"}


def test_a_language_model_is_asked_a_few_tasks_at_a_time() -> None:
    """Several at once, never more than eight, and the answers come back in the order of the tasks."""
    def reply(texts: Mapping[str, Any]) -> dict[str, Any]:
        time.sleep(0.02)
        return {"q0": [{"quote": texts["text"].split()[1], "label": "PER"}], "q1": None}

    model = TalkingModel(reply)
    results = _predict(_client(model=model, concurrency=8), *(_task(f"name n{number}", number) for number in range(40)))
    assert [result["result"][0]["value"]["text"] for result in results] == [f"n{number}" for number in range(40)]
    assert 2 <= model.most_at_once <= 8


def test_a_slow_language_model_does_not_make_label_studio_wait() -> None:
    """When the time is over, what is ready is answered and the rest left for the next request."""
    release = threading.Event()

    def reply(texts: Mapping[str, Any]) -> dict[str, Any]:
        if "slow" in texts["text"]:
            release.wait(60)
        return {"q0": None, "q1": "Positive"}

    client = _client(model=TalkingModel(reply), predict_budget_s=0.5)
    results = _predict(client, _task("quick"), *(_task("slow", number) for number in range(20)))
    release.set()  # after the answer: had it been waited for, all would be there
    assert [bool(result) for result in results] == [True] + [False] * 20


def test_two_requests_fit_a_set_once() -> None:
    """The second waits for the first instead of doing the work again; a set of another version is fitted for itself."""
    kept = TrainedModelCache()
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(kept.of(LEARNT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len({id(each) for each in found}) == 1
    for number in range(KEPT_MODELS):
        kept.of(ExampleSet(4, f"offline-{number}", CONFIG, ()))
    assert kept.of(LEARNT) is not found[0], "only the last ones are kept"


def test_the_model_is_one_of_label_studio_ml() -> None:
    """A team's own tools for label-studio-ml models recognise it."""
    bases = [f"{base.__module__}.{base.__name__}" for base in ExpertPrelabeller.__mro__]
    assert "label_studio_ml.model.LabelStudioMLBase" in bases
