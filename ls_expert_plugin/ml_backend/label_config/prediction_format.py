"""Answers in the shape Label Studio stores and draws, and the check each one passes before it leaves.

Label Studio does not check: an unknown label is accepted silently, an empty result is stored and never asked for again,
and one bad score loses the whole batch. ``{}`` makes it skip the task and ask again another time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ls_expert_plugin.ml_backend.label_config.controls import REGION_KINDS, Condition, Control
from ls_expert_plugin.ml_backend.label_config.html_text import Page, utf16
from ls_expert_plugin.ml_backend.label_config.task_content import Box, Span

NO_PREDICTION: Mapping[str, Any] = {}
# A form of dates and times for each ``only``, as Label Studio writes them.
DATE_FORMS = {None: "%Y-%m-%dT%H:%M", "date": "%Y-%m-%d", "time": "%H:%M", "month": "%Y-%m", "year": "%Y"}
DATE_SHOWN = {None: "YYYY-MM-DDTHH:MM", "date": "YYYY-MM-DD", "time": "HH:MM", "month": "YYYY-MM", "year": "YYYY"}


@dataclass(frozen=True)
class ControlAnswer:
    """An answer to one control; one of ``label`` (one of its labels), ``labels`` (several), ``number``, ``written`` (texts, a date, a
    ranking's ids), ``buckets`` (of a ranking into buckets: their names and ids), ``spans`` or ``boxes``.

    ``of_span``: answers about each span or box. ``probability`` is None where nobody knows it.
    ``page``: where the text of a HyperText object stands. ``size``: of the picture, width and height in pixels.
    """

    control: Control
    texts: tuple[str, ...]
    label: str | None = None
    spans: tuple[Span, ...] = ()
    probability: float | None = None
    labels: tuple[str, ...] = ()
    number: float | None = None
    written: tuple[str, ...] = ()
    of_span: tuple[tuple[ControlAnswer, ...], ...] = ()
    page: Page | None = None
    boxes: tuple[Box, ...] = ()
    size: tuple[int, int] | None = None
    buckets: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.label is None and not self.spans and not self.boxes and not self.labels and self.number is None and not self.written and not any(
            ids for _, ids in self.buckets)


@dataclass(frozen=True)
class Relation:
    """From one span to another. Spans are numbered through all answers, in their order."""

    source: int
    target: int
    label: str | None = None


def prediction(answers: Iterable[ControlAnswer], model_version: str, relations: Sequence[Relation] = ()) -> dict[str, Any]:
    """What Label Studio gets for one task: ``{}`` when there is nothing to propose.

    ``score`` is the mean of the probabilities, left out where there are none. Answers to controls that are not shown are left out.
    Raises ``ValueError`` for an answer that the label config does not allow.
    """
    given = [answer for answer in answers if not answer.is_empty]
    given = [answer for answer in given if all(_is_met(one, given) for one in answer.control.conditions)]
    for answer in given:
        check(answer)
    if not given:
        return dict(NO_PREDICTION)
    result: list[dict[str, Any]] = []
    regions: list[str] = []
    for answer in given:
        for item in _items(answer):
            if answer.control.kind in REGION_KINDS and item["type"] == answer.control.kind:
                regions.append(item["id"])
            result.append(item)
    for relation in relations:
        result.append(_relation(relation, regions))
    made: dict[str, Any] = {"result": result, "model_version": model_version}
    probabilities = [answer.probability for answer in given if answer.probability is not None]
    if probabilities:
        made["score"] = round(sum(probabilities) / len(probabilities), 4)
    return made


def _is_met(condition: Condition, given: Sequence[ControlAnswer]) -> bool:
    """``region-selected`` is looked at region by region."""
    if condition.on == "region-selected":
        return True
    chosen: set[str] = set()
    for answer in given:
        if answer.control.kind in ("choices", "taxonomy") and condition.tag in (None, answer.control.name):
            for label in (*answer.labels, *([answer.label] if answer.label else [])):
                chosen.update((label, answer.control.paths.get(label, (label,))[-1]))
    met = bool(chosen & set(condition.values)) if condition.values else bool(chosen)
    return met if condition.on == "choice-selected" else not met


def wants(control: Control, label: str) -> bool:
    """Whether a control for each region is asked of a region with this label."""
    return all(not one.values or label in one.values for one in control.conditions if one.on == "region-selected")


def check(answer: ControlAnswer) -> None:
    """Raise ``ValueError`` for an answer that the label config does not allow."""
    control, probability = answer.control, answer.probability
    if probability is not None and not (math.isfinite(probability) and 0 <= probability <= 1):
        raise ValueError(f"{control.name}: {probability!r} is no probability")
    match control.kind:
        case "labels" | "hypertextlabels" | "paragraphlabels":
            _check_spans(answer)
        case "rectanglelabels":
            _check_boxes(answer)
        case "choices" | "taxonomy":
            chosen = answer.labels or (() if answer.label is None else (answer.label,))
            if not set(chosen) <= set(control.labels) or len(set(chosen)) != len(chosen) or not chosen or (len(chosen) > 1 and not control.multiple):
                raise ValueError(f"{control.name}: {chosen!r} is not one of its labels")
        case "rating" | "pairwise":
            if answer.label not in control.labels:
                raise ValueError(f"{control.name}: {answer.label!r} is not one of its labels")
        case "number":
            _check_number(control, answer.number)
        case "datetime":
            _check_date(control, answer.written)
        case "textarea":
            if not answer.written or not all(text.strip() for text in answer.written) or len(answer.written) > (control.most or math.inf):
                raise ValueError(f"{control.name}: {len(answer.written)} texts")
        case "ranker" if control.buckets:
            ids = [one for _, theirs in answer.buckets for one in theirs]
            if {name for name, _ in answer.buckets} - set(control.buckets) or len(set(ids)) != len(ids) or set(ids) - set(control.labels):
                raise ValueError(f"{control.name}: an item stands in one bucket at the most")
        case "ranker":
            if sorted(answer.written) != sorted(control.labels):
                raise ValueError(f"{control.name}: a ranking has each item once")
    if (answer.spans or answer.boxes) and control.kind not in REGION_KINDS:
        raise ValueError(f"{control.name}: it marks nothing")


def _check_spans(answer: ControlAnswer) -> None:
    control, ends = answer.control, dict[int, int]()
    if answer.of_span and len(answer.of_span) != len(answer.spans):
        raise ValueError(f"{control.name}: answers about {len(answer.of_span)} of {len(answer.spans)} spans")
    for span in sorted(answer.spans, key=lambda span: (span.utterance, span.start)):
        if span.label not in control.labels:
            raise ValueError(f"{control.name}: {span.label!r} is not one of its labels")
        if not 0 <= span.utterance < (len(answer.texts) if control.object_kind == "paragraphs" else 1):
            raise ValueError(f"{control.name}: there is no utterance {span.utterance}")
        if not ends.get(span.utterance, 0) <= span.start < span.end <= len(answer.texts[span.utterance]):
            raise ValueError(f"{control.name}: a span from {span.start} to {span.end} overlaps another or leaves the text")
        ends[span.utterance] = span.end
    for more in answer.of_span:
        for one in more:
            check(one)


def _check_boxes(answer: ControlAnswer) -> None:
    control = answer.control
    if answer.size is None or min(answer.size) < 1:
        raise ValueError(f"{control.name}: the size of its picture is not known")
    if answer.of_span and len(answer.of_span) != len(answer.boxes):
        raise ValueError(f"{control.name}: answers about {len(answer.of_span)} of {len(answer.boxes)} boxes")
    for box in answer.boxes:
        if box.label not in control.labels:
            raise ValueError(f"{control.name}: {box.label!r} is not one of its labels")
        sides = (box.x, box.y, box.width, box.height)
        ends = max(box.x + box.width, box.y + box.height)
        if not all(math.isfinite(one) and one >= 0 for one in sides) or not (box.width and box.height) or ends > 100 + 1e-6:
            raise ValueError(f"{control.name}: a box {sides} leaves the picture")
    for more in answer.of_span:
        for one in more:
            check(one)


def _check_number(control: Control, number: float | None) -> None:
    fits = number is not None and math.isfinite(number) and (control.low is None or number >= control.low) and (control.high is None or number <= control.high)
    if fits and control.step and number is not None:
        steps = (number - (control.low or 0)) / control.step
        fits = abs(steps - round(steps)) < 1e-6
    if not fits:
        raise ValueError(f"{control.name}: {number!r} is out of its bounds")


def _check_date(control: Control, written: tuple[str, ...]) -> None:
    try:
        (moment,) = written
        if dt.datetime.strptime(moment, DATE_FORMS[control.only]).strftime(DATE_FORMS[control.only]) != moment:  # noqa: DTZ007  # no zone in it
            raise ValueError
    except ValueError:
        raise ValueError(f"{control.name}: {written!r} is no {control.only or 'date and time'}") from None


def _items(answer: ControlAnswer) -> list[dict[str, Any]]:
    control = answer.control
    if control.kind not in REGION_KINDS:
        value = _value(answer)
        return [{"id": _region_id(control, value), **_shared(control), "value": value}]
    made = []
    drawn = _drawn_on(answer.size) if answer.size else {}
    pieces: Sequence[Box | Span] = answer.boxes or answer.spans
    for number, piece in enumerate(pieces):
        where = _box(piece) if isinstance(piece, Box) else _where(answer, piece)
        if where is None:
            continue
        value = {**where, control.kind: [piece.label]}
        region = _region_id(control, value)
        made.append({"id": region, **_shared(control), **drawn, "value": value})
        for more in answer.of_span[number] if answer.of_span else ():
            made.append({"id": region, **_shared(more.control), **drawn, "value": {**where, **_value(more)}})
    return made


def _drawn_on(size: tuple[int, int]) -> dict[str, Any]:
    return {"original_width": size[0], "original_height": size[1], "image_rotation": 0}


def _box(box: Box) -> dict[str, Any]:
    return {"x": box.x, "y": box.y, "width": box.width, "height": box.height, "rotation": 0}


def _where(answer: ControlAnswer, span: Span) -> dict[str, Any] | None:
    text = answer.texts[span.utterance][span.start : span.end]
    match answer.control.kind:
        case "paragraphlabels":
            whole, number = answer.texts[span.utterance], str(span.utterance)
            return {"start": number, "end": number, "startOffset": utf16(whole[: span.start]), "endOffset": utf16(whole[: span.end]), "text": text}
        case "hypertextlabels":
            place = answer.page.place(span.start, span.end) if answer.page else None
            return {**place, "text": text} if place else None
    return {"start": span.start, "end": span.end, "text": text}


def _value(answer: ControlAnswer) -> dict[str, Any]:
    control = answer.control
    match control.kind:
        case "choices" | "taxonomy":
            chosen = answer.labels or (answer.label or "",)
            return {control.kind: [list(control.paths[label]) if control.is_nested else label for label in chosen]}
        case "rating":
            return {"rating": int(answer.label or 0)}
        case "pairwise":
            return {"selected": answer.label}
        case "number":
            number = answer.number or 0.0
            return {"number": int(number) if number.is_integer() else number}
        case "datetime":
            return {"datetime": answer.written[0]}
        case "textarea":
            return {"text": list(answer.written)}
    if control.buckets:
        return {"ranker": {name: list(ids) for name, ids in answer.buckets}}
    return {"ranker": {control.name: list(answer.written)}}


def _shared(control: Control) -> dict[str, Any]:
    return {"from_name": control.name, "to_name": control.to_name[0], "type": control.kind}


def _relation(relation: Relation, regions: Sequence[str]) -> dict[str, Any]:
    if not (0 <= relation.source < len(regions) and 0 <= relation.target < len(regions) and relation.source != relation.target):
        raise ValueError("a relation between regions that are not there")
    made: dict[str, Any] = {"from_id": regions[relation.source], "to_id": regions[relation.target], "type": "relation", "direction": "right"}
    return {**made, "labels": [relation.label]} if relation.label else made


def _region_id(control: Control, value: Mapping[str, Any]) -> str:
    """Unique within a prediction, and the same each time: asking twice gives the same answer."""
    return hashlib.sha256(repr((control.name, sorted(value.items()))).encode("utf-8", "backslashreplace")).hexdigest()[:10]
