"""Models as teams write them, for label-studio-ml of either kind."""

from __future__ import annotations

import math
import time
from typing import Any

from label_studio_ml.model import LabelStudioMLBase


def _yes() -> dict[str, Any]:
    return {"result": [{"from_name": "c", "to_name": "t", "type": "choices", "value": {"choices": ["Yes"]}}], "score": 0.9, "model_version": "theirs"}


class Old(LabelStudioMLBase):  # type: ignore[misc]  # label-studio-ml has no types
    """As 1.0.9 has it: keyword arguments, a list of dictionaries."""

    model_version = "old-7"

    def predict(self, tasks: list[dict[str, Any]], **kwargs: Any) -> list[Any]:
        answers = {
            "none": None, "empty": {"result": []}, "score": {**_yes(), "score": math.nan}, "odd": {"result": [object()]},
            "several": [_yes(), _yes(), {}],
        }
        if any(task["data"]["text"] == "bad" for task in tasks):
            raise RuntimeError("a secret of ours")
        return [answers.get(task["data"]["text"], _yes()) for task in tasks]


class Response:
    """As newer ones answer."""

    def __init__(self, predictions: list[Any]) -> None:
        self.predictions = predictions


class New(LabelStudioMLBase):  # type: ignore[misc]
    """As the newer ones have it: a context, a response object; and parameters of the project."""

    def __init__(self, project_id: str, label_config: str) -> None:
        super().__init__(None)
        self.project_id = project_id

    def predict(self, tasks: list[dict[str, Any]], context: Any = None) -> Response:
        said = {"project": self.project_id, "extra": self.extra_params, "context": context}
        return Response([{"result": [{"from_name": "w", "to_name": "t", "type": "textarea", "value": {"text": [repr(said)]}}]} for _ in tasks])


class Slow(LabelStudioMLBase):  # type: ignore[misc]
    """Takes half a second for sixteen tasks."""

    def predict(self, tasks: list[dict[str, Any]], **kwargs: Any) -> list[Any]:
        time.sleep(0.5)
        return [_yes() for _ in tasks]


class Short(LabelStudioMLBase):  # type: ignore[misc]
    """Loses a task."""

    def predict(self, tasks: list[dict[str, Any]], **kwargs: Any) -> list[Any]:
        return [_yes() for _ in tasks][:-1] if len(tasks) > 1 else [_yes()]
