"""The learnt model of one control with several answers: for each label a logistic regression of its own, yes or no, on what the texts say.

As in ``text_classifier.py`` every example is answered once by models that have not seen it, and probabilities are flattened until they fit how often
those answers were right; here over all labels together, because many have few examples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ls_expert_plugin.ml_backend.learned.models.features import TextFeatures

# With fewer, a label cannot be told from chance.
MIN_PER_LABEL = 5
MAX_LABELS = 60
FOLDS = 3
# "Don't know": a label is proposed when it is likelier than not.
LEAST = 0.5
_TEMPERATURES = np.geomspace(0.2, 20, 40)


class LabelsModel:
    """Answers one control about one text."""

    def __init__(self, features: TextFeatures, of_label: Mapping[str, LogisticRegression], temperature: float) -> None:
        self._features, self._of_label, self._temperature = features, of_label, temperature

    def guess(self, text: str) -> dict[str, float]:
        """The labels that are likelier than not, and how probable the model holds each."""
        row = self._features.words([text])
        found = {label: _probability(float(model.decision_function(row)[0]) / self._temperature) for label, model in self._of_label.items()}
        return {label: probability for label, probability in found.items() if probability > LEAST}


def fit(texts: Sequence[str], chosen: Sequence[Sequence[str]]) -> LabelsModel | None:
    """A model of texts and the labels chosen for each; None where no label has ``MIN_PER_LABEL`` examples with it and as many without."""
    counts = Counter(label for labels in chosen for label in set(labels))
    known = [label for label, count in counts.most_common(MAX_LABELS) if MIN_PER_LABEL <= count <= len(texts) - MIN_PER_LABEL]
    if not known or not any(character.isalnum() for text in texts for character in text):
        return None
    features = TextFeatures(texts)
    rows = features.words(texts)
    truth = {label: np.array([label in labels for labels in chosen]) for label in known}
    with threadpool_limits(1):
        unseen = {label: np.zeros(len(texts)) for label in known}
        for seen, left in KFold(FOLDS, shuffle=True, random_state=0).split(rows):
            for label in known:
                if len(set(truth[label][seen].tolist())) == 2:
                    unseen[label][left] = _fit(rows[seen], truth[label][seen]).decision_function(rows[left])
        logits, right = np.concatenate(list(unseen.values())), np.concatenate(list(truth.values()))
        temperature = min(_TEMPERATURES, key=lambda one: float(np.logaddexp(0, np.where(right, -logits, logits) / one).mean()))
        return LabelsModel(features, {label: _fit(rows, truth[label]) for label in known}, float(temperature))


def _fit(rows: object, truth: object) -> LogisticRegression:
    return LogisticRegression(C=10.0, max_iter=1000).fit(rows, truth)


def _probability(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
