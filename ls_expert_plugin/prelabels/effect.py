"""Use case: what pre-labels changed, by the blind arm and the shown one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ls_expert_plugin.agreement.ab_metrics import ArmMetrics, Outcome, RubberStamping, arm, stamps
from ls_expert_plugin.bootstrap import Components

LINES = (("accepted", "annotation is the pre-label", True), ("edits", "edits from pre-label to annotation", False),
         ("seconds", "seconds, median", False), ("agrees", "agreement with others' annotations", True),
         ("agrees_with_pre_label", "agreement with the pre-label", True))


@dataclass(frozen=True)
class PrelabelEffect:
    """Annotations by experts with a pre-label in sight, and without; who is told to accept unread."""

    outcomes: Sequence[Outcome]
    shown: ArmMetrics
    blind: ArmMetrics
    stamps: Sequence[RubberStamping]

    def count(self, is_blind: bool) -> int:
        """Annotations in an arm."""
        return sum(one.is_blind is is_blind for one in self.outcomes)


def measure(parts: Components, ls_project_id: int) -> PrelabelEffect:
    """Raises ``LabelStudioError``."""
    with parts.store.read() as unit:
        experts = {one.ls_user_id for one, _ in unit.people.everybody() if not one.is_manager}
    outcomes = [one for one in parts.extension.prelabel_outcomes(ls_project_id) if one.ls_user_id in experts]
    shown, blind = (arm([one for one in outcomes if one.is_blind is is_blind]) for is_blind in (False, True))
    return PrelabelEffect(outcomes, shown, blind, [one for one in stamps(outcomes) if one.is_told])
