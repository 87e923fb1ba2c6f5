"""The ML backend when many ask: each answer made once and to its end, a free thread for /health, versions that only people change, teams' models."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

from ls_expert_plugin.errors import ModelUnavailable
from ls_expert_plugin.llm.port import ModelCall, Prompt
from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.learned.score_calibration import Calibration
from ls_expert_plugin.ml_backend.serving.cached_sources import StoredExamples
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.ml_backend.serving.single_flight import PredictionKey
from ls_expert_plugin.routing.values import Rules
from ls_expert_plugin.storage.llm_call_log import StoredCallLog
from ls_expert_plugin.storage.prediction_cache import StoredPredictionCache
from ls_expert_plugin.storage.repositories.prelabels.predictions import TAKEN_FOR
from ls_expert_plugin.storage.tables import ModelCallRow
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.ml_backend import backend_app
from tests.support.builders.ml_process import CONFIG, NOW, Model, Process
from tests.support.builders.vetting_case import at_once

pytestmark = pytest.mark.database


PASSWORD = "a password that is long enough"


def _chosen(result: dict[str, Any]) -> str:
    return str(result["result"][0]["value"]["choices"][0])


def test_four_who_open_the_same_task_at_once_cost_one_answer(store: Database) -> None:
    """In one process and in another: Label Studio would store four pre-labels that differ, and somebody would pay for four."""
    release = threading.Event()

    def slowly(text: str) -> str:
        release.wait(20)
        return "Yes"

    model = Model(slowly)
    processes = [Process(store, model), Process(store, model)]
    found: list[Any] = []
    threads = [threading.Thread(target=lambda number=number: found.append(processes[number % 2].predict("the same"))) for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    release.set()
    for thread in threads:
        thread.join(20)
    assert len(model.asked) == 1 and len(found) == 4 and all(one == found[0] and _chosen(one[0]) == "Yes" for one in found)


def test_what_was_not_ready_is_there_the_next_time_and_is_not_asked_twice(store: Database) -> None:
    """The request ends at its deadline; the answers go on, also for a process that never asked for them."""
    release = threading.Event()

    def slowly(text: str) -> str:
        if text != "quick":
            release.wait(20)
        return "No"

    model = Model(slowly)
    process = Process(store, model, predict_budget_s=0.5)
    first = process.predict("quick", "slow", "slower")
    assert [bool(one) for one in first] == [True, False, False]
    release.set()
    _until(lambda: len(StoredPredictionCache(store, lambda: NOW).ready(_keys(process, "quick", "slow", "slower"))[0]) == 3)
    again = Process(store, model).predict("quick", "slow", "slower")
    assert [_chosen(one) for one in again] == ["No"] * 3 and sorted(model.asked) == ["quick", "slow", "slower"]


def _keys(process: Process, *texts: str) -> list[PredictionKey]:
    import hashlib

    from ls_expert_plugin.ml_backend.label_config.task_content import key_of

    content = [hashlib.sha256(f"{CONFIG}\0{key_of({'text': text})}".encode()).hexdigest() for text in texts]
    return [PredictionKey(3, number, process.setup(), one) for number, one in enumerate(content, 1)]


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def test_an_answer_that_could_not_be_made_is_tried_again_and_dont_know_is_not(store: Database) -> None:
    """A failure is no answer. "Don't know" is one: who opens the task a hundred times does not pay a hundred times."""
    def reply(text: str) -> str | None:
        if text == "fails" and model.asked.count("fails") == 1:
            raise ModelUnavailable("The model did not answer.")
        return None if text == "unclear" else "Yes"

    model = Model(reply)
    process = Process(store, model)
    assert process.predict("fails", "unclear") == [{}, {}]
    assert [bool(one) for one in process.predict("fails", "unclear")] == [True, False]
    assert sorted(model.asked) == ["fails", "fails", "unclear"]


def test_another_text_or_config_is_another_question(store: Database) -> None:
    """A task that was changed since, and a label config that was: what is kept is not theirs."""
    model = Model(lambda text: "Yes")
    process = Process(store, model)
    process.predict("one")
    process.predict("two")
    process.predict("one", config=CONFIG.replace("No", "Never"))
    process.predict("one", project=4)
    process.predict("one")
    assert model.asked == ["one", "two", "one", "one"]


def test_what_a_process_that_died_had_taken_is_taken_over(store: Database) -> None:
    """After a quarter of an hour; before that others wait for it."""
    moment = [NOW]
    model = Model()
    process = Process(store, model, clock=lambda: moment[0], predict_budget_s=0.3)
    StoredPredictionCache(store, lambda: moment[0]).take(_keys(process, "left"))
    assert process.predict("left") == [{}] and model.asked == []
    moment[0] += TAKEN_FOR + dt.timedelta(seconds=1)
    assert _chosen(process.predict("left")[0]) == "Yes"


def test_answers_are_removed_after_a_day(store: Database) -> None:
    """Label Studio has had them."""
    process = Process(store, Model())
    process.predict("one")
    with store.begin() as unit:
        unit.prelabels.forget(NOW + dt.timedelta(hours=23), 10)
    assert StoredPredictionCache(store, lambda: NOW).ready(_keys(process, "one"))[0]
    with store.begin() as unit:
        unit.prelabels.forget(NOW + dt.timedelta(hours=25), 10)
    assert StoredPredictionCache(store, lambda: NOW).ready(_keys(process, "one")) == ({}, set())


def test_beyond_the_slots_a_request_gets_what_is_ready_and_keeps_no_thread(sqlite_store: Database) -> None:
    """Two wait for a slow model; the third is answered at once, and its task is made meanwhile all the same."""
    release = threading.Event()

    def slowly(text: str) -> str:
        release.wait(20)
        return "Yes"

    model = Model(slowly)
    process = Process(sqlite_store, model, predict_slots=2)
    waiting = [threading.Thread(target=lambda text=text: process.predict(text, first_id=10)) for text in ("a", "b")]
    for thread in waiting:
        thread.start()
    _until(lambda: len(model.asked) == 2)
    assert process.predict("third") == [{}]
    assert process.client.get("/health").status_code == 200
    release.set()
    for thread in waiting:
        thread.join(20)
    _until(lambda: bool(process.predict("third")[0]))
    assert model.asked.count("third") == 1


def test_examples_are_of_the_tasks_specialty(sqlite_store: Database) -> None:
    """Where a project routes by task, no text of another specialty is in a prompt, and an answer made beside one's examples is not another's."""
    example = {"from_name": "c", "to_name": "t", "type": "choices", "value": {"choices": ["Yes"]}}
    learnt = tuple(
        {"data": {"text": f"a loan of {field} number {number}"}, "result": [example], "routed": {"field": "meta.field", "specialty": field}}
        for number in range(6) for field in ("banking", "tax")
    )
    with sqlite_store.begin() as unit:
        unit.projects.heard_of(3, "Loans", NOW)
        unit.projects.set_rules(3, Rules(specialty_field="meta.field"), NOW)
        unit.examples.add(ExampleSet(3, "offline-12-0a1b2c3d", CONFIG, learnt), NOW)
    prompts: list[str] = []

    class Shown(Model):
        def weighed(self, prompt: Prompt, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, float]]:
            prompts.append(str(prompt.messages[-1].content))
            return super().weighed(prompt, schema)

    process = Process(sqlite_store, Shown())
    for number, field in enumerate(("tax", "banking", "law"), 1):
        task = {"id": 1, "data": {"text": "a loan"}, "meta": {"field": field.upper()}}
        body = {"tasks": [task], "project": "3.1", "label_config": CONFIG, "params": {}}
        assert _chosen(process.client.post("/predict", json=body).get_json()["results"][0]) == "Yes"
        assert len(prompts) == number, "the same text in another specialty is asked anew"
    assert "of tax" in prompts[0] and "banking" not in prompts[0] and "of banking" in prompts[1] and "of tax" not in prompts[1]
    assert "number" not in prompts[2]


def test_only_who_knows_the_password_may_ask(sqlite_store: Database) -> None:
    """Health and the webhook are open: Label Studio sends it with neither. The answer says what to do."""
    client = backend_app(StoredExamples(sqlite_store), Model(), password=PASSWORD).test_client()
    body = {"project": "3.1", "schema": CONFIG, "tasks": [], "label_config": CONFIG}
    for auth in (None, ("ls-expert", "wrong"), ("somebody", PASSWORD), ("ls-expert", "")):
        for path in ("/setup", "/predict"):
            answer = client.post(path, json=body, auth=auth)
            assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "unauthorized") and "Basic" in answer.headers["WWW-Authenticate"]
        assert client.get("/versions", auth=auth).status_code == 401
    assert client.post("/predict", json=body, headers={"Authorization": f"Bearer {PASSWORD}"}).status_code == 401
    assert client.get("/health").status_code == client.post("/webhook", json={}).status_code == 200
    assert client.post("/setup", json=body, auth=("ls-expert", PASSWORD)).status_code == 200


def test_a_version_in_use_stays_whatever_the_settings_say(store: Database) -> None:
    """Another model in the settings makes no pre-labels under the old version's name, and none that nobody asked for; a switch does."""
    before = Process(store, Model())
    version = before.setup()
    assert _chosen(before.predict("one")[0]) == "Yes"
    other = Process(store, Model(lambda text: "No", name="other-model"))
    assert other.setup() == version and other.predict("two") == [{}]
    with store.begin() as unit:
        unit.ml_projects.switch(3, PredictorSpec("other-model", "prelabel.v2"), NOW)
    assert other.setup() != version and _chosen(other.predict("two")[0]) == "No"
    assert Process(store, Model()).predict("three") == [{}]


