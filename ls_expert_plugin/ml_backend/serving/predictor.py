"""Our pre-labeller: the language model where one is in use, else what was learnt from submitted annotations.

``LabelStudioMLBase`` of label-studio-ml 1.0.9 is the base class; nothing else of that package is used (its server keeps
one model for all projects and answers errors with tracebacks).
"""

from __future__ import annotations

import hashlib
import logging
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ls_expert_plugin.errors import ModelError
from ls_expert_plugin.llm.port import LanguageModel
from ls_expert_plugin.ml_backend.label_config.controls import LabelConfig
from ls_expert_plugin.ml_backend.label_config.images import Pictures
from ls_expert_plugin.ml_backend.label_config.prediction_format import NO_PREDICTION, prediction
from ls_expert_plugin.ml_backend.label_config.task_content import key_of
from ls_expert_plugin.ml_backend.learned.models.model_registry import TrainedModels
from ls_expert_plugin.ml_backend.learned.score_calibration import Calibration
from ls_expert_plugin.ml_backend.llm import prompt as asked
from ls_expert_plugin.ml_backend.llm import reply_parser, reply_schema
from ls_expert_plugin.ml_backend.llm.budget import Budget, subject_of
from ls_expert_plugin.ml_backend.llm.few_shot import Neighbours
from ls_expert_plugin.ml_backend.llm.self_consistency import agreed
from ls_expert_plugin.ml_backend.llm.task_specialty import TaskRouting, fits, specialty_of
from ls_expert_plugin.ml_backend.llm.written_answers import in_own_words
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.ml_backend.serving.single_flight import PredictionKey, SingleFlight

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # label-studio-tools 0.0.4 has a "\$" that newer Pythons warn about when they compile it
    from label_studio_ml.model import LabelStudioMLBase as LabelStudioMLBase

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProjectModels:
    """What one project is predicted with.

    ``language_model`` None: the recipe names none. ``fitted`` and ``neighbours``: of its example set, None without one. ``routing``: by which
    field tasks are routed; examples then fit the task's specialty.
    """

    ls_project_id: int
    recipe: PredictorSpec
    language_model: LanguageModel | None = None
    fitted: TrainedModels | None = None
    neighbours: Neighbours | None = None
    routing: TaskRouting | None = None


@dataclass(frozen=True)
class SharedResources:
    """What all projects of a process share.

    ``pictures`` None: nobody looks at pictures. ``worth``: what scores of a version are worth in a project, by its id.
    """

    single_flight: SingleFlight
    budget: Budget
    pictures: Pictures | None
    worth: Callable[[int, str], Calibration | None]


