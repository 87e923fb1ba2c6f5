"""Parser of a language model's reply: from the JSON that was asked for to answers of controls. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ls_expert_plugin.ml_backend.label_config.controls import REGION_KINDS, Control
from ls_expert_plugin.ml_backend.label_config.prediction_format import ControlAnswer, Relation, check, wants
from ls_expert_plugin.ml_backend.label_config.task_content import Box, Span, page_of, texts_of
from ls_expert_plugin.ml_backend.llm.prompt import EDGE_PERCENT, MAX_WRITTEN_CHARS, LabelingQuestions
from ls_expert_plugin.ml_backend.llm.quote_matching import locate


@dataclass(frozen=True)
class ParsedReply:
    """What a reply gives. ``lost``: quotes that are not in the text and values that cannot be, by control."""

    answers: tuple[ControlAnswer, ...]
    relations: tuple[Relation, ...] = ()
    lost: Mapping[str, int] = field(default_factory=dict)


def answers(
    asked: LabelingQuestions, data: Mapping[str, Any], reply: Mapping[str, Any], sizes: Mapping[str, tuple[int, int]] | None = None,
    sure: Mapping[str, float] | None = None,
) -> ParsedReply:
    """The usable answers in a reply that fits ``schema``.

    ``sizes``: of the pictures, by data field, width and height in pixels. ``sure``: by key, how probable the model held its answer, where it told;
    of regions and written texts that says little, because the longer they are the less probable each is.
    """
    made: list[ControlAnswer] = []
    numbers: dict[int, int] = {}
    lost: dict[str, int] = {}
    for key, control in asked.whole.items():
        texts, said = texts_of(control, data), reply.get(key)
        if texts is None or said is None:
            continue
        answer: ControlAnswer | None
        if control.kind in REGION_KINDS:
            if control.kind == "rectanglelabels":
                answer, theirs, missing = _boxes(control, asked, texts, said, (sizes or {}).get(control.data_keys[0]))
            else:
                answer, theirs, missing = _regions(control, asked, texts, data, said)
            if missing:
                lost[control.name] = missing
            before = sum(len(one.boxes or one.spans) for one in made)
            numbers.update({n: before + place for n, place in theirs.items()})
        else:
            answer = _answer(control, texts, said)
            if answer is not None and sure and control.kind != "textarea":
                answer = dataclasses.replace(answer, probability=sure.get(key))
        if answer is None or answer.is_empty:
            continue
        try:
            check(answer)
        except ValueError:  # a number out of its bounds, a date that is none: as good as no answer
            lost[control.name] = lost.get(control.name, 0) + 1
            continue
        made.append(answer)
    return ParsedReply(tuple(made), tuple(_relations(asked, reply, numbers)), lost)


def _answer(control: Control, texts: tuple[str, ...], said: Any) -> ControlAnswer | None:
    match control.kind:
        case "choices" | "taxonomy" if control.multiple:
            chosen = tuple(sorted(set(said) & set(control.labels)))
            return ControlAnswer(control, texts, labels=chosen)
        case "number":
            return ControlAnswer(control, texts, number=float(said))
        case "datetime":
            return ControlAnswer(control, texts, written=(said,))
        case "textarea":
            written = tuple(text for text in said if text.strip() and len(text) <= MAX_WRITTEN_CHARS)
            return ControlAnswer(control, texts, written=written[: control.most] if control.most else written)
        case "ranker" if control.buckets:
            placed = tuple((name, tuple(said[name])) for name in control.buckets if said[name])
            return ControlAnswer(control, texts, buckets=placed)
        case "ranker":
            order = list(dict.fromkeys(one for one in said if one in control.labels))
            return ControlAnswer(control, texts, written=tuple(order)) if len(order) == len(control.labels) else None
    return ControlAnswer(control, texts, label=said) if said in control.labels else None


def _regions(
    control: Control, asked: LabelingQuestions, texts: tuple[str, ...], data: Mapping[str, Any], said: Sequence[Mapping[str, Any]]
) -> tuple[ControlAnswer, dict[int, int], int]:
    """The answer, the place of each of the reply's numbers among its spans, and how many quotes were not found."""
    found: list[tuple[Span, int | None, tuple[ControlAnswer, ...]]] = []
    lost = 0
    more = asked.of_each_region(control)
    for each in said:
        utterance = each.get("utterance", 0)
        if each["label"] not in control.labels or not 0 <= utterance < len(texts):
            lost += 1
            continue
        taken = [(span.start, span.end) for span, _, _ in found if span.utterance == utterance]
        place = locate(texts[utterance], each["quote"], taken)
        if place is None:
            lost += 1
            continue
        found.append((Span(*place, each["label"], utterance), each.get("n"), _about(each, more, texts)))
    found.sort(key=lambda one: (one[0].utterance, one[0].start))
    numbers = {n: place for place, (_, n, _) in enumerate(found) if n is not None}
    page = page_of(data[control.data_keys[0]]) if control.object_kind == "hypertext" else None
    answer = ControlAnswer(
        control, texts, spans=tuple(span for span, _, _ in found), page=page,
        of_span=tuple(one for _, _, one in found) if any(one for _, _, one in found) else (),
    )
    return answer, numbers, lost


def _boxes(
    control: Control, asked: LabelingQuestions, texts: tuple[str, ...], said: Sequence[Mapping[str, Any]], size: tuple[int, int] | None
) -> tuple[ControlAnswer, dict[int, int], int]:
    """As ``_regions``. A box that leaves the picture by a hair is cut at its edge."""
    found: list[tuple[Box, int | None, tuple[ControlAnswer, ...]]] = []
    lost = 0
    more = asked.of_each_region(control)
    for each in said:
        left, top, right, bottom = each["x"], each["y"], each["x"] + each["width"], each["y"] + each["height"]
        is_inside = min(left, top) >= -EDGE_PERCENT and max(right, bottom) <= 100 + EDGE_PERCENT
        left, top, right, bottom = (round(min(max(one, 0.0), 100.0), 4) for one in (left, top, right, bottom))
        if each["label"] not in control.labels or not is_inside or right <= left or bottom <= top or size is None:
            lost += 1
            continue
        box = Box(left, top, round(right - left, 4), round(bottom - top, 4), each["label"])
        if any(one == box for one, _, _ in found):
            lost += 1
            continue
        found.append((box, each.get("n"), _about(each, more, texts)))
    numbers = {n: place for place, (_, n, _) in enumerate(found) if n is not None}
    of_each = tuple(one for _, _, one in found)
    return ControlAnswer(control, texts, boxes=tuple(box for box, _, _ in found), of_span=of_each if any(of_each) else (), size=size), numbers, lost


def _about(each: Mapping[str, Any], more: Mapping[str, Control], texts: tuple[str, ...]) -> tuple[ControlAnswer, ...]:
    """What is said about one piece beyond its label."""
    return tuple(
        answer for name, one in more.items()
        if wants(one, each["label"]) and each.get(name) is not None and (answer := _answer(one, texts, each[name])) and not answer.is_empty
    )


def _relations(asked: LabelingQuestions, reply: Mapping[str, Any], numbers: Mapping[int, int]) -> list[Relation]:
    """Those between pieces that were found."""
    given = reply.get("relations") if asked.asks_relations else None
    made: dict[Relation, None] = {}
    for each in given or ():
        source, target = numbers.get(each["from"]), numbers.get(each["to"])
        if source is not None and target is not None and source != target:
            made[Relation(source, target, each["label"])] = None
    return list(made)
