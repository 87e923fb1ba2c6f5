"""Asks a language model for the answers to a task: the prompt, the schema of the reply, and reading the reply.

The task's texts are data, sent as JSON strings apart from the instructions. The reply is a proposal: labels are checked
against the label config, and quotes that are not in the text are dropped.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ls_expert_plugin.llm.port import Message, Picture, Prompt
from ls_expert_plugin.ml_backend.annotated import Box, Span, as_shown, items, page_of, reply_in, texts_of
from ls_expert_plugin.ml_backend.controls import REGION_KINDS, Control, LabelConfig
from ls_expert_plugin.ml_backend.cost import PURPOSE
from ls_expert_plugin.ml_backend.label_config import resolved
from ls_expert_plugin.ml_backend.offsets import locate
from ls_expert_plugin.ml_backend.predictions import DATE_SHOWN, Answer, Relation, check, wants

PROMPT_VERSION = "prelabel.v2"
# These go along where a question is about a picture, or a ranking has buckets: what others are asked stays the same.
PICTURES_VERSION = "pictures.v1"
BUCKETS_VERSION = "buckets.v1"
MAX_TOKENS = 4000
# Longer texts cost more than a pre-label is worth, and replies about them get cut off.
MAX_TEXT_CHARS = 40_000
# Endpoints take so many values in the lists of a schema and no more; labels beyond are checked afterwards.
MAX_LISTED = 400
MAX_WRITTEN_CHARS = 4000
EDGE_PERCENT = 1.0


@dataclass(frozen=True)
class Asked:
    """What is asked about one task: its controls by the key they have in prompt and reply, and those asked of each region, by theirs."""

    whole: Mapping[str, Control]
    of_regions: Mapping[str, Control] = field(default_factory=dict)
    asks_relations: bool = False
    relations: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.whole)

    @property
    def picture_keys(self) -> tuple[str, ...]:
        """The data fields that hold pictures, in the order in which they are attached."""
        return tuple(dict.fromkeys(one.data_keys[0] for one in self.whole.values() if one.object_kind == "image"))


@dataclass(frozen=True)
class Proposed:
    """What a reply gives. ``lost``: quotes that are not in the text and values that cannot be, by control."""

    answers: tuple[Answer, ...]
    relations: tuple[Relation, ...] = ()
    lost: Mapping[str, int] = field(default_factory=dict)


def answerable(config: LabelConfig, data: object) -> Asked:
    """What is worth asking about this task."""
    if not isinstance(data, Mapping):
        return Asked({})
    whole: dict[str, Control] = {}
    regions: dict[str, Control] = {}
    for number, control in enumerate(config.controls):
        texts, offered = texts_of(control, data), _with_items(resolved(control, data), data)
        if texts is None or offered is None or control.object_kind != "image" and sum(map(len, texts)) > MAX_TEXT_CHARS:
            continue
        if control.is_per_region:
            regions[f"r{number}"] = offered
        else:
            whole[f"q{number}"] = offered
    makers = [one for one in whole.values() if one.kind in REGION_KINDS]
    regions = {key: one for key, one in regions.items() if any(maker.to_name == one.to_name for maker in makers)}
    return Asked(whole, regions, config.asks_relations and bool(makers), config.relations)


def _with_items(control: Control | None, data: Mapping[str, Any]) -> Control | None:
    """The ids of the items of a list are what a ranking can say."""
    if control is None or control.kind != "ranker":
        return control
    ids = [item.id for item in items(data.get(control.data_keys[0]))]
    return dataclasses.replace(control, labels=tuple(ids)) if len(ids) > 1 else None


def without(asked: Asked, fields: Collection[str]) -> Asked:
    """What is left when these data fields cannot be shown."""
    whole, regions = (
        {key: one for key, one in controls.items() if not set(one.data_keys) & set(fields)} for controls in (asked.whole, asked.of_regions)
    )
    return dataclasses.replace(asked, whole=whole, of_regions=regions, asks_relations=asked.asks_relations and any(
        one.kind in REGION_KINDS for one in whole.values()))


def prompt(
    asked: Asked, data: Mapping[str, Any], *, instruction: str = "", examples: Sequence[Mapping[str, Any]] = (), subject: str = "",
    pictures: Sequence[Picture] = (),
) -> Prompt:
    """The question to the model, all controls of one task at once.

    What is the same for every task of a project comes first, so that endpoints that keep the beginning of a prompt need not read it again.
    ``examples``: mappings with ``data`` and ``result``. ``pictures``: of ``asked.picture_keys``, in their order.
    """
    about: dict[str, Any] = {"questions": [_question(key, control, asked) for key, control in asked.whole.items()]}
    if asked.asks_relations:
        about["relations"] = list(asked.relations) or "any name"
    if instruction:
        about["instruction"] = instruction
    task: dict[str, Any] = {"texts": _shown(asked, data)}
    if examples:
        task = {"examples": [_example(asked, one) for one in examples], **task}
    has_buckets = any(one.buckets for one in asked.whole.values())
    system = _prompt_text(PROMPT_VERSION) + (_prompt_text(PICTURES_VERSION) if pictures else "") + (_prompt_text(BUCKETS_VERSION) if has_buckets else "")
    shown = json.dumps(task, ensure_ascii=False)
    messages = (Message("system", system), Message("user", json.dumps(about, ensure_ascii=False)), Message("user", shown, tuple(pictures)))
    return Prompt(PURPOSE, PROMPT_VERSION, messages, MAX_TOKENS, subject)


def schema(asked: Asked) -> dict[str, Any]:
    """JSON Schema of the reply, strict: every key required, nothing else allowed."""
    found = {key: _schema_of(control, asked) for key, control in asked.whole.items()}
    if asked.asks_relations:
        number = {"type": "integer"}
        label = {"type": ["string", "null"], "enum": [*asked.relations, None]} if asked.relations else {"type": ["string", "null"]}
        found["relations"] = {"type": ["array", "null"], "items": _object({"from": number, "to": number, "label": label})}
    return _object(found)


def answers(
    asked: Asked, data: Mapping[str, Any], reply: Mapping[str, Any], sizes: Mapping[str, tuple[int, int]] | None = None,
    sure: Mapping[str, float] | None = None,
) -> Proposed:
    """The usable answers in a reply that fits ``schema``.

    ``sizes``: of the pictures, by data field, width and height in pixels. ``sure``: by key, how probable the model held its answer, where it told;
    of regions and written texts that says little, because the longer they are the less probable each is.
    """
    made: list[Answer] = []
    numbers: dict[int, int] = {}
    lost: dict[str, int] = {}
    for key, control in asked.whole.items():
        texts, said = texts_of(control, data), reply.get(key)
        if texts is None or said is None:
            continue
        answer: Answer | None
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
    return Proposed(tuple(made), tuple(_relations(asked, reply, numbers)), lost)


def _question(key: str, control: Control, asked: Asked) -> dict[str, Any]:
    kind = "labels" if control.kind in REGION_KINDS else "choices" if control.kind == "taxonomy" else control.kind
    question: dict[str, Any] = {"key": key, "texts": control.to_name, "name": control.name, "kind": kind}
    if control.kind not in ("number", "datetime", "textarea", "ranker"):
        question["labels"] = _labels(control)
    if control.buckets:
        question["buckets"] = [{"bucket": name, **({"meaning": control.hints[name]} if name in control.hints else {})} for name in control.buckets]
    if control.multiple:
        question["several"] = True
    bounds = {"least": control.low, "greatest": control.high, "step": control.step, "most": control.most}
    question |= {name: bound for name, bound in bounds.items() if bound is not None}
    if control.kind == "datetime":
        question["form"] = DATE_SHOWN[control.only]
    if conditions := [one for one in control.conditions if one.on != "region-selected"]:
        question["only_if"] = [
            {"question": one.tag or "any", "answer": list(one.values) or "any", "is": one.on == "choice-selected"} for one in conditions
        ]
    if control.kind in REGION_KINDS and (more := _of_regions(control, asked)):
        question["of_each_piece"] = [
            {**_question(name, one, asked), **({"only_labels": labels} if (labels := _only_labels(one)) else {})} for name, one in more.items()
        ]
    return question


def _only_labels(control: Control) -> list[str]:
    return [value for one in control.conditions if one.on == "region-selected" for value in one.values]


def _of_regions(control: Control, asked: Asked) -> dict[str, Control]:
    return {name: one for name, one in asked.of_regions.items() if one.to_name == control.to_name}


def _shown(asked: Asked, data: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for control in asked.whole.values():
        if control.kind == "pairwise":
            shown.update(zip(control.to_name, texts_of(control, data) or (), strict=False))
        elif control.object_kind == "image":
            shown[control.to_name[0]] = {"picture": asked.picture_keys.index(control.data_keys[0]) + 1}
        else:
            shown[control.to_name[0]] = as_shown(control, data)
    return shown


def _example(asked: Asked, example: Mapping[str, Any]) -> dict[str, Any]:
    data, result = example["data"], example["result"]
    given = {key: reply_in(control, data, result) for key, control in asked.whole.items()}
    texts = {name: shown for name, shown in _shown(asked, data).items() if not isinstance(shown, dict)}  # without pictures
    return {"texts": texts, "answer": {key: one for key, one in given.items() if one is not None}}


def _labels(control: Control) -> list[dict[str, str]]:
    hints = control.hints
    return [{"label": label, "meaning": hints[label]} if label in hints else {"label": label} for label in control.labels]


def _answer(control: Control, texts: tuple[str, ...], said: Any) -> Answer | None:
    match control.kind:
        case "choices" | "taxonomy" if control.multiple:
            chosen = tuple(sorted(set(said) & set(control.labels)))
            return Answer(control, texts, labels=chosen)
        case "number":
            return Answer(control, texts, number=float(said))
        case "datetime":
            return Answer(control, texts, written=(said,))
        case "textarea":
            written = tuple(text for text in said if text.strip() and len(text) <= MAX_WRITTEN_CHARS)
            return Answer(control, texts, written=written[: control.most] if control.most else written)
        case "ranker" if control.buckets:
            placed = tuple((name, tuple(said[name])) for name in control.buckets if said[name])
            return Answer(control, texts, buckets=placed)
        case "ranker":
            order = list(dict.fromkeys(one for one in said if one in control.labels))
            return Answer(control, texts, written=tuple(order)) if len(order) == len(control.labels) else None
    return Answer(control, texts, label=said) if said in control.labels else None


def _regions(
    control: Control, asked: Asked, texts: tuple[str, ...], data: Mapping[str, Any], said: Sequence[Mapping[str, Any]]
) -> tuple[Answer, dict[int, int], int]:
    """The answer, the place of each of the reply's numbers among its spans, and how many quotes were not found."""
    found: list[tuple[Span, int | None, tuple[Answer, ...]]] = []
    lost = 0
    more = _of_regions(control, asked)
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
    answer = Answer(
        control, texts, spans=tuple(span for span, _, _ in found), page=page,
        of_span=tuple(one for _, _, one in found) if any(one for _, _, one in found) else (),
    )
    return answer, numbers, lost


