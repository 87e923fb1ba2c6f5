"""Answers in the shape Label Studio stores and draws, and the check each one passes before it leaves.

Label Studio does not check: an unknown label is accepted silently, an empty result is stored and never asked for again,
and one bad score loses the whole batch. ``{}`` makes it skip the task and ask again another time.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ls_expert_plugin.ml_backend.annotated import Span
from ls_expert_plugin.ml_backend.label_config import Control

NO_PREDICTION: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Answer:
    """An answer to one control: one label, or spans. ``probability`` is None where nobody knows it."""

    control: Control
    texts: tuple[str, ...]
    label: str | None = None
    spans: tuple[Span, ...] = ()
    probability: float | None = None

    @property
    def is_empty(self) -> bool:
        return self.label is None and not self.spans


def prediction(answers: Iterable[Answer], model_version: str) -> dict[str, Any]:
    """What Label Studio gets for one task: ``{}`` when there is nothing to propose.

    ``score`` is the mean of the probabilities, left out where there are none. Raises ``ValueError`` for an answer that
    the label config does not allow.
    """
    given = [answer for answer in answers if not answer.is_empty]
    for answer in given:
        _check(answer)
    if not given:
        return dict(NO_PREDICTION)
    made: dict[str, Any] = {"result": [item for answer in given for item in _items(answer)], "model_version": model_version}
    probabilities = [answer.probability for answer in given if answer.probability is not None]
    if probabilities:
        made["score"] = round(sum(probabilities) / len(probabilities), 4)
    return made


def _check(answer: Answer) -> None:
    control, probability = answer.control, answer.probability
    if probability is not None and not (math.isfinite(probability) and 0 <= probability <= 1):
        raise ValueError(f"{control.name}: {probability!r} is no probability")
    if control.kind == "labels":
        _check_spans(control, answer.texts[0], answer.spans)
    elif answer.label not in control.labels or answer.spans:
        raise ValueError(f"{control.name}: {answer.label!r} is not one of its labels")


def _check_spans(control: Control, text: str, spans: Sequence[Span]) -> None:
    end = 0
    for span in sorted(spans, key=lambda span: span.start):
        if span.label not in control.labels:
            raise ValueError(f"{control.name}: {span.label!r} is not one of its labels")
        if not end <= span.start < span.end <= len(text):
            raise ValueError(f"{control.name}: a span from {span.start} to {span.end} overlaps another or leaves the text")
        end = span.end


def _items(answer: Answer) -> list[dict[str, Any]]:
    control = answer.control
    match control.kind:
        case "labels":
            text = answer.texts[0]
            values: list[dict[str, Any]] = [
                {"start": span.start, "end": span.end, "text": text[span.start:span.end], "labels": [span.label]}
                for span in answer.spans
            ]
        case "choices":
            values = [{"choices": [answer.label]}]
        case "rating":
            values = [{"rating": int(answer.label or 0)}]
        case "pairwise":
            values = [{"selected": answer.label}]
    shared = {"from_name": control.name, "to_name": control.to_name[0], "type": control.kind}
    return [{"id": _region_id(control, value), **shared, "value": value} for value in values]


def _region_id(control: Control, value: Mapping[str, Any]) -> str:
    """Unique within a prediction, and the same each time: asking twice gives the same answer."""
    return hashlib.sha256(repr((control.name, sorted(value.items()))).encode("utf-8", "backslashreplace")).hexdigest()[:10]
