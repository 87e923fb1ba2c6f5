"""Use case: the effect of pre-labels on annotations, by an A/B comparison of the shown arm and the blind one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.agreement.ab_metrics import ArmMetrics, Figure, Outcome, RubberStamping, arm, stamps
from ls_expert_plugin.errors import NotFound

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components
    from ls_expert_plugin.ml_backend.learned.score_calibration import Calibration

Measure = Literal["accepted", "edits", "seconds", "agrees", "agrees_with_pre_label"]


@dataclass(frozen=True)
class MeasureInArms:
    """One measure in both arms: a share from 0 to 1 (``is_share``), or a number."""

    measure: Measure
    is_share: bool
    shown: Figure
    blind: Figure


@dataclass(frozen=True)
class PrelabelEffect:
    """Annotations by experts with a pre-label in sight, and without; who is told to accept unread."""

    outcomes: Sequence[Outcome]
    shown: ArmMetrics
    blind: ArmMetrics
    stamps: Sequence[RubberStamping]

    def count(self, is_blind: bool) -> int:
        """How many annotations there are in an arm."""
        return sum(one.is_blind is is_blind for one in self.outcomes)

    def measures(self) -> tuple[MeasureInArms, ...]:
        """Each measure in both arms, in the order in which they are told."""
        shown, blind = self.shown, self.blind
        return (
            MeasureInArms("accepted", True, shown.accepted, blind.accepted), MeasureInArms("edits", False, shown.edits, blind.edits),
            MeasureInArms("seconds", False, shown.seconds, blind.seconds), MeasureInArms("agrees", True, shown.agrees, blind.agrees),
            MeasureInArms("agrees_with_pre_label", True, shown.agrees_with_pre_label, blind.agrees_with_pre_label),
        )


@dataclass(frozen=True)
class EffectReport:
    """The effect in a project, with names of people by their id in Label Studio, and what scores of each version that is in it are worth."""

    title: str
    effect: PrelabelEffect
    names: Mapping[int, str]
    calibrations: Mapping[str, Calibration | None]


def measure(parts: Components, ls_project_id: int) -> PrelabelEffect:
    """Both arms of the project's annotations by experts, as Label Studio has them now. Raises ``LabelStudioError``."""
    with parts.store.read() as unit:
        experts = {one.ls_user_id for one, _ in unit.people.everybody() if not one.is_manager}
    outcomes = [one for one in parts.extension.prelabel_outcomes(ls_project_id) if one.ls_user_id in experts]
    shown, blind = (arm([one for one in outcomes if one.is_blind is is_blind]) for is_blind in (False, True))
    return PrelabelEffect(outcomes, shown, blind, [one for one in stamps(outcomes) if one.is_told])


def load_report(parts: Components, ls_project_id: int) -> EffectReport:
    """The effect with what a reader needs beside it. Raises ``NotFound``, ``LabelStudioError``."""
    with parts.store.read() as unit:
        project = unit.projects.get(ls_project_id)
        names = {person.ls_user_id: person.shown_name for person, _ in unit.people.everybody()}
    if project is None:
        raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
    effect = measure(parts, ls_project_id)
    with parts.store.read() as unit:
        calibrations = {version: unit.prelabel_scores.calibration(ls_project_id, version) for version in sorted({one.version for one in effect.outcomes})}
    return EffectReport(project.title, effect, names, calibrations)
