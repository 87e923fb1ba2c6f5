"""Reads a label config's XML: which controls we can answer, and in words why not the others.

A parser of our own, because importing ``label_studio_sdk.label_interface`` costs a second of start-up, and its schemas lack paths,
paragraphs, rankings, per-region controls and conditions.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from ls_expert_plugin.ml_backend.label_config.controls import REGION_KINDS, Condition, Control, Kind, LabelConfig, ObjectKind

MAX_RATING = 100
PATH_SEPARATOR = " > "
_ONE_FIELD = re.compile(r"\$([^\s${}]+)")
_DECLARATION = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_OBJECTS: dict[str, ObjectKind] = {
    "text": "text", "hypertext": "hypertext", "paragraphs": "paragraphs", "list": "list",
    "image": "image",
}
_CONTROLS: dict[str, Kind] = {
    "choices": "choices", "taxonomy": "taxonomy", "labels": "labels", "hypertextlabels": "hypertextlabels", "paragraphlabels": "paragraphlabels",
    "rating": "rating", "number": "number", "datetime": "datetime", "textarea": "textarea", "pairwise": "pairwise", "ranker": "ranker",
    "rectanglelabels": "rectanglelabels",
}
# On which objects a control can be answered.
_ON: dict[Kind, frozenset[ObjectKind]] = {
    "labels": frozenset({"text", "hypertext"}), "hypertextlabels": frozenset({"hypertext"}), "paragraphlabels": frozenset({"paragraphs"}),
    "ranker": frozenset({"list"}), "pairwise": frozenset({"text"}), "rectanglelabels": frozenset({"image"}),
}
_READABLE: frozenset[ObjectKind] = frozenset({"text", "hypertext", "paragraphs", "image"})
# Controls of Label Studio that need eyes or ears, or more than one answer can say.
_OTHER_CONTROLS = frozenset({
    "rectangle", "polygonlabels", "polygon", "ellipselabels", "ellipse", "keypointlabels", "keypoint", "brushlabels", "brush",
    "bitmasklabels", "bitmask", "vectorlabels", "vector", "timeserieslabels", "videorectangle", "timelinelabels", "audioregionlabels",
    "magicwand", "chatmessage", "reactcode",
})
_NOT_SHOWN = "it is shown under a condition that cannot be foreseen"


@dataclass(frozen=True)
class _Tag:
    """A tag with what the tags around it add."""

    element: ElementTree.Element
    conditions: tuple[Condition, ...]
    is_per_region: bool
    problem: str

    @property
    def name(self) -> str:
        return self.element.tag.lower()

    def get(self, attribute: str, default: str = "") -> str:
        """Label Studio takes attributes in any case."""
        return next((value for key, value in self.element.items() if key.lower() == attribute.lower()), default)


class _Refused(Exception):
    """Why a control is left out."""


@lru_cache(maxsize=256)
def read(label_config: str) -> LabelConfig:
    """The controls we can answer, in the order of the config, and why not the others. Never raises."""
    if _DECLARATION.search(label_config):
        return LabelConfig(refused=("The label config has a DOCTYPE, which no label config needs.",))
    try:
        root = ElementTree.fromstring(label_config)  # noqa: S314  # without declarations there is nothing to expand
        tags = list(_walk(root, (), False, ""))
    except (ElementTree.ParseError, ValueError):
        return LabelConfig(refused=("The label config is not well-formed XML.",))
    except RecursionError:
        return LabelConfig(refused=("The label config has tags in tags in tags, too many to read.",))
    objects = {tag.get("name"): tag for tag in tags if tag.get("value") and tag.get("name") and not tag.get("toName")}
    controls: list[Control] = []
    refused: list[str] = []
    for tag in tags:
        if tag.name not in _CONTROLS and tag.name not in _OTHER_CONTROLS or not tag.get("toName"):
            continue
        try:
            controls.append(_control(tag, objects))
        except _Refused as why:
            refused.append(f"{tag.element.tag} “{tag.get('name')}” gets no pre-labels: {why}.")
    kept = _with_regions(controls, refused)
    relations = [tag for tag in tags if tag.name == "relations"]
    names = tuple(sorted({tag.get("value") for tag in tags if tag.name == "relation" and tag.get("value")}))
    return LabelConfig(kept, tuple(refused), bool(relations) and any(one.kind in REGION_KINDS for one in kept), names)


def read_controls(label_config: str) -> tuple[Control, ...]:
    """The controls of ``read``, without what was refused."""
    return read(label_config).controls


def resolved(control: Control, data: Mapping[str, Any]) -> Control | None:
    """The control with the answers that this task's data offers. None: it offers none."""
    if control.options_key is None:
        return control
    offered = data.get(control.options_key)
    if not isinstance(offered, Sequence) or isinstance(offered, str):
        return None
    paths = [path for path in _offered_paths(offered, ()) if path]
    joined = {PATH_SEPARATOR.join(path): path for path in paths}
    if not paths or len(joined) != len(paths) or len(paths) > 2000:
        return None
    is_nested = control.kind == "taxonomy" or control.is_nested and any(len(path) > 1 for path in paths)
    return dataclasses.replace(control, labels=tuple(sorted(joined)), paths=joined if is_nested else {}, is_nested=is_nested)