def test_what_is_learnt_later_does_not_change_the_version_by_itself(store: Database) -> None:
    """A project on a language model stays on it alone; one without anything takes the first set that there is."""
    process = Process(store, Model())
    version = process.setup()
    process.predict("one")
    with store.begin() as unit:
        for project in (3, 4):
            unit.examples.add(_learnt(project), NOW)
    assert process.setup() == version
    assert process.setup(4) == PredictorSpec("some-model", "prelabel.v2", "offline-12-x").version(read(CONFIG))
    offline = Process(store, None)
    assert offline.setup(4) == "offline-12-x" and _chosen(offline.predict("we said yes and yes", project=4)[0]) == "Yes"


def _learnt(project: int) -> ExampleSet:
    said = [("we said yes and yes", "Yes"), ("they said no and never", "No")] * 6
    return ExampleSet(project, "offline-12-x", CONFIG, tuple(
        {"data": {"text": f"{text} {number}"}, "result": [{"from_name": "c", "to_name": "t", "type": "choices", "value": {"choices": [label]}}]}
        for number, (text, label) in enumerate(said)
    ))


def test_the_nearest_examples_are_shown_and_never_the_task_itself(store: Database) -> None:
    """Experts' answers in the form of a reply; the beginning of the prompt is the same for every task of the project."""
    with store.begin() as unit:
        unit.examples.add(_learnt(3), NOW)
        unit.ml_projects.switch(3, PredictorSpec("some-model", "prelabel.v2", "offline-12-x", instruction="Be strict."), NOW)
    model = Model()
    Process(store, model).predict("they said no and never 1", "we said yes and yes 99")
    first, second = sorted((json.loads(prompt.messages[-1].content) for prompt in model.prompts), key=lambda sent: str(sent["texts"]))
    assert all(one["texts"]["t"] != "they said no and never 1" for one in first["examples"]), "the task was labelled by an expert already"
    assert first["examples"][-1]["answer"] == {"q0": "No"} and second["examples"][-1]["answer"] == {"q0": "Yes"}
    beginnings = {tuple(message.content for message in prompt.messages[:-1]) for prompt in model.prompts}
    assert len(beginnings) == 1 and "Be strict." in next(iter(beginnings))[1]


