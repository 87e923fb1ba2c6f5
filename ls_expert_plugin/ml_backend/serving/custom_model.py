"""A team's own ``LabelStudioMLBase`` model behind our views: the old ``predict(tasks, **kwargs)`` and the newer ``predict(tasks, context)``.

One instance for each project, label config and ``extra_params``. What it returns is brought into the form that Label Studio takes; a task
that it fails on gets no pre-label, and the others theirs.
"""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotReady
from typing import Any

from ls_expert_plugin.errors import StartError
from ls_expert_plugin.ml_backend.label_config.prediction_format import NO_PREDICTION
from ls_expert_plugin.ml_backend.serving.predictor import LabelStudioMLBase as LabelStudioMLBase

log = logging.getLogger(__name__)
KEPT_INSTANCES = 32
AT_A_TIME = 16


class TeamModel:
    """The class ``package.module:Class``. Raises ``StartError`` when there is none, or it is no ``LabelStudioMLBase``.

    Its version is its attribute ``model_version``, or its name: raise it when other pre-labels come out, and Label Studio asks anew.
    """

    def __init__(self, spec: str) -> None:
        module, _, name = spec.partition(":")
        try:
            found = getattr(importlib.import_module(module), name) if name else None
        except (ImportError, AttributeError) as problem:
            raise StartError(f"--model {spec}: {problem}. Write package.module:Class, of a module that Python finds from here.") from None
        if not (inspect.isclass(found) and issubclass(found, LabelStudioMLBase)):
            raise StartError(f"--model {spec}: this is no class that derives from label_studio_ml's LabelStudioMLBase. Write package.module:Class.")
        self.name = name
        self._class: Any = found
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, str, str], _Instance] = OrderedDict()
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="team-model")

    def version(self, ls_project_id: int, label_config: str, extra_params: Any) -> str:
        """The version of its pre-labels for a project."""
        return self._instance(ls_project_id, label_config, extra_params).version

    def predict(
        self, ls_project_id: int, label_config: str, extra_params: Any, tasks: Sequence[Any], context: Any, deadline_s: float
    ) -> list[dict[str, Any] | list[dict[str, Any]]]:
        """One answer for each task, in order; ``{}`` for what failed or was not ready at ``deadline_s`` (monotonic)."""
        instance = self._instance(ls_project_id, label_config, extra_params)
        results: list[dict[str, Any] | list[dict[str, Any]]] = []
        for start in range(0, len(tasks), AT_A_TIME):
            some = tasks[start : start + AT_A_TIME]
            future = self._threads.submit(instance.predict, some, context)
            try:
                results += future.result(timeout=max(0.0, deadline_s - time.monotonic()))
            except NotReady:
                future.cancel()
                log.warning("project %s: %s was not ready in time with %d tasks", ls_project_id, self.name, len(tasks) - start)
                break
        return results + [dict(NO_PREDICTION) for _ in range(len(tasks) - len(results))]

    def _instance(self, ls_project_id: int, label_config: str, extra_params: Any) -> _Instance:
        key = (ls_project_id, label_config, json.dumps(extra_params, sort_keys=True, default=str))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = _Instance(self._class, ls_project_id, label_config, extra_params)
                while len(self._kept) > KEPT_INSTANCES:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]


class _Instance:
    """One model, asked by one thread at a time: models that keep state while they predict stay right."""

    def __init__(self, found: Any, ls_project_id: int, label_config: str, extra_params: Any) -> None:
        takes = inspect.signature(found.__init__).parameters
        takes_all = any(one.kind is one.VAR_KEYWORD for one in takes.values())
        given = {"project_id": str(ls_project_id), "label_config": label_config}
        self._model = found(**{name: value for name, value in given.items() if name in takes or takes_all})
        self._model.extra_params = extra_params
        self._lock = threading.Lock()
        takes = inspect.signature(self._model.predict).parameters
        self._takes_context = "context" in takes or any(one.kind is one.VAR_KEYWORD for one in takes.values())
        version = getattr(self._model, "model_version", None)
        self.version = str(version) if version else f"{found.__module__}.{found.__name__}"

    def predict(self, tasks: Sequence[Any], context: Any) -> list[dict[str, Any] | list[dict[str, Any]]]:
        """For these tasks together; where that fails or gives another number of answers, one by one."""
        with self._lock:
            answers = self._try(tasks, context)
            if answers is None and len(tasks) > 1:
                answers = [(self._try([task], context) or [NO_PREDICTION])[0] for task in tasks]
        return [self._usable(answer) for answer in answers or [NO_PREDICTION] * len(tasks)]

    def _try(self, tasks: Sequence[Any], context: Any) -> list[Any] | None:
        try:
            more = {"context": context} if self._takes_context else {}
            answers = self._model.predict(list(tasks), **more)
        except Exception:  # noqa: BLE001  # somebody else's code: whatever it raises, the other tasks get their pre-labels
            log.exception("%s failed on %d tasks", type(self._model).__name__, len(tasks))
            return None
        answers = getattr(answers, "predictions", answers)
        if not isinstance(answers, list) or len(answers) != len(tasks):
            log.error("%s gave %s for %d tasks", type(self._model).__name__, len(answers) if isinstance(answers, list) else type(answers).__name__, len(tasks))
            return None
        return answers

    def _usable(self, answer: Any) -> dict[str, Any] | list[dict[str, Any]]:
        """As Label Studio takes it: no null, an own version, a score that is a number, no empty result."""
        if isinstance(answer, list):
            several = [one for one in map(self._usable, answer) if isinstance(one, dict) and one]
            return several or dict(NO_PREDICTION)
        if hasattr(answer, "model_dump"):
            answer = answer.model_dump(exclude_none=True)
        if not isinstance(answer, Mapping) or not isinstance(answer.get("result"), list) or not answer["result"]:
            return dict(NO_PREDICTION)
        made = {"result": answer["result"], "model_version": self.version}
        score = answer.get("score")
        if isinstance(score, int | float) and not isinstance(score, bool) and math.isfinite(score):
            made["score"] = float(score)
        try:
            json.dumps(made, allow_nan=False)
        except (TypeError, ValueError):
            log.error("%s gave what is no JSON", type(self._model).__name__)
            return dict(NO_PREDICTION)
        return made
