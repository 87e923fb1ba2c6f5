"""Which controls of a label config we can answer, read from its XML.

Supported: single ``Choices``, ``Labels``, ``Rating`` and ``Pairwise`` on ``Text`` that shows one field of the task's
data. Everything else (multiple choice, nested or dynamic choices, per-region and conditional controls, other object
tags) is left out, as is a config that cannot be read: no control, no pre-label.

A parser of our own, because importing ``label_studio_sdk.label_interface`` costs a second of start-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree

Kind = Literal["choices", "labels", "rating", "pairwise"]

MAX_RATING = 100
_ONE_FIELD = re.compile(r"\$([^\s${}]+)")
_DECLARATION = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Control:
    """A control we can answer. Two are equal when an answer to one is an answer to the other.

    ``data_keys`` are the task's data fields shown by the objects in ``to_name``, in the same order. ``labels`` are the
    possible answers as text, sorted: the labels, "1".."n" for a rating, "left" and "right" for a comparison.
    """

    name: str
    kind: Kind
    to_name: tuple[str, ...]
    data_keys: tuple[str, ...]
    labels: tuple[str, ...]
    hints: Mapping[str, str] = field(default_factory=dict, compare=False)


def read_controls(label_config: str) -> tuple[Control, ...]:
    """The supported controls, in the order of the config. Never raises: unreadable means none."""
    if _DECLARATION.search(label_config):
        return ()  # no label config needs a DTD, and entities can be made to explode
    try:
        root = ElementTree.fromstring(label_config)  # noqa: S314  # without declarations there is nothing to expand
    except (ElementTree.ParseError, ValueError):
        return ()
    tags = list(_always_shown(root))
    fields = {tag.get("name", ""): data_key for tag in tags if (data_key := _text_field(tag))}
    controls = (_control(tag, fields) for tag in tags)
    return tuple(control for control in controls if control is not None)


def _always_shown(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Every tag but those under a condition: whether those are shown depends on other answers."""
    waiting = [root]
    while waiting:
        tag = waiting.pop()
        if tag.get("visibleWhen") or tag.get("perRegion", "").lower() == "true":
            continue
        yield tag
        waiting.extend(reversed(tag))


def _text_field(tag: ElementTree.Element) -> str | None:
    if tag.tag.lower() != "text" or tag.get("valueType", "text") != "text" or tag.get("encoding", "none") != "none":
        return None
    match = _ONE_FIELD.fullmatch(tag.get("value", ""))
    return match.group(1) if match else None


def _control(tag: ElementTree.Element, fields: Mapping[str, str]) -> Control | None:
    to_name = tuple(part.strip() for part in tag.get("toName", "").split(","))
    name = tag.get("name", "")
    if not name or any(part not in fields for part in to_name):
        return None
    hints: dict[str, str] = {}
    kind: Kind
    match tag.tag.lower(), len(to_name):
        case "choices", 1:
            kind, labels = "choices", _choices(tag, hints)
        case "labels", 1:
            kind, labels = "labels", _children(tag, "label", hints)
        case "rating", 1:
            kind, labels = "rating", _ratings(tag.get("maxRating", "5"))
        case "pairwise", 2:
            kind, labels = "pairwise", ("left", "right") if to_name[0] != to_name[1] else ()
        case _:
            return None
    if not labels:
        return None
    return Control(name, kind, to_name, tuple(fields[part] for part in to_name), labels, hints)


def _choices(tag: ElementTree.Element, hints: dict[str, str]) -> tuple[str, ...]:
    if tag.get("choice", "single") not in ("single", "single-radio"):
        return ()
    if any(len(choice) for choice in tag):
        return ()  # nested choices are answered by paths
    return _children(tag, "choice", hints)


def _children(tag: ElementTree.Element, child: str, hints: dict[str, str]) -> tuple[str, ...]:
    """The values an answer may take; none where they come from the task's data (``value="$options"``) or repeat."""
    if tag.get("value"):
        return ()
    values = []
    for each in tag.iter():
        if each.tag.lower() == child:
            value = each.get("alias") or each.get("value") or ""
            values.append(value)
            if each.get("hint"):
                hints[value] = each.get("hint", "")
    return tuple(sorted(values)) if all(values) and len(set(values)) == len(values) else ()


def _ratings(max_rating: str) -> tuple[str, ...]:
    count = int(max_rating) if max_rating.isascii() and max_rating.isdigit() and len(max_rating) < 4 else 0
    return tuple(str(number) for number in range(1, count + 1)) if 2 <= count <= MAX_RATING else ()