def _walk(element: ElementTree.Element, conditions: tuple[Condition, ...], is_per_region: bool, problem: str) -> Iterator[_Tag]:
    tag = _Tag(element, conditions, is_per_region, problem)
    if shown := tag.get("visibleWhen"):
        condition = _condition(tag, shown)
        conditions, problem = ((*conditions, condition), problem) if condition else (conditions, _NOT_SHOWN)
    tag = _Tag(element, conditions, is_per_region or tag.get("perRegion").lower() == "true", problem)
    yield tag
    for child in element:
        yield from _walk(child, conditions, tag.is_per_region, problem)


def _condition(tag: _Tag, shown: str) -> Condition | None:
    values = tag.get("whenLabelValue") if shown == "region-selected" else tag.get("whenChoiceValue")
    listed = tuple(value.strip() for value in values.split(",") if value.strip())
    if shown in ("choice-selected", "choice-unselected", "region-selected") and not tag.get("whenRole"):
        return Condition(shown, tag.get("whenTagName") or None, listed)  # type: ignore[arg-type]  # looked at above
    return None


def _control(tag: _Tag, objects: Mapping[str, _Tag]) -> Control:
    if tag.name in _OTHER_CONTROLS:
        raise _Refused("it marks pictures, sound or video in a way that is not supported here")
    kind, name = _CONTROLS[tag.name], tag.get("name")
    to_name = tuple(part.strip() for part in tag.get("toName").split(","))
    if not name:
        raise _Refused("it has no name")
    if tag.problem:
        raise _Refused(tag.problem)
    if len(to_name) != (2 if kind == "pairwise" else 1) or len(set(to_name)) != len(to_name):
        raise _Refused("it is about several objects")
    found = [_object(objects.get(one), one) for one in to_name]
    object_kind, allowed = found[0][0], _ON.get(kind, _READABLE)
    if object_kind not in allowed or any(one != object_kind for one, _ in found):
        raise _Refused(f"it cannot be answered about a {object_kind} object")
    made = Control(
        name, kind, to_name, tuple(key for _, key in found), (), object_kind=object_kind, is_per_region=tag.is_per_region, conditions=tag.conditions,
    )
    if kind == "labels" and object_kind == "hypertext":
        raise _Refused("on HyperText it is HyperTextLabels that mark")
    if object_kind == "paragraphs":
        about = objects[to_name[0]]
        made = dataclasses.replace(made, speaker_key=about.get("nameKey", "author"), text_key=about.get("textKey", "text"))
    return _with_answers(made, tag)


def _object(tag: _Tag | None, name: str) -> tuple[ObjectKind, str]:
    if tag is None:
        raise _Refused(f"there is no object “{name}”")
    kind = _OBJECTS.get(tag.name)
    if kind is None:
        raise _Refused(f"{tag.element.tag} objects cannot be read here")
    if tag.get("valueType", "text" if kind == "text" else "") == "url" or tag.get("encoding", "none") != "none":
        raise _Refused(f"“{name}” holds an address, and addresses are not followed")
    match = _ONE_FIELD.fullmatch(tag.get("value"))
    if match is None:
        raise _Refused(f"“{name}” does not show exactly one field of the data")
    return kind, match.group(1)


def _with_answers(control: Control, tag: _Tag) -> Control:
    match control.kind:
        case "choices" | "taxonomy" | "labels" | "hypertextlabels" | "paragraphlabels" | "rectanglelabels":
            return _with_labels(control, tag)
        case "rating":
            return dataclasses.replace(control, labels=_ratings(tag.get("maxRating", "5")))
        case "pairwise":
            return dataclasses.replace(control, labels=("left", "right"))
        case "number":
            low, high, step = (_number(tag.get(one)) for one in ("min", "max", "step"))
            if low is not None and high is not None and low > high:
                raise _Refused("its least number is more than its greatest")
            return dataclasses.replace(control, low=low, high=high, step=step)
        case "datetime":
            parts = {part.strip().lower() for part in tag.get("only").split(",") if part.strip()}
            if parts - {"date", "time", "month", "year"} or len(parts) > 1 and parts != {"month", "year"} or tag.get("format"):
                raise _Refused("its dates have a form that is not known here")
            return dataclasses.replace(control, only="month" if len(parts) == 2 else next(iter(parts), None))
        case "textarea":
            most = tag.get("maxSubmissions")
            return dataclasses.replace(control, most=int(most) if most.isascii() and most.isdigit() and int(most) else None)
        case "ranker":
            buckets = [_Tag(child, (), False, "") for child in tag.element if child.tag.lower() == "bucket"]
            names = tuple(one.get("name") for one in buckets)
            if not all(names) or len(set(names)) != len(names):
                raise _Refused("its buckets have no names, or names that are alike")
            return dataclasses.replace(control, buckets=names, hints={one.get("name"): one.get("title") for one in buckets if one.get("title")})


