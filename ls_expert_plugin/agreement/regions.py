"""Results as what they say: for each control its answer, or its regions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# The value keys of Label Studio's controls that answer about a whole object (and, with an offset or a box beside it, about a region).
ANSWER_KEYS = ("choices", "taxonomy", "rating", "number", "datetime", "selected", "ranker", "pairwise")
TEXT_KEYS = ("text",)
_WHERE_KEYS = ("start", "end", "globalOffsets", "x", "y", "width", "height", "points", "startOffset", "endOffset", "rle", "ranges")


@dataclass(frozen=True)
class Region:
    """A part of an object with what it is called. ``start`` and ``end`` in characters where it has them; ``where``: anything else that says where."""

    label: str
    to_name: str
    start: float | None
    end: float | None
    where: str = ""


@dataclass
class ResultContent:
    """What a result says: ``answers`` by control, as texts that are equal when the answers are; ``regions`` by control; ``texts`` by control."""

    answers: dict[str, str] = field(default_factory=dict)
    regions: dict[str, list[Region]] = field(default_factory=dict)
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)


def said(result: Sequence[Mapping[str, Any]]) -> ResultContent:
    """Read a result as Label Studio stores it. What cannot be read is left out; relations say nothing of a control."""
    found = ResultContent()
    for item in result:
        value, name, kind = item.get("value"), item.get("from_name"), item.get("type")
        if not isinstance(value, Mapping) or not isinstance(name, str) or not isinstance(kind, str):
            continue
        if any(key in value for key in _WHERE_KEYS):
            found.regions.setdefault(name, []).extend(_regions(value, kind, str(item.get("to_name", ""))))
        elif isinstance(value.get("text"), list | str) and kind == "textarea":
            text = value["text"]
            found.texts[name] = (*found.texts.get(name, ()), *(str(one) for one in ([text] if isinstance(text, str) else text)))
        else:
            key = next((one for one in (kind, *ANSWER_KEYS) if one in value), None)
            if key is not None:
                found.answers[name] = _as_text(key, value[key])
    return found


def _regions(value: Mapping[str, Any], kind: str, to_name: str) -> list[Region]:
    """One for each label; what is answered about a region counts as its label."""
    if kind not in value:
        return []
    labels = value[kind]
    names = [_as_text(kind, labels)] if not kind.endswith("labels") else [str(one) for one in labels] if isinstance(labels, list) else [str(labels)]
    offsets = value.get("globalOffsets")
    offsets = offsets if isinstance(offsets, Mapping) else value
    start, end = offsets.get("start"), offsets.get("end")
    if _is_number(start) and _is_number(end):
        return [Region(name, to_name, float(start), float(end)) for name in names]  # type: ignore[arg-type]  # looked at above
    where = {key: value[key] for key in (*_WHERE_KEYS, "rotation") if key in value and key != "globalOffsets"}
    if _is_number(value.get("startOffset")) and _is_number(value.get("endOffset")):  # paragraphs and HTML: in one element
        start, end = float(value["startOffset"]), float(value["endOffset"])
        element = json.dumps([value.get("start"), value.get("end")])
        return [Region(name, to_name, start, end, element) for name in names]
    return [Region(name, to_name, None, None, json.dumps(where, sort_keys=True)) for name in names]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_text(key: str, value: Any) -> str:
    """Choices and taxonomies are sets; a number is what it is worth."""
    if key in ("choices", "taxonomy") and isinstance(value, list):
        value = sorted(value, key=lambda one: json.dumps(one, sort_keys=True))
    if _is_number(value):
        value = float(value)
    return json.dumps(value, sort_keys=True)