def _boxes(
    control: Control, asked: Asked, texts: tuple[str, ...], said: Sequence[Mapping[str, Any]], size: tuple[int, int] | None
) -> tuple[Answer, dict[int, int], int]:
    """As ``_regions``. A box that leaves the picture by a hair is cut at its edge."""
    found: list[tuple[Box, int | None, tuple[Answer, ...]]] = []
    lost = 0
    more = _of_regions(control, asked)
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
    return Answer(control, texts, boxes=tuple(box for box, _, _ in found), of_span=of_each if any(of_each) else (), size=size), numbers, lost


def _about(each: Mapping[str, Any], more: Mapping[str, Control], texts: tuple[str, ...]) -> tuple[Answer, ...]:
    """What is said about one piece beyond its label."""
    return tuple(
        answer for name, one in more.items()
        if wants(one, each["label"]) and each.get(name) is not None and (answer := _answer(one, texts, each[name])) and not answer.is_empty
    )


def _relations(asked: Asked, reply: Mapping[str, Any], numbers: Mapping[int, int]) -> list[Relation]:
    """Those between pieces that were found."""
    given = reply.get("relations") if asked.asks_relations else None
    made: dict[Relation, None] = {}
    for each in given or ():
        source, target = numbers.get(each["from"]), numbers.get(each["to"])
        if source is not None and target is not None and source != target:
            made[Relation(source, target, each["label"])] = None
    return list(made)