def _with_labels(control: Control, tag: _Tag) -> Control:
    kind, hints = control.kind, dict[str, str]()
    single = kind in REGION_KINDS or kind == "choices" and tag.get("choice", "single") in ("single", "single-radio")
    multiple = kind not in REGION_KINDS and not single and not (kind == "taxonomy" and tag.get("maxUsages") == "1")
    allows_nested = kind == "taxonomy" or kind == "choices" and tag.get("allowNested").lower() != "false"
    if tag.get("apiUrl"):
        raise _Refused("its answers come from an address, and addresses are not followed")
    if dynamic := tag.get("value"):
        match = _ONE_FIELD.fullmatch(dynamic)
        if match is None or kind in REGION_KINDS:
            raise _Refused("its labels come from the task in a way that is not supported")
        return dataclasses.replace(control, multiple=multiple, options_key=match.group(1), is_nested=allows_nested)
    child = "choice" if kind in ("choices", "taxonomy") else "label"
    paths = list(_paths(tag.element, child, (), hints))
    joined = {PATH_SEPARATOR.join(path): path for path in paths}
    if not paths or len(joined) != len(paths) or not all(all(path) for path in paths):
        raise _Refused("it has no labels, or labels that are written alike")
    is_nested = kind == "taxonomy" or allows_nested and any(len(path) > 1 for path in paths)
    if kind == "choices" and not is_nested:
        joined = {path[-1]: path for path in paths}
        if len(joined) != len(paths):
            raise _Refused("it has labels that are written alike")
    return dataclasses.replace(
        control, labels=tuple(sorted(joined)), hints={PATH_SEPARATOR.join(path): hints[path] for path in hints} if hints else {},
        multiple=multiple, paths=joined if is_nested else {}, is_nested=is_nested,
    )


def _paths(element: ElementTree.Element, child: str, above: tuple[str, ...], hints: dict[Any, str]) -> Iterator[tuple[str, ...]]:
    """The answers that are proposed: the ends of the branches."""
    for each in element:
        if each.tag.lower() != child:
            yield from _paths(each, child, above, hints)  # a View that only lays out
            continue
        path = (*above, each.get("alias") or each.get("value") or "")
        below = list(_paths(each, child, path, hints))
        yield from below or [path]
        if hint := each.get("hint"):
            hints[path] = hint


def _offered_paths(offered: Sequence[Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for each in offered:
        if isinstance(each, Mapping):
            value, below = each.get("alias") or each.get("value"), each.get("children")
            if not isinstance(value, str | int | float) or isinstance(value, bool):
                continue
            path = (*above, str(value))
            if isinstance(below, list) and below and len(path) < 10:
                yield from _offered_paths(below, path)
            else:
                yield path
        elif isinstance(each, str | int | float) and not isinstance(each, bool) and str(each):
            yield (*above, str(each))


def _with_regions(controls: Sequence[Control], refused: list[str]) -> tuple[Control, ...]:
    """Controls for each region need one control that makes regions on the same object."""
    kept: list[Control] = []
    for control in controls:
        on_region = any(one.on == "region-selected" for one in control.conditions)
        if control.kind in REGION_KINDS:
            kept.append(dataclasses.replace(control, is_per_region=False))
            continue
        makers = [one for one in controls if one.kind in REGION_KINDS and one.to_name == control.to_name]
        if control.is_per_region and control.kind not in ("choices", "rating", "number", "textarea", "taxonomy", "datetime"):
            refused.append(f"“{control.name}” gets no pre-labels: a {control.kind} for each region is not supported.")
        elif (control.is_per_region or on_region) and len(makers) != 1:
            refused.append(f"“{control.name}” gets no pre-labels: it is asked for each region, and not exactly one control makes regions on its object.")
        else:
            kept.append(dataclasses.replace(control, is_per_region=control.is_per_region or on_region))
    return tuple(kept)


def _ratings(max_rating: str) -> tuple[str, ...]:
    count = int(max_rating) if max_rating.isascii() and max_rating.isdigit() and len(max_rating) < 4 else 0
    if not 2 <= count <= MAX_RATING:
        raise _Refused(f"ratings go up to between 2 and {MAX_RATING}")
    return tuple(str(number) for number in range(1, count + 1))


def _number(raw: str) -> float | None:
    try:
        return float(raw) if raw else None
    except ValueError:
        raise _Refused("its bounds are no numbers") from None
