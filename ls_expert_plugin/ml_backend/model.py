"""Our pre-labeller: the language model where one is configured, else what was learnt from submitted annotations.

``LabelStudioMLBase`` of label-studio-ml 1.0.9 is the base class; nothing else of that package is used (its server keeps
one model for all projects and answers errors with tracebacks).
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from typing import Any

from ls_expert_plugin.errors import ModelError
from ls_expert_plugin.llm.port import LanguageModel
from ls_expert_plugin.ml_backend import asked
from ls_expert_plugin.ml_backend.fitted import Fitted
from ls_expert_plugin.ml_backend.label_config import read
from ls_expert_plugin.ml_backend.predictions import NO_PREDICTION, Answer, Relation, prediction

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # label-studio-tools 0.0.4 has a "\$" that newer Pythons warn about when they compile it
    from label_studio_ml.model import LabelStudioMLBase

log = logging.getLogger(__name__)


class ExpertPrelabeller(LabelStudioMLBase):
    """Predicts the tasks of one request.

    ``fitted``: what was learnt, None when nothing was. ``version``: goes into every prediction. ``language_model`` is
    asked on ``threads``, and only until ``deadline_s`` on the monotonic clock.
    """

    def __init__(
        self, label_config: str, *, version: str, fitted: Fitted | None, language_model: LanguageModel | None, threads: Executor,
        deadline_s: float,
    ) -> None:
        super().__init__(None)  # the base class's own parser raises on a broken config; ours finds no control in it
        self.label_config = label_config
        self.config = read(label_config)
        self.version = version
        self.fitted = fitted
        self.language_model = language_model
        self.threads = threads
        self.deadline_s = deadline_s

    def predict(self, tasks: Sequence[object], **kwargs: object) -> list[dict[str, Any]]:
        """One prediction per task, in order: ``{}`` where there is nothing to propose, or the time was over."""
        if not self.config.controls or (self.fitted is None and self.language_model is None):
            return [dict(NO_PREDICTION) for _ in tasks]
        if self.language_model is None:
            return [self._within_time(task) for task in tasks]
        waiting = [self.threads.submit(self._within_time, task) for task in tasks]
        wait(waiting, timeout=max(0.0, self.deadline_s - time.monotonic()))
        return [_result(future) for future in waiting]

    def _within_time(self, task: object) -> dict[str, Any]:
        if time.monotonic() >= self.deadline_s:
            return dict(NO_PREDICTION)
        task_id = task.get("id") if isinstance(task, Mapping) else None
        try:
            data = task.get("data") if isinstance(task, Mapping) else None
            return prediction(*self._proposed(task_id, data))
        except Exception:  # noqa: BLE001  # each task is an entry point of its own: one that fails must not harm the others
            log.exception("task %s: no pre-label, because making one failed", task_id)
            return dict(NO_PREDICTION)

    def _proposed(self, task_id: object, data: object) -> tuple[Sequence[Answer], str, Sequence[Relation]]:
        if self.language_model and isinstance(data, Mapping) and (questions := asked.answerable(self.config, data)):
            try:
                reply = self.language_model.structured(asked.prompt(questions, data), asked.schema(questions))
                proposed = asked.answers(questions, data, reply)
                if proposed.lost:
                    log.info("task %s: the language model gave what is not in the text or cannot be: %s", task_id, dict(proposed.lost))
                return proposed.answers, self.version, proposed.relations
            except ModelError as error:
                log.warning("task %s: the language model gave no answer (%s); the learnt model steps in", task_id, error.code)
        if self.fitted is None:
            return [], self.version, ()
        learnt = (self.fitted.answer(control, data) for control in self.config.controls)
        return [answer for answer in learnt if answer is not None], self.version, ()


def _result(future: Future[dict[str, Any]]) -> dict[str, Any]:
    if future.done():
        return future.result()
    future.cancel()  # one already under way goes on to its own time-out; nobody waits for it
    return dict(NO_PREDICTION)