def _schema_of(control: Control, asked: Asked) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string", "enum": list(control.labels)} if control.labels and len(control.labels) <= MAX_LISTED else {"type": "string"}
    match control.kind:
        case "labels" | "hypertextlabels" | "paragraphlabels" | "rectanglelabels":
            number = {"type": "number"}
            what = {side: number for side in ("x", "y", "width", "height")} if control.kind == "rectanglelabels" else {"quote": {"type": "string"}}
            piece: dict[str, Any] = {**what, "label": one}
            if control.object_kind == "paragraphs":
                piece["utterance"] = {"type": "integer"}
            if asked.asks_relations:
                piece["n"] = {"type": "integer"}
            piece |= {name: _schema_of(more, asked) for name, more in _of_regions(control, asked).items()}
            return {"type": ["array", "null"], "items": _object(piece)}
        case "number":
            return {"type": ["number", "null"]}
        case "datetime":
            return {"type": ["string", "null"]}
        case "textarea":
            return {"type": ["array", "null"], "items": {"type": "string"}}
        case "ranker" if control.buckets:
            return {**_object({name: {"type": "array", "items": one} for name in control.buckets}), "type": ["object", "null"]}
        case "ranker":
            return {"type": ["array", "null"], "items": one}
        case "choices" | "taxonomy" if control.multiple:
            return {"type": ["array", "null"], "items": one}
    return {"type": ["string", "null"], "enum": [*one["enum"], None]} if "enum" in one else {"type": ["string", "null"]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


@lru_cache(maxsize=8)
def _prompt_text(version: str) -> str:
    return (files("ls_expert_plugin.ml_backend") / "prompts" / f"{version}.txt").read_text(encoding="utf-8")
