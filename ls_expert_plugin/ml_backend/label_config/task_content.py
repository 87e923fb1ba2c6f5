"""Content of tasks: what their objects show as texts, as a model is shown them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ls_expert_plugin.ml_backend.label_config.controls import Control
from ls_expert_plugin.ml_backend.label_config.html_text import Page, read_page

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
class RankedItem:
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


def items(value: object) -> list[RankedItem]:
    """The items of a list that have an id; empty for what is no such list, or where ids repeat."""
    if not isinstance(value, list):
        return []
    found = [
        RankedItem(str(each["id"]), "\n".join(str(each[key]) for key in ("title", "body", "html", "text") if each.get(key)))
        for each in value if isinstance(each, Mapping) and isinstance(each.get("id"), str | int)
    ]
    return found if len({item.id for item in found}) == len(found) == len(value) else []


def as_shown(control: Control, data: Mapping[str, Any]) -> Any:
    """The object as a language model is shown it: a text, utterances with numbers, or items with ids."""
    if control.object_kind == "paragraphs":
        said = utterances(control, data.get(control.data_keys[0]))
        return [{"utterance": number, "speaker": speaker, "text": text} for number, (speaker, text) in enumerate(said)]
    if control.object_kind == "list":
        return [{"id": item.id, "text": item.text} for item in items(data.get(control.data_keys[0]))]
    texts = texts_of(control, data)
    return texts[0] if texts else None


def key_of(data: Mapping[str, Any]) -> str:
    """The same text for the same data."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
