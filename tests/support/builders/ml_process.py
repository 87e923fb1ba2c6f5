"""A process of the ML backend on a database, with a model that answers by a function."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from flask.testing import FlaskClient

from ls_expert_plugin.ml_backend.serving.cached_sources import StoredExamples, StoredProjects
from ls_expert_plugin.storage.prediction_cache import StoredPredictionCache
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.ml_backend import backend_app
from tests.support.fakes.language_model import TalkingModel

CONFIG = '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Yes"/><Choice value="No"/></Choices></View>'
NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.timezone.utc)


class Model(TalkingModel):
    """Answers what a function says of the text ``t``, and keeps the texts it was asked about."""

    def __init__(self, reply: Callable[[str], Any] = lambda text: "Yes", name: str = "some-model") -> None:
        super().__init__(self._answer, name)
        self._reply = reply
        self.asked: list[str] = []

    def _answer(self, texts: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(texts["t"])
        return {"q0": self._reply(texts["t"])}


class Process:
    """One process of the ML backend, on the shared database."""

    def __init__(self, store: Database, model: Model | None, clock: Callable[[], dt.datetime] = lambda: NOW, **more: Any) -> None:
        late = itertools.count(0, 100).__next__  # what was read a moment ago is read again
        self.projects = StoredProjects(store, clock, clock=late)
        self.client: FlaskClient = backend_app(
            StoredExamples(store, clock=late), model, projects=self.projects, cache=StoredPredictionCache(store, clock), **more,
        ).test_client()

    def predict(self, *texts: str, project: int = 3, first_id: int = 1, config: str = CONFIG, **more: Any) -> list[Any]:
        tasks = [{"id": number, "data": {"text": text}} for number, text in enumerate(texts, first_id)]
        answer = self.client.post("/predict", json={"tasks": tasks, "project": f"{project}.1", "label_config": config, "params": more})
        assert answer.status_code == 200, answer.text
        results = answer.get_json()["results"]
        assert len(results) == len(texts)
        return list(results)

    def setup(self, project: int = 3, **more: Any) -> str:
        answer = self.client.post("/setup", json={"project": f"{project}.1", "schema": CONFIG, **more})
        return str(answer.get_json()["model_version"])
