"""The learnt model of one Choices, Rating or Pairwise control: logistic regression on what the texts say and how.

Every example is answered once by a model that has not seen it. That decides how much the way of writing counts beside
the words, and how sure the model may be: probabilities are flattened until they fit how often those answers were right.
A model that has learnt nothing ends at "all the same", and ``guess`` then says nothing. One that was right on them no more often than the most
frequent label alone is no model: its pre-labels would steer experts and help nobody.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ls_expert_plugin.ml_backend.learned.models.features import TextFeatures

MIN_PER_LABEL = 2
FOLDS = 6
# "Don't know": an answer must be this many times likelier than a guess among the labels learnt.
TIMES_LIKELIER_THAN_CHANCE = 1.25
_STYLE_WEIGHTS = (0.0, 0.25, 1.0)
_TEMPERATURES = np.geomspace(0.05, 50, 60)


@dataclass(frozen=True)
class Guess:
    """A label and how probable the model holds it, 0 to 1."""

    label: str
    probability: float


class TextModel:
    """Answers one control. Texts are tuples: one text, or the left and the right one of a comparison."""

    def __init__(self, features: TextFeatures, style_weight: float, temperature: float, classifier: LogisticRegression) -> None:
        self._features = features
        self._style_weight = style_weight
        self._temperature = temperature
        self._classifier = classifier

    def guess(self, texts: tuple[str, ...]) -> Guess | None:
        """The likeliest label, or None for "don't know"."""
        logits = _logits(self._classifier, _rows(self._features, [texts], self._style_weight))
        probabilities = _softmax(logits / self._temperature)[0]
        best = int(probabilities.argmax())
        if probabilities[best] < TIMES_LIKELIER_THAN_CHANCE / len(probabilities):
            return None
        return Guess(str(self._classifier.classes_[best]), float(probabilities[best]))


def fit(texts: Sequence[tuple[str, ...]], labels: Sequence[str]) -> TextModel | None:
    """A model, or None where there is nothing to tell apart: fewer than two labels with ``MIN_PER_LABEL`` examples."""
    counts = Counter(labels)
    kept = [place for place, label in enumerate(labels) if counts[label] >= MIN_PER_LABEL]
    y = np.array([labels[place] for place in kept])
    seen = [texts[place] for place in kept]
    if len(set(y.tolist())) < 2 or not any(character.isalnum() for each in seen for text in each for character in text):
        return None
    features = TextFeatures([text for each in seen for text in each])
    with threadpool_limits(1):  # vectors this short are computed eight times faster by one thread than by several
        tried = ((*_calibrated(_rows(features, seen, weight), y), weight) for weight in _STYLE_WEIGHTS)
        _, temperature, right, weight = min(tried)
        if not _is_better_than_the_most_frequent(right, max(Counter(y.tolist()).values()), len(y)):
            return None
        return TextModel(features, weight, temperature, _fit(_rows(features, seen, weight), y))


def _rows(features: TextFeatures, texts: Sequence[tuple[str, ...]], style_weight: float) -> Any:
    """One row per tuple. For two texts, what the left has more than the right; for one, a column of ones goes along.

    Without that column, the intercept, a comparison has no favourite side: texts swapped give the answer swapped.
    """
    sides = [
        hstack([features.words(side), features.style(side) * style_weight]).tocsr()
        for side in ([each[place] for each in texts] for place in range(len(texts[0])))
    ]
    return hstack([sides[0], np.ones((len(texts), 1))]).tocsr() if len(sides) == 1 else sides[0] - sides[1]


def _fit(x: Any, y: Any) -> LogisticRegression:
    return LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000, fit_intercept=False).fit(x, y)


def _is_better_than_the_most_frequent(right: int, most: int, count: int) -> bool:
    """By more than the standard error of the share that was right, with one more each way, so that few examples all right are not without error."""
    share = (right + 1) / (count + 2)
    return right - most > count * math.sqrt(share * (1 - share) / count)


def _calibrated(x: Any, y: Any) -> tuple[float, float, int]:
    """``(loss, temperature, right)``: the temperature under which the answers to unseen examples are likeliest, its log loss, and how many were right.

    As in Platt's scaling the truth itself is held for a little less than certain, so that few examples, all answered
    right, do not make a model that is never in doubt.
    """
    counts = Counter(y.tolist())
    logits = np.zeros((len(y), len(counts)))
    for seen, unseen in StratifiedKFold(min(FOLDS, *counts.values()), shuffle=True, random_state=0).split(x, y):
        logits[unseen] = _logits(_fit(x[seen], y[seen]), x[unseen])
    doubt = 1 / (len(y) / len(counts) + 2)
    truth = np.full_like(logits, doubt / (len(counts) - 1))
    truth[np.arange(len(y)), np.unique(y, return_inverse=True)[1]] = 1 - doubt
    right = int((logits.argmax(axis=1) == np.unique(y, return_inverse=True)[1]).sum())
    return min((float(-(truth * np.log(_softmax(logits / t) + 1e-12)).sum(axis=1).mean()), float(t), right) for t in _TEMPERATURES)


def _logits(classifier: LogisticRegression, x: Any) -> Any:
    """Rows by labels, for two labels too, where scikit-learn gives one column."""
    logits = classifier.decision_function(x)
    return logits if logits.ndim == 2 else np.stack([np.zeros_like(logits), logits], axis=1)


def _softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
