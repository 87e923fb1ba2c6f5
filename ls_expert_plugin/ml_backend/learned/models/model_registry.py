"""Models learnt from an example set, and where they are kept. Fitting happens at first use, once per project and version."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ls_expert_plugin.ml_backend.label_config.annotation_results import answer_in, reply_in, spans_in
from ls_expert_plugin.ml_backend.label_config.controls import Control
from ls_expert_plugin.ml_backend.label_config.parser import read_controls
from ls_expert_plugin.ml_backend.label_config.prediction_format import ControlAnswer
from ls_expert_plugin.ml_backend.label_config.task_content import texts_of
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.learned.models import multilabel_classifier, span_tagger, text_classifier

KEPT_MODELS = 16


@dataclass(frozen=True)
class TrainedModels:
    """What was learnt from one example set, control by control. Controls with too little to learn from are missing."""

    text_models: Mapping[Control, text_classifier.TextModel]
    span_models: Mapping[Control, span_tagger.SpanModel]
    labels_models: Mapping[Control, multilabel_classifier.LabelsModel] = field(default_factory=dict)

    def answer(self, control: Control, data: object) -> ControlAnswer | None:
        """The learnt answer; None for "don't know", also when the control is not the one that was learnt."""
        texts = texts_of(control, data)
        if texts is None:
            return None
        if several := self.labels_models.get(control):
            labels = several.guess("\n".join(texts))
            probability = sum(labels.values()) / len(labels) if labels else None
            return ControlAnswer(control, texts, labels=tuple(sorted(labels)), probability=probability) if labels else None
        if model := self.text_models.get(control):
            guess = model.guess(_sides(control, texts))
            return ControlAnswer(control, texts, label=guess.label, probability=guess.probability) if guess else None
        if spans := self.span_models.get(control):
            found = spans.find(texts[0])
            probability = sum(each.probability for each in found) / len(found) if found else None
            return ControlAnswer(control, texts, spans=tuple(each.span for each in found), probability=probability)
        return None


def is_learnable(control: Control) -> bool:
    """Whether we learn it: one or several of the same labels for a whole text, a comparison, or spans of plain text; always asked."""
    if control.is_per_region or control.conditions or control.options_key or control.object_kind == "image":
        return False
    return control.kind in ("choices", "taxonomy", "rating", "pairwise") or control.kind == "labels" and control.object_kind == "text"


def fit(example_set: ExampleSet) -> TrainedModels:
    """Learn every control of the label config the examples were made under."""
    text_models: dict[Control, text_classifier.TextModel] = {}
    span_models: dict[Control, span_tagger.SpanModel] = {}
    labels_models: dict[Control, multilabel_classifier.LabelsModel] = {}
    for control in filter(is_learnable, read_controls(example_set.label_config)):
        seen = [(texts, list(each["result"])) for each in example_set.examples if (texts := texts_of(control, each["data"]))]
        if control.kind == "labels":
            marked = [spans_in(control, texts[0], result) for texts, result in seen]
            if spans := span_tagger.fit([texts[0] for texts, _ in seen], marked):
                span_models[control] = spans
        elif control.multiple:
            chosen = [("\n".join(texts), reply_in(control, {}, result)) for texts, result in seen]
            answered = [(text, labels) for text, labels in chosen if labels]
            if several := multilabel_classifier.fit([text for text, _ in answered], [labels for _, labels in answered]):
                labels_models[control] = several
        elif model := _fit_text(control, seen):
            text_models[control] = model
    return TrainedModels(text_models, span_models, labels_models)


def _sides(control: Control, texts: tuple[str, ...]) -> tuple[str, ...]:
    """A comparison is about two texts; everything else about one, also where it is a dialogue."""
    return texts if control.kind == "pairwise" else ("\n".join(texts),)


def _fit_text(control: Control, seen: Sequence[tuple[tuple[str, ...], list[Any]]]) -> text_classifier.TextModel | None:
    answered = [(_sides(control, texts), label) for texts, result in seen if (label := answer_in(control, result)) is not None]
    return text_classifier.fit([texts for texts, _ in answered], [label for _, label in answered])


class TrainedModelCache:
    """The last ``KEPT_MODELS`` fitted. Safe to share between threads; two requests for the same set fit it once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: OrderedDict[tuple[int, str], _Slot] = OrderedDict()

    def of(self, example_set: ExampleSet) -> TrainedModels:
        """The models of this example set, fitted now if nobody did before."""
        key = (example_set.ls_project_id, example_set.version)
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > KEPT_MODELS:
                self._slots.popitem(last=False)
        with slot.lock:
            if slot.fitted is None:
                slot.fitted = fit(example_set)
            return slot.fitted


class _Slot:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.fitted: TrainedModels | None = None
