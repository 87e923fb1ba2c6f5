"""What several answers of a language model to the same task agree on, and how far. Pure."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from ls_expert_plugin.ml_backend.label_config.controls import REGION_KINDS
from ls_expert_plugin.ml_backend.label_config.prediction_format import ControlAnswer
from ls_expert_plugin.ml_backend.label_config.task_content import Box, Span

# Two boxes with one label that share so much are the same: the usual bound of object detection (PASCAL VOC).
SAME_BOX = 0.5


def agreed(samples: Sequence[Sequence[ControlAnswer]]) -> tuple[ControlAnswer, ...]:
    """For each control what most samples say, with the share of samples that say so as its probability; nothing where that is no more than half.

    A span counts when more than half of the samples have it exactly; the spans' probability is the mean of their shares. Written texts are taken
    from the first sample, without a probability: two texts are never the same.
    """
    if len(samples) == 1:
        return tuple(samples[0])
    names = list(dict.fromkeys(answer.control.name for sample in samples for answer in sample))
    found = [_of_one([next((one for one in sample if one.control.name == name), None) for sample in samples]) for name in names]
    return tuple(answer for answer in found if answer is not None)


def _of_one(given: Sequence[ControlAnswer | None]) -> ControlAnswer | None:
    first = next(one for one in given if one is not None)
    if first.control.kind == "textarea":
        return first
    if first.control.kind == "rectanglelabels":
        return _boxes(first, [one for one in given if one is not None], len(given))
    if first.control.kind in REGION_KINDS:
        return _spans(first, [one for one in given if one is not None], len(given))
    counts = Counter(_said(one) for one in given if one is not None)
    said, count = counts.most_common(1)[0]
    if 2 * count <= len(given):
        return None
    answer = next(one for one in given if one is not None and _said(one) == said)
    return dataclasses.replace(answer, probability=count / len(given))


def _said(one: ControlAnswer) -> tuple[object, ...]:
    return one.label, one.labels, one.number, one.written, one.buckets


def _boxes(first: ControlAnswer, given: Sequence[ControlAnswer], of: int) -> ControlAnswer | None:
    """The first sample's boxes that more than half of the samples have, nearly."""
    shares: dict[int, int] = {}
    for number, box in enumerate(first.boxes):
        shares[number] = 0
        for sample in given:
            shares[number] += any(one.label == box.label and overlap(one, box) >= SAME_BOX for one in sample.boxes)
    kept = [number for number, count in shares.items() if 2 * count > of]
    if not kept:
        return None
    return dataclasses.replace(
        first, boxes=tuple(first.boxes[number] for number in kept), of_span=tuple(first.of_span[number] for number in kept) if first.of_span else (),
        probability=sum(shares[number] for number in kept) / len(kept) / of,
    )


def overlap(one: Box, other: Box) -> float:
    """The area of both over the area of either, 0 to 1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    both = max(width, 0.0) * max(height, 0.0)
    either = one.width * one.height + other.width * other.height - both
    return both / either if either else 0.0


def _spans(first: ControlAnswer, given: Sequence[ControlAnswer], of: int) -> ControlAnswer | None:
    counts: Counter[Span] = Counter(span for one in given for span in one.spans)
    kept = sorted((span for span, count in counts.items() if 2 * count > of), key=lambda span: (span.utterance, span.start, span.end))
    apart: list[Span] = []
    for span in kept:
        if not apart or apart[-1].utterance != span.utterance or apart[-1].end <= span.start:
            apart.append(span)
    if not apart:
        return None
    about = {span: more for one in given if one.of_span for span, more in zip(one.spans, one.of_span, strict=True)}
    return dataclasses.replace(
        first, spans=tuple(apart), of_span=tuple(about.get(span, ()) for span in apart) if about else (),
        probability=sum(counts[span] for span in apart) / len(apart) / of,
    )
