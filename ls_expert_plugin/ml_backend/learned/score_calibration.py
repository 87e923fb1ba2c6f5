"""What a score is worth: how often experts let pre-labels with it stand. Platt scaling, learnt from what they submitted. Pure.

J. Platt, Probabilistic outputs for support vector machines (1999): a logistic curve through scores and outcomes, with targets a little less than
certain, so that few outcomes, all alike, do not make a score that is never in doubt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

MIN_OUTCOMES = 30
# Scores are agreement among a few samples, so 0 and 1 do not mean never and always.
_EDGE = 0.02


@dataclass(frozen=True)
class Calibration:
    """Of one version in one project: the curve, and from how many outcomes. ``is_blind``: all of them by people who did not see the pre-label."""

    slope: float
    intercept: float
    outcomes: int
    is_blind: bool

    def of(self, score: float) -> float:
        """The share of pre-labels with this score that experts let stand, 0 to 1."""
        return 1 / (1 + math.exp(-(self.slope * _logit(score) + self.intercept)))

    def applied(self, prediction: Mapping[str, Any]) -> dict[str, Any]:
        """The prediction with what its score is worth; one without a score stays as it is."""
        score = prediction.get("score")
        return {**prediction, "score": round(self.of(score), 4)} if isinstance(score, int | float) else dict(prediction)


@dataclass(frozen=True)
class Judged:
    """A pre-label's score, and whether an expert's annotation was the same. ``is_blind``: they did not see it. ``count``: so many alike."""

    score: float
    stood: bool
    is_blind: bool
    count: int = 1


def fit(judged: Sequence[Judged]) -> Calibration | None:
    """From those who did not see the pre-label, where they are enough: nobody steered them. None: too few."""
    blind = [one for one in judged if one.is_blind]
    is_blind = _number(blind) >= MIN_OUTCOMES
    used = blind if is_blind else list(judged)
    number = _number(used)
    if number < MIN_OUTCOMES:
        return None
    stood = sum(one.count for one in used if one.stood)
    fell = number - stood
    sure = ((stood + 1) / (stood + 2), 1 / (fell + 2))  # how sure "it stood" is of those that did, and of those that did not
    x = np.array([[_logit(one.score)] for one in used] * 2)
    y = np.array([1] * len(used) + [0] * len(used))
    counts = np.array([one.count for one in used])
    weights = np.array([sure[0] if one.stood else sure[1] for one in used])
    curve = LogisticRegression(C=100.0).fit(x, y, sample_weight=np.concatenate([counts * weights, counts * (1 - weights)]))
    slope, intercept = float(curve.coef_[0][0]), float(curve.intercept_[0])
    if slope <= 0:  # the score says nothing, or the contrary: then each is worth the same
        slope, intercept = 0.0, _logit((stood + 1) / (number + 2))
    return Calibration(slope, intercept, number, is_blind)


def _number(judged: Sequence[Judged]) -> int:
    return sum(one.count for one in judged)


def _logit(share: float) -> float:
    inside = min(max(share, _EDGE), 1 - _EDGE)
    return math.log(inside / (1 - inside))
