"""Which examples a language model is shown: those nearest to the task, and not all alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from ls_expert_plugin.ml_backend.llm.written_answers import as_example

SHOWN = 4
# Longer ones cost more than they help.
MAX_EXAMPLE_CHARS = 6000
# How much it counts against an example to be like one that is shown already.
_SAMENESS = 1.0


class Neighbours:
    """The examples of a set, ready to be compared with tasks. Frozen once made; safe to share between threads."""

    def __init__(self, examples: Sequence[Mapping[str, Any]]) -> None:
        shown = [one for one in map(as_example, examples) if one is not None]
        kept = [(one, text) for one in shown if 0 < len(text := _text(one["data"])) <= MAX_EXAMPLE_CHARS and any(map(str.isalnum, text))]
        self._examples = [one for one, _ in kept]
        self._texts = [text for _, text in kept]
        self._vectorizer = TfidfVectorizer(sublinear_tf=True, max_features=50_000, token_pattern=r"(?u)\b\w+\b")  # noqa: S106  # no password
        self._rows = self._vectorizer.fit_transform(self._texts) if kept else None

    def of(
        self, data: Mapping[str, Any], fields: Sequence[str], shown: int = SHOWN, may_show: Callable[[Mapping[str, Any]], bool] = lambda example: True
    ) -> list[Mapping[str, Any]]:
        """At most ``shown``, nearest last: what stands right before the task counts most. The task itself is none, whoever labelled it.

        ``fields``: those of the task's data that examples have too. ``may_show``: which examples may stand beside this task.
        """
        if self._rows is None:
            return []
        text = _text({field: data.get(field) for field in fields})
        near = (self._rows @ self._vectorizer.transform([text]).T).toarray().ravel()
        near[[number for number, other in enumerate(self._texts) if other == text]] = -1
        near[[number for number, example in enumerate(self._examples) if not may_show(example)]] = -1
        chosen: list[int] = []
        for _ in range(min(shown, len(self._texts))):
            alike = (self._rows @ self._rows[chosen].T).toarray().max(axis=1) if chosen else np.zeros(len(near))
            worth = np.where(near > 0, near - _SAMENESS * alike, -np.inf)
            worth[chosen] = -np.inf
            best = int(worth.argmax())
            if worth[best] == -np.inf:
                break
            chosen.append(best)
        return [self._examples[number] for number in sorted(chosen, key=lambda number: near[number])]


def _text(data: Mapping[str, Any]) -> str:
    return "\n".join(value if isinstance(value, str) else repr(value) for _, value in sorted(data.items()) if value)