def test_several_samples_give_what_most_say_with_how_many_do(sqlite_store: Database) -> None:
    """Two of three: 0.67. No majority: no pre-label."""
    said = {"clear": iter(["Yes", "No", "Yes"]), "split": iter(["Yes", None, "No"])}
    model = Model(lambda text: next(said[text]))
    clear, split = Process(sqlite_store, model, samples=3, concurrency=1).predict("clear", "split")
    assert _chosen(clear) == "Yes" and clear["score"] == 0.6667 and clear["model_version"].endswith("-x3") and split == {}


class Sure(Model):
    """One that tells how probable it holds its answers."""

    def weighed(self, prompt: Prompt, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, float]]:
        return self.structured(prompt, schema), {"q0": 0.97}


def test_a_score_is_the_models_own_probability_until_it_is_known_what_that_is_worth(store: Database) -> None:
    """Then it is the share that experts let stand; the score as it was made is kept, and so is the version."""
    process = Process(store, Sure())
    (first,) = process.predict("a")
    assert first["score"] == 0.97 and process.predict("a") == [first]
    with store.begin() as unit:
        assert unit.prelabel_scores.of_tasks(3, first["model_version"], [1, 2]) == {1: 0.97}
        unit.prelabel_scores.calibrate(3, first["model_version"], Calibration(1.0, -3.0, 40, True), NOW)
    (again, other) = process.predict("a", "b")
    assert again["score"] == other["score"] == pytest.approx(0.617, abs=0.01) and again["model_version"] == first["model_version"]
    with store.read() as unit:
        assert unit.prelabel_scores.of_tasks(3, first["model_version"], [1, 2]) == {1: 0.97, 2: 0.97}
    (untold,) = Process(store, Model(name="other-model")).predict("a", project=4)
    assert "score" not in untold, "nobody knows how sure it was"


def test_calls_that_end_together_are_written_down_before_anybody_goes_on(store: Database) -> None:
    """Each is in the database when ``record`` returns, whoever wrote it."""
    calls = StoredCallLog(store, lambda: NOW)

    def record(number: int) -> None:
        for each in range(10):
            name = f"{number}-{each}"
            calls.record(ModelCall("p", "m", "1", name, tokens_in=1, tokens_out=1, duration_ms=1, attempts=1, outcome="ok"))
            with store.read() as unit:
                assert unit.session.scalar(select(func.count()).select_from(ModelCallRow).where(ModelCallRow.prompt_sha256 == name)) == 1

    assert at_once(*(lambda number=number: record(number) for number in range(12))) == [None] * 12
    with store.read() as unit:
        assert unit.usage.tokens_since(NOW, "p") == 240