class ExpertPrelabeller(LabelStudioMLBase):
    """Predicts tasks of one project under one recipe. ``config`` is what of ``label_config`` can be answered."""

    def __init__(self, label_config: str, config: LabelConfig, models: ProjectModels, shared: SharedResources) -> None:
        super().__init__(None)  # the base class's own parser raises on a broken config; ours finds no control in it
        self.label_config, self.config = label_config, config
        self.recipe, self.ls_project_id, self._routing = models.recipe, models.ls_project_id, models.routing
        self.language_model, self.fitted, self.neighbours = models.language_model, models.fitted, models.neighbours
        self.single_flight, self.budget, self.pictures, self._worth = shared.single_flight, shared.budget, shared.pictures, shared.worth
        self.version = self.recipe.version(config)
        self.subject = subject_of(self.ls_project_id, self.version)

    def predict(self, tasks: Sequence[object], deadline_s: float | None = None, **kwargs: object) -> list[dict[str, Any]]:
        """One prediction per task, in order: ``{}`` where there is nothing to propose, or it was not ready at ``deadline_s`` (monotonic)."""
        ends_s = deadline_s if deadline_s is not None else time.monotonic() + 3600
        if not self.config.controls or self.recipe.is_empty:
            return [dict(NO_PREDICTION) for _ in tasks]
        if self.language_model is None:
            return [self._learnt(task) if time.monotonic() < ends_s else dict(NO_PREDICTION) for task in tasks]
        keys = [self.key(task) for task in tasks]
        return self.told(self.single_flight.answers(keys, lambda number: self.make(tasks[number]), ends_s))

    def told(self, predictions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """As Label Studio gets them: with what their scores are worth, once that is known. What ``make`` made has the scores as they were."""
        worth = self._worth(self.ls_project_id, self.version) if self.language_model else None
        return [worth.applied(one) for one in predictions] if worth else list(predictions)

    def key(self, task: object) -> PredictionKey:
        """What an answer to this task is kept under."""
        data, ls_task_id = _data(task), task.get("id") if isinstance(task, Mapping) else None
        # What was made beside the examples of one specialty is no answer to the same text in another.
        theirs = f"\0{specialty_of(self._routing.field, task)!r}" if self._routing and isinstance(task, Mapping) else ""
        content = hashlib.sha256(f"{self.label_config}\0{key_of(data)}{theirs}".encode("utf-8", "backslashreplace")).hexdigest()
        return PredictionKey(self.ls_project_id, ls_task_id if isinstance(ls_task_id, int) and 0 < ls_task_id < 2**31 else 0, self.version, content)

    def make(self, task: object) -> dict[str, Any] | None:
        """Ask the language model about one task. None: it gave no answer, and nothing was learnt that could step in."""
        task_id, data = task.get("id") if isinstance(task, Mapping) else None, _data(task)
        try:
            questions = asked.answerable(self.config, data)
            if not questions or self.language_model is None:
                return self._learnt(task)
            if not self.budget.is_open():
                return self._stands_in(task)
            return self._asked(self.language_model, questions, task if isinstance(task, Mapping) else {}, task_id)
        except ModelError as error:
            log.warning("task %s: the language model gave no answer (%s)%s", task_id, error.code, "; the learnt model steps in" if self.fitted else "")
            return self._stands_in(task)
        except Exception:  # noqa: BLE001  # each task is an entry point of its own: one that fails must not harm the others
            log.exception("task %s: no pre-label, because making one failed", task_id)
            return None

    def _asked(self, model: LanguageModel, questions: asked.LabelingQuestions, task: Mapping[str, Any], task_id: object) -> dict[str, Any] | None:
        data = _data(task)
        seen = {key: self.pictures.of(str(data[key])) if self.pictures else None for key in questions.picture_keys}
        if unseen := {key for key, one in seen.items() if one is None}:
            log.warning("task %s: its picture in %s cannot be shown to the language model", task_id, ", ".join(sorted(unseen)))
            questions = asked.without(questions, unseen)
            if not questions:
                return None
        there = {key: one for key, one in seen.items() if one is not None}
        fields = sorted({key for control in questions.whole.values() if control.object_kind != "image" for key in control.data_keys})
        examples = self.neighbours.of(data, fields, may_show=lambda one: fits(one, self._routing, task)) if self.neighbours and fields else []
        prompt = asked.prompt(
            questions, data, instruction=self.recipe.instruction, examples=examples, subject=self.subject,
            pictures=[there[key].picture for key in questions.picture_keys],
        )
        schema, sizes = reply_schema.schema(questions), {key: one.size for key, one in there.items()}
        if self.recipe.samples == 1:
            reply, sure = model.weighed(prompt, schema)
            proposed = [reply_parser.answers(questions, data, reply, sizes, sure)]
        else:
            proposed = [reply_parser.answers(questions, data, model.structured(prompt, schema), sizes) for _ in range(self.recipe.samples)]
        for number, one in enumerate(proposed):
            own, copied = in_own_words(one.answers, data, examples)
            if copied:
                log.info("task %s: the language model wrote out a passage of another task, which is left out", task_id)
                proposed[number] = replace(one, answers=own)
            if one.lost:
                log.info("task %s: the language model gave what is not in the text or cannot be: %s", task_id, dict(one.lost))
        if len(proposed) == 1:
            return prediction(proposed[0].answers, self.version, proposed[0].relations)
        return prediction(agreed([one.answers for one in proposed]), self.version)

    def _stands_in(self, task: object) -> dict[str, Any] | None:
        """The learnt model for the language model: without a score, which would be taken for one of the language model's."""
        return {key: value for key, value in self._learnt(task).items() if key != "score"} if self.fitted else None

    def _learnt(self, task: object) -> dict[str, Any]:
        if self.fitted is None:
            return dict(NO_PREDICTION)
        data = _data(task)
        try:
            learnt = (self.fitted.answer(control, data) for control in self.config.controls)
            return prediction([answer for answer in learnt if answer is not None], self.version)
        except Exception:  # noqa: BLE001  # as in ``make``
            log.exception("task %s: no pre-label, because making one failed", task.get("id") if isinstance(task, Mapping) else None)
            return dict(NO_PREDICTION)


def _data(task: object) -> Mapping[str, Any]:
    data = task.get("data") if isinstance(task, Mapping) else None
    return data if isinstance(data, Mapping) else {}
