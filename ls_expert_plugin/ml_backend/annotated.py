"""Reads a person's answer to a control out of an annotation's result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ls_expert_plugin.ml_backend.label_config import Control

# A text of this length takes about a second; nobody waits for the pre-labels of a book.
MAX_TEXT_CHARS = 100_000


@dataclass(frozen=True)
class Span:
    """A labelled piece of a text. Offsets are code points: ``text[start:end]`` is the piece."""

    start: int
    end: int
    label: str


def texts_of(control: Control, data: object) -> tuple[str, ...] | None:
    """The texts this control is about, out of a task's data; None when one is missing, empty, no text or too long."""
    if not isinstance(data, Mapping):
        return None
    texts = tuple(data.get(key) for key in control.data_keys)
    usable = all(isinstance(text, str) and text.strip() and len(text) <= MAX_TEXT_CHARS for text in texts)
    return tuple(str(text) for text in texts) if usable else None


def answer_in(control: Control, result: Sequence[Any]) -> str | None:
    """What was chosen, as one of ``control.labels``; None when nothing, several things or something unknown was."""
    for value in _values(control, result):
        match control.kind:
            case "choices":
                chosen = value.get("choices")
                answer = chosen[0] if isinstance(chosen, list) and len(chosen) == 1 else None
            case "rating":
                answer = str(value.get("rating"))
            case _:
                answer = value.get("selected")
        if answer in control.labels:
            return str(answer)
    return None


def spans_in(control: Control, text: str, result: Sequence[Any]) -> tuple[Span, ...]:
    """The labelled spans, by position. Spans outside the text, or with another text than they say, are left out."""
    spans = set()
    for value in _values(control, result):
        start, end, labels = value.get("start"), value.get("end"), value.get("labels")
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
            continue
        if not (isinstance(labels, list) and labels and labels[0] in control.labels):
            continue
        if value.get("text", text[start:end]) == text[start:end]:
            spans.add(Span(start, end, labels[0]))
    return tuple(sorted(spans, key=lambda span: (span.start, span.end, span.label)))


def _values(control: Control, result: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for item in result:
        if isinstance(item, Mapping) and item.get("from_name") == control.name and item.get("type") == control.kind:
            value = item.get("value")
            if isinstance(value, Mapping):
                yield value
