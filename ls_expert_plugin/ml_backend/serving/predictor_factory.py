"""Which pre-labeller a project gets: its recipe, the model and examples of it, and nothing where they are not there any more."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from ls_expert_plugin.llm.port import LanguageModel
from ls_expert_plugin.ml_backend.label_config.controls import LabelConfig
from ls_expert_plugin.ml_backend.label_config.images import Pictures
from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet, ExampleSource, ProjectSource
from ls_expert_plugin.ml_backend.learned.models.model_registry import TrainedModelCache
from ls_expert_plugin.ml_backend.learned.score_calibration import Calibration
from ls_expert_plugin.ml_backend.llm import prompt as asked
from ls_expert_plugin.ml_backend.llm.budget import NO_END, Budget
from ls_expert_plugin.ml_backend.llm.few_shot import Neighbours
from ls_expert_plugin.ml_backend.llm.task_specialty import TaskRouting
from ls_expert_plugin.ml_backend.serving.predictor import ExpertPrelabeller, ProjectModels, SharedResources
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec, effective_spec, why_not_servable
from ls_expert_plugin.ml_backend.serving.single_flight import SingleFlight

KEPT_NEIGHBOURS = 16
log = logging.getLogger(__name__)


class InMemoryProjects:
    """``ProjectSource`` without a database: every project takes what there is."""

    def __init__(self) -> None:
        self._extra: dict[int, Any] = {}

    def active(self, ls_project_id: int) -> PredictorSpec | None:
        return None

    def begin_with(self, ls_project_id: int, recipe: PredictorSpec) -> None:
        return

    def calibration(self, ls_project_id: int, version: str) -> Calibration | None:
        return None

    def task_routing(self, ls_project_id: int) -> TaskRouting | None:
        return None

    def extra_params(self, ls_project_id: int) -> Any:
        return self._extra.get(ls_project_id)

    def set_extra_params(self, ls_project_id: int, extra_params: Any) -> None:
        self._extra[ls_project_id] = extra_params


@dataclass(frozen=True)
class PredictorSources:
    """What pre-labellers are made of. ``model`` None: pre-labels come from submitted annotations only.

    ``samples``: how many times the model is asked about a task. ``budget``: tokens it may use up. ``pictures`` None: nobody looks at pictures.
    """

    examples: ExampleSource
    model: LanguageModel | None
    projects: ProjectSource = field(default_factory=InMemoryProjects)
    samples: int = 1
    budget: Budget = NO_END
    pictures: Pictures | None = None


class PredictorFactory:
    """Makes the pre-labeller of a request; their answers are made once, at ``single_flight``."""

    def __init__(self, sources: PredictorSources, single_flight: SingleFlight) -> None:
        self.examples, self.model, self.projects, self.samples, self.budget = (
            sources.examples, sources.model, sources.projects, sources.samples, sources.budget)
        self.pictures = sources.pictures if sources.model else None
        self.single_flight = single_flight
        self._fitted = TrainedModelCache()
        self._lock = threading.Lock()
        self._neighbours: OrderedDict[tuple[int, str], Neighbours] = OrderedDict()

    def today(self, learnt: ExampleSet | None) -> PredictorSpec:
        """What the settings and the newest example set give."""
        prompt = asked.PROMPT_VERSION if self.model else ""
        return PredictorSpec(self.model.name if self.model else None, prompt, learnt.version if learnt else None, samples=self.samples if self.model else 1)

    def config(self, label_config: str) -> LabelConfig:
        """What of a label config can be answered here."""
        return read(label_config) if self.pictures else read(label_config).without_pictures()

    def recipe(self, ls_project_id: int) -> tuple[PredictorSpec, ExampleSet | None]:
        """The recipe that the project is served with, and its example set."""
        newest = self.examples.latest(ls_project_id)
        today = self.today(newest)
        recipe = effective_spec(self.projects.active(ls_project_id), today)
        if newest is not None and recipe.examples == newest.version:
            return recipe, newest
        return recipe, self.examples.of_version(ls_project_id, recipe.examples) if recipe.examples else None

    def prelabeller(self, ls_project_id: int, label_config: str) -> ExpertPrelabeller:
        """Ready to predict. What cannot be made any more gives no pre-labels, under the version in use."""
        recipe, learnt = self.recipe(ls_project_id)
        return self._made(recipe, learnt, ls_project_id, label_config, is_used=True)

    def of_recipe(self, recipe: PredictorSpec, ls_project_id: int, label_config: str) -> ExpertPrelabeller:
        """The same by a recipe that is not in use, and does not come into use."""
        learnt = self.examples.of_version(ls_project_id, recipe.examples) if recipe.examples else None
        return self._made(recipe, learnt, ls_project_id, label_config, is_used=False)

    def _made(self, recipe: PredictorSpec, learnt: ExampleSet | None, ls_project_id: int, label_config: str, *, is_used: bool) -> ExpertPrelabeller:
        why_not = why_not_servable(recipe, self.today(learnt), learnt is not None)
        if recipe.is_empty:
            log.info("project %s: nothing learnt yet, so no pre-labels; Label Studio will ask again", ls_project_id)
        elif why_not:
            log.warning("project %s: no pre-labels: %s. `ls-expert prelabel-version` switches to what there is today", ls_project_id, why_not)
        elif is_used:
            self.projects.begin_with(ls_project_id, recipe)
        is_asked = recipe.model is not None and not why_not
        made = ExpertPrelabeller(
            label_config, self.config(label_config),
            ProjectModels(
                ls_project_id, recipe, language_model=self.model if is_asked else None,
                fitted=self._fitted.of(learnt) if learnt and not why_not else None, neighbours=self._near(learnt) if learnt and is_asked else None,
                routing=self.projects.task_routing(ls_project_id),
            ),
            SharedResources(self.single_flight, self.budget, self.pictures, self.projects.calibration),
        )
        if not made.config.controls:
            log.info("project %s: no control of its label config is supported, so no pre-labels", ls_project_id)
        return made

    def _near(self, learnt: ExampleSet) -> Neighbours:
        key = (learnt.ls_project_id, learnt.version)
        with self._lock:
            if key not in self._neighbours:
                self._neighbours[key] = Neighbours(learnt.examples)
                while len(self._neighbours) > KEPT_NEIGHBOURS:
                    self._neighbours.popitem(last=False)
            self._neighbours.move_to_end(key)
            return self._neighbours[key]
