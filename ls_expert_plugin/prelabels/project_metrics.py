"""Metrics of a project's pre-labels, as one typed value between the worker that makes them, the database and the page. Pure.

In the database they are JSON; its keys are the names of the fields here, but for the two arms (``with``, ``without``) and ``help``, which are older.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from ls_expert_plugin.agreement.ab_metrics import Figure
from ls_expert_plugin.ml_backend.learned.examples import HeldOutAccuracy


@dataclass(frozen=True)
class LabelMetrics:
    """One label of a control: F1 (None: in neither), proposed and true, proposed and not, true and not proposed."""

    label: str
    f1: float | None
    hits: int
    extra: int
    missed: int


@dataclass(frozen=True)
class ControlMetrics:
    """One control of a version. ``right``: the share of tasks that are (None: nothing to compare). ``more_labels``: how many are not in ``labels``."""

    name: str
    right: Figure | None
    f1: float | None
    has_regions: bool
    more_labels: int
    labels: tuple[LabelMetrics, ...]


@dataclass(frozen=True)
class VersionMetrics:
    """A version against so many tasks with a truth. ``is_today``: it was asked for this, and is not in use."""

    version: str
    is_today: bool
    tasks: int
    controls: tuple[ControlMetrics, ...]


@dataclass(frozen=True)
class ArmComparison:
    """A measure with the pre-label in sight and without; None: no annotation to tell it from."""

    name: str
    is_share: bool
    shown: Annotated[Figure | None, Field(alias="with")]
    blind: Annotated[Figure | None, Field(alias="without")]


@dataclass(frozen=True)
class EffectMetrics:
    """Annotations with the pre-label in sight and without, and how many people accept pre-labels unread (``stamping``)."""

    shown: int
    blind: int
    stamping: int
    rows: tuple[ArmComparison, ...]


@dataclass(frozen=True)
class Standing:
    """The version in use (``active``) and the one there would be (``today``); ``refused``: sentences on controls that get no pre-labels."""

    active: str
    today: str
    is_other: bool
    tasks: int
    why_not: str
    refused: tuple[str, ...]
    measured: HeldOutAccuracy | None


@dataclass(frozen=True)
class ProjectMetrics:
    """Everything that a project's page tells. ``truths``: tasks with a ground truth or an expert's annotation; ``askable``: those that today's version
    may be asked about for money. ``problem``: why there is nothing else; empty: there is. ``standing`` None: nothing was made yet.
    """

    standing: Standing | None = None
    truths: int = 0
    askable: int = 0
    versions: tuple[VersionMetrics, ...] = ()
    effect: Annotated[EffectMetrics | None, Field(alias="help")] = None
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """The metrics as the database keeps them."""
        return dict(_ADAPTER.dump_python(self, mode="json", by_alias=True))

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> ProjectMetrics:
        """As ``as_json`` wrote it, or an earlier version of this package; empty before anything was made."""
        return _ADAPTER.validate_python(raw)


_ADAPTER = TypeAdapter(ProjectMetrics)
