"""What the objects of a task show as texts, and a person's answer to a control as an annotation's result has it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ls_expert_plugin.ml_backend.controls import Control
from ls_expert_plugin.ml_backend.page_text import Page, read_page

# A text of this length takes about a second; nobody waits for the pre-labels of a book.
MAX_TEXT_CHARS = 100_000


@dataclass(frozen=True)
class Span:
    """A labelled piece of a text. Offsets are code points: ``text[start:end]`` is the piece.

    ``utterance``: in paragraphs, of which one.
    """

    start: int
    end: int
    label: str
    utterance: int = 0


@dataclass(frozen=True)
class Box:
    """A labelled rectangle in a picture, in percent of its width and height."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Item:
    """An item of a list that is ranked."""

    id: str
    text: str


def texts_of(control: Control, data: object) -> tuple[str, ...] | None:
    """The texts this control is about, out of a task's data; None when one is missing, empty, no text or too long.

    Paragraphs give one for each utterance, a list one for each item, a page its text, a picture its address.
    """
    if not isinstance(data, Mapping):
        return None
    values = [data.get(key) for key in control.data_keys]
    match control.object_kind:
        case "text":
            texts = [value if isinstance(value, str) else "" for value in values]
        case "hypertext":
            texts = [page_of(value).text if isinstance(value, str) and len(value) <= 4 * MAX_TEXT_CHARS else "" for value in values]
        case "paragraphs":
            return _not_too_long(tuple(text for _, text in utterances(control, values[0]))) or None
        case "image":
            return (values[0],) if isinstance(values[0], str) and values[0].strip() else None
        case "list":
            return _not_too_long(tuple(item.text for item in items(values[0]))) or None
    return _not_too_long(tuple(texts)) if all(text.strip() for text in texts) else None


def _not_too_long(texts: tuple[str, ...]) -> tuple[str, ...] | None:
    return texts if sum(map(len, texts)) <= MAX_TEXT_CHARS and any(text.strip() for text in texts) else None


@lru_cache(maxsize=64)
def page_of(html: str) -> Page:
    """The page's text; one that several controls are about is read once."""
    return read_page(html)


def utterances(control: Control, value: object) -> list[tuple[str, str]]:
    """Who speaks and what, in order; empty for what is no dialogue."""
    if not isinstance(value, list):
        return []
    found = [(str(each.get(control.speaker_key) or ""), each.get(control.text_key)) for each in value if isinstance(each, Mapping)]
    return [(speaker, text if isinstance(text, str) else "") for speaker, text in found] if len(found) == len(value) else []


def items(value: object) -> list[Item]:
    """The items of a list that have an id; empty for what is no such list, or where ids repeat."""
    if not isinstance(value, list):
        return []
    found = [
        Item(str(each["id"]), "\n".join(str(each[key]) for key in ("title", "body", "html", "text") if each.get(key)))
        for each in value if isinstance(each, Mapping) and isinstance(each.get("id"), str | int)
    ]
    return found if len({item.id for item in found}) == len(found) == len(value) else []


def answer_in(control: Control, result: Sequence[Any]) -> str | None:
    """What was chosen, as one of ``control.labels``; None when nothing, several things or something unknown was."""
    for value in _values(control, result):
        match control.kind:
            case "choices" | "taxonomy":
                answers = labels_in(control, value)
                answer = answers[0] if len(answers) == 1 else None
            case "rating":
                rating = value.get("rating")
                answer = str(int(rating)) if isinstance(rating, int | float) and float(rating).is_integer() else str(rating)
            case _:
                answer = value.get("selected")
        if answer in control.labels:
            return str(answer)
    return None


def labels_in(control: Control, value: Mapping[str, Any]) -> tuple[str, ...]:
    """Choices and taxonomies as ``control.labels``, sorted; empty when something unknown is among them."""
    chosen = value.get(control.kind)
    if not isinstance(chosen, list):
        return ()
    by_path = {path: label for label, path in control.paths.items()}
    found = []
    for one in chosen:
        label = by_path.get(tuple(map(str, one))) if isinstance(one, list) else one
        if label not in control.labels:
            return ()
        found.append(str(label))
    return tuple(sorted(found))


def reply_in(control: Control, data: Mapping[str, Any], result: Sequence[Any]) -> Any:
    """What was answered to a control, in the form a language model answers it in; None: nothing, or nothing that can be said so.

    ``control`` is a resolved one. Regions are told for plain text only.
    """
    values = list(_values(control, result))
    match control.kind:
        case "labels":
            texts = texts_of(control, data)
            return [{"quote": texts[0][span.start : span.end], "label": span.label} for span in spans_in(control, texts[0], result)] if texts else None
        case "hypertextlabels" | "paragraphlabels" | "rectanglelabels" | "ranker":
            return None
        case "choices" | "taxonomy" if control.multiple:
            return list(labels_in(control, values[0])) if values else None
        case "number":
            number = values[0].get("number") if values else None
            return number if isinstance(number, int | float) and not isinstance(number, bool) else None
        case "datetime":
            moment = values[0].get("datetime") if values else None
            return moment if isinstance(moment, str) else None
        case "textarea":
            written = [text for value in values for text in (value["text"] if isinstance(value.get("text"), list) else [value.get("text")])]
            return [text for text in written if isinstance(text, str)] or None
    return answer_in(control, result)


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


def as_shown(control: Control, data: Mapping[str, Any]) -> Any:
    """The object as a language model is shown it: a text, utterances with numbers, or items with ids."""
    if control.object_kind == "paragraphs":
        said = utterances(control, data.get(control.data_keys[0]))
        return [{"utterance": number, "speaker": speaker, "text": text} for number, (speaker, text) in enumerate(said)]
    if control.object_kind == "list":
        return [{"id": item.id, "text": item.text} for item in items(data.get(control.data_keys[0]))]
    texts = texts_of(control, data)
    return texts[0] if texts else None


def _values(control: Control, result: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for item in result:
        if isinstance(item, Mapping) and item.get("from_name") == control.name and item.get("type") == control.kind:
            value = item.get("value")
            if isinstance(value, Mapping):
                yield value


def key_of(data: Mapping[str, Any]) -> str:
    """The same text for the same data."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
