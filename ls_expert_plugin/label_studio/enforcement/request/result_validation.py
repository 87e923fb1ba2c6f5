"""Validation of an annotation's result against the label config, before an expert's is stored. Pure.

Label Studio 1.23.2 stores any result. One that does not fit the control it names makes every later export answer 500 (the SDK's converter looks the
control up by ``from_name`` and takes what its tag implies for granted), and keeps managers from changing the label config. What the editor sends
passes: relations, which have no ``from_name``; several results of one region; tags that are not Label Studio's own, of which only the names are held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from label_studio_sdk._extensions.label_studio_tools.core.label_config import parse_config
from lxml import etree

from ls_expert_plugin.label_studio.enforcement.request.mask_validation import is_mask

# Tags whose results bear their name as type. Others (MagicWand, Video…, custom ones) may write another.
_NAMED_BY_TAG = frozenset({
    "Choices", "TextArea", "Labels", "HyperTextLabels", "ParagraphLabels", "TimeSeriesLabels", "RectangleLabels", "PolygonLabels", "EllipseLabels",
    "KeyPointLabels", "BrushLabels", "Rectangle", "Polygon", "Ellipse", "KeyPoint", "Rating", "Number", "DateTime", "Taxonomy", "Pairwise", "Ranker",
})
_LISTS = {"Choices": "choices", "TextArea": "text"}
# What a drawn region has, by what its tag begins with; the editor always sends all of it.
_DRAWN = {"Rectangle": ("x", "y", "width", "height"), "Ellipse": ("x", "y", "radiusX", "radiusY"), "KeyPoint": ("x", "y"), "Polygon": ("points",)}
_NUMBERS = ("x", "y", "width", "height", "rotation", "radiusX", "radiusY")
_SIZES = ("original_width", "original_height")
# In percent of a picture, or pixels: multiplied with each other they stay far from what a float can hold.
_MAX_NUMBER = 1e9
_CHAT = "chatmessage"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
MAX_LABELS_BYTES = 150


@dataclass(frozen=True)
class Controls:
    """What a label config names. ``controls``: by name, as Label Studio's SDK parses them. ``names``: of all tags. ``variables``: what a Repeater
    puts a number in for.
    """

    controls: Mapping[str, Mapping[str, Any]]
    names: frozenset[str]
    variables: frozenset[str]


@lru_cache(maxsize=64)
def controls_of(label_config: str) -> Controls:
    """Read a label config that Label Studio has stored. One that cannot be read names nothing."""
    try:
        tags = list(etree.fromstring(label_config).iter(etree.Element))
        parsed = parse_config(label_config)
    except (ValueError, KeyError, etree.XMLSyntaxError):
        return Controls({}, frozenset(), frozenset())
    return Controls(
        parsed, frozenset(name for tag in tags if (name := tag.get("name"))),
        frozenset(tag.get("indexFlag") or "{{idx}}" for tag in tags if tag.tag == "Repeater"),
    )


def problem_with(result: Any, controls: Controls) -> str | None:
    """A sentence on the first thing that does not fit; None: it may be stored."""
    if result is None:
        return None
    if not isinstance(result, list) or not all(isinstance(region, dict) for region in result):
        return "result is a list of objects."
    return next((problem for region in result for problem in _problems(region, controls)), None)


def _problems(region: Mapping[str, Any], controls: Controls) -> Iterator[str]:
    if region.get("type") == "relation" or not ("from_name" in region or "value" in region):
        if not isinstance(region.get("type", ""), str):
            yield "The type of a result is a text."
        return
    from_name, to_name, kind, value = (region.get(key) for key in ("from_name", "to_name", "type", "value"))
    if not isinstance(from_name, str) or not isinstance(to_name, str) or not isinstance(kind, str) or not isinstance(value, dict):
        yield "Each result but a relation has from_name, to_name and type, which are texts, and value, which is an object."
        return
    control = _named(from_name, controls.controls, controls.variables)
    if control is None:
        # An empty config is one of a custom interface, which names nothing; a chat is written by the tag that shows it.
        if controls.controls and not (kind == _CHAT and from_name in controls.names):
            yield f'The label config has no control "{from_name[:80]}".'
        return
    tag = control["type"]
    if tag in _NAMED_BY_TAG and kind != tag.lower():
        yield f'"{from_name[:80]}" is a {tag}: its results have the type "{tag.lower()}".'
    if tag != "TextArea" and tag in _NAMED_BY_TAG and _named(to_name, dict.fromkeys(control["to_name"], control), controls.variables) is None:
        yield f'"{from_name[:80]}" is about {", ".join(control["to_name"])}, not "{to_name[:80]}".'
    elif _named(to_name, dict.fromkeys(controls.names, control), controls.variables) is None:
        yield f'The label config has nothing named "{to_name[:80]}".'
    if not _has_shape(control, value, region):
        yield f'The value of "{from_name[:80]}" is not that of a {tag}.'


def _named(name: str, among: Mapping[str, Mapping[str, Any]], variables: frozenset[str]) -> Mapping[str, Any] | None:
    """What has this name, or has it once a Repeater's number stands in it."""
    if name in among:
        return among[name]
    for pattern, found in among.items():
        parts = re.split("|".join(map(re.escape, variables)), pattern) if variables else [pattern]
        if len(parts) > 1 and re.fullmatch("[0-9]+".join(map(re.escape, parts)), name):
            return found
    return None


def _has_shape(control: Mapping[str, Any], value: Mapping[str, Any], region: Mapping[str, Any]) -> bool:
    """Whether Label Studio's converters can write this value out, whichever of them a manager asks for."""
    tag = str(control["type"])
    if tag in _LISTS and not isinstance(value.get(_LISTS[tag]), (list, str) if tag == "TextArea" else list):
        return False
    if not all(_are_labels(labels, "rle" in value) for name, labels in value.items() if name.endswith("labels")):
        return False
    is_of_text = all(shown.get("type") == "Text" for shown in control.get("inputs", ()))
    if tag == "Labels" and not _are_alike(value.get("start"), value.get("end"), is_of_text):
        return False
    if any(name not in value for begin, names in _DRAWN.items() if tag in (begin, f"{begin}Labels") for name in names):
        return False
    if "points" in value and not _are_points(value["points"]):
        return False
    if "rle" in value and not is_mask(value["rle"], *(region.get(size) for size in _SIZES)):
        return False
    return all(_is_number(part[name]) for part, names in ((value, _NUMBERS), (region, _SIZES)) for name in names if name in part)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _MAX_NUMBER


def _are_labels(labels: Any, name_a_file: bool) -> bool:
    """Texts that can stand in XML; those of a mask also in the name of a file together."""
    is_list = isinstance(labels, list) and all(isinstance(label, str) and not _CONTROL.search(label) for label in labels)
    return is_list and (not name_a_file or len("-".join(labels).encode()) <= MAX_LABELS_BYTES)


def _are_alike(start: Any, end: Any, is_of_text: bool) -> bool:
    """Both numbers, both paths into a page (which a plain text is not), or one of them missing."""
    both = (start, end)
    return None in both or not any(isinstance(at, bool) or not isinstance(at, (int, float)) for at in both) or (
        not is_of_text and all(isinstance(at, str) for at in both)
    )


def _are_points(points: Any) -> bool:
    return isinstance(points, list) and bool(points) and all(isinstance(point, list) and len(point) == 2 and all(map(_is_number, point)) for point in points)
