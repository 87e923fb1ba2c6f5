"""What the pre-labeller learns from: the example set, and where one comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ls_expert_plugin.ml_backend.learned.score_calibration import Calibration
from ls_expert_plugin.ml_backend.llm.task_specialty import TaskRouting
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec


@dataclass(frozen=True)
class ExampleSet:
    """Submitted annotations of one project, frozen under a version.

    ``examples``: mappings ``{"data": task data, "result": annotation result}``, with what its task was routed by (``task_specialty.py``), and whether
    two people wrote what is written there (``written_answers.py``). ``label_config`` is the project's at the
    time the set was built: the answers were given to that one.
    """

    ls_project_id: int
    version: str
    label_config: str
    examples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class HeldOutAccuracy:
    """Mean agreement with ``tasks`` annotations that neither set was learnt from, 0 to 1: of the newer set, and of the one before."""

    tasks: int
    newer: float
    before: float

    @property
    def is_worse(self) -> bool:
        return self.newer < self.before


class ExampleSource(Protocol):
    """Where the example sets of projects come from."""

    def latest(self, ls_project_id: int) -> ExampleSet | None:
        """The newest set of this project; None when nothing has been learnt yet."""
        ...

    def of_version(self, ls_project_id: int, version: str) -> ExampleSet | None:
        """The set of this version; None when it is gone."""
        ...


class ProjectSource(Protocol):
    """What each project is pre-labelled by, and with which parameters."""

    def active(self, ls_project_id: int) -> PredictorSpec | None:
        """The recipe that was switched on; None: none was."""
        ...

    def begin_with(self, ls_project_id: int, recipe: PredictorSpec) -> None:
        """Switch a recipe on where none is. Nothing to do for an empty one."""
        ...

    def calibration(self, ls_project_id: int, version: str) -> Calibration | None:
        """What the scores of a version are worth there; None: not known yet."""
        ...

    def task_routing(self, ls_project_id: int) -> TaskRouting | None:
        """By which field of a task the project says whose it is; None: every task is everybody's."""
        ...

    def extra_params(self, ls_project_id: int) -> Any:
        """``extra_params`` as they were sent last; None: never."""
        ...

    def set_extra_params(self, ls_project_id: int, extra_params: Any) -> None:
        """Keep the ``extra_params`` that ``/setup`` brought."""
        ...
