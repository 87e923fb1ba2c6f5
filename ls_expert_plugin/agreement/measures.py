"""Figures about two results for the same task."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ls_expert_plugin.agreement.regions import Region, said

Result = Sequence[Mapping[str, Any]]
# How much two regions with the same label must overlap, intersection over union, to be the same.
SAME_REGION = 0.5
RIGHT_FROM_F1 = 0.8


@dataclass(frozen=True)
class Spans:
    """Regions of a control: those of the one, those of the other, and how many are in both."""

    mine: int
    theirs: int
    both: int

    @property
    def f1(self) -> float:
        """2 · both / (mine + theirs); 1 when neither has any."""
        total = self.mine + self.theirs
        return 2 * self.both / total if total else 1.0


def by_control(mine: Result, theirs: Result) -> dict[str, float]:
    """How far each control agrees, 0 to 1: answers are equal or not, regions by F1. Free text is not compared.

    A control that only one of them answered is 0.
    """
    one, other = said(mine), said(theirs)
    found: dict[str, float] = {}
    for name in sorted(one.answers.keys() | other.answers.keys()):
        found[name] = float(one.answers.get(name) == other.answers.get(name))
    for name in sorted(one.regions.keys() | other.regions.keys()):
        found[name] = compare_spans(one.regions.get(name, []), other.regions.get(name, [])).f1
    return found


def agreement(mine: Result, theirs: Result) -> float | None:
    """The mean over the controls, 0 to 1. None: there is nothing to compare, because only text was written, or nothing at all."""
    found = by_control(mine, theirs)
    return sum(found.values()) / len(found) if found else None


def is_right(answer: Result, truth: Result) -> bool | None:
    """Whether an answer is as good as the truth in each control: the same answers, and regions with an F1 of 0.8. None: nothing to compare."""
    found = by_control(answer, truth)
    return all(value >= RIGHT_FROM_F1 for value in found.values()) if found else None


def compare_spans(mine: Sequence[Region], theirs: Sequence[Region]) -> Spans:
    """Pair regions with the same label that overlap by half or more, each once, those that overlap most first."""
    pairs = sorted(
        ((overlap(one, other), a, b) for a, one in enumerate(mine) for b, other in enumerate(theirs)), key=lambda pair: (-pair[0], pair[1:])
    )
    used_a: set[int] = set()
    used_b: set[int] = set()
    for share, a, b in pairs:
        if share >= SAME_REGION and a not in used_a and b not in used_b:
            used_a.add(a)
            used_b.add(b)
    return Spans(len(mine), len(theirs), len(used_a))


def overlap(one: Region, other: Region) -> float:
    """Intersection over union of two regions with the same label in the same place of the same object; 0 where anything differs."""
    if (one.label, one.to_name) != (other.label, other.to_name):
        return 0.0
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return _box_overlap(one.where, other.where)
    if one.where != other.where:
        return 0.0
    both = min(one.end, other.end) - max(one.start, other.start)
    union = max(one.end, other.end) - min(one.start, other.start)
    return 1.0 if one.start == other.start and one.end == other.end else max(both, 0.0) / union if union > 0 else 0.0


def _box_overlap(one: str, other: str) -> float:
    if one == other:
        return 1.0
    boxes = [json.loads(where) if where else {} for where in (one, other)]
    if not all({"x", "y", "width", "height"} <= box.keys() for box in boxes):
        return 0.0
    (ax, ay, aw, ah), (bx, by, bw, bh) = [[float(box[key]) for key in ("x", "y", "width", "height")] for box in boxes]
    both = max(min(ax + aw, bx + bw) - max(ax, bx), 0.0) * max(min(ay + ah, by + bh) - max(ay, by), 0.0)
    union = aw * ah + bw * bh - both
    return both / union if union > 0 else 0.0


def changes(before: Result, after: Result) -> int:
    """How many edits lead from a pre-label to what was submitted: answers given or changed, regions added, removed or moved, texts changed."""
    one, other = said(before), said(after)
    edits = sum(one.answers.get(name) != other.answers.get(name) for name in one.answers.keys() | other.answers.keys())
    edits += sum(one.texts.get(name) != other.texts.get(name) for name in one.texts.keys() | other.texts.keys())
    for name in one.regions.keys() | other.regions.keys():
        mine, theirs = list(one.regions.get(name, [])), list(other.regions.get(name, []))
        for region in [region for region in mine if region in theirs]:
            if region in theirs:
                mine.remove(region)
                theirs.remove(region)
        # What is left and overlaps was moved: one edit; the others were removed or added.
        edits += len(mine) + len(theirs) - compare_spans(mine, theirs).both
    return edits
